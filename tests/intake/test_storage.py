"""States keep their value through the store, and queries answer for one cohort only."""

from datetime import date

from services.intake.domain import (
    SelectionPostponed,
    SelectionProgressed,
    WithdrawApplication,
    decide_cancellation,
    decide_submission,
    decide_withdrawal,
    evolve_cohort,
)
from services.intake.storage import (
    APPLICATIONS,
    COHORTS,
    KINDS,
    applications_of,
    page_of_applications,
)
from shared.digests import canonical_json
from shared.mongo import Work, read_journal
from shared.mongo.aggregate import journal_type
from shared.testing import Bench
from tests.intake.builders import (
    APPLYING,
    BORN,
    COHORT_ID,
    SCREENING,
    after_selection,
    applied,
    cohort_of,
    declaration_of,
    declined,
    screened,
    submitted,
    vacancy,
)


def test_an_application_comes_back_as_it_went_at_every_stage() -> None:
    _, (selected,) = after_selection(cohort_of(), [screened(1, priority_groups=("disabled",))])

    for state in (submitted(1, last_employed_on=None), screened(1), selected):
        assert APPLICATIONS.from_json(APPLICATIONS.to_json(state)) == state


def test_a_cohort_comes_back_as_it_went_with_its_policy_and_selection() -> None:
    cohort, _ = after_selection(cohort_of(), [screened(1)])

    again = COHORTS.from_json(COHORTS.to_json(cohort))

    assert again == cohort
    assert canonical_json(COHORTS.to_json(again)) == canonical_json(COHORTS.to_json(cohort))


def test_states_of_the_unhappy_table_come_back_as_they_went() -> None:
    cohort, (selected,) = after_selection(cohort_of(), [screened(1)])
    day = date(2022, 4, 4)
    command = WithdrawApplication(leaves_on=day)
    events = decide_withdrawal(applied(selected, [declined(selected, day, "host")]), command, day)
    gone = applied(selected, [declined(selected, day, "host"), *events.application])
    for event in (*events.cohort, vacancy(1, day), *decide_cancellation(cohort, day)):
        cohort = evolve_cohort(cohort, event)

    assert APPLICATIONS.from_json(APPLICATIONS.to_json(gone)) == gone
    assert COHORTS.from_json(COHORTS.to_json(cohort)) == cohort


def test_inner_events_come_back_from_the_journal() -> None:
    on = {"effective_on": SCREENING, "recorded_on": SCREENING, "cohort_id": COHORT_ID}
    events = (
        SelectionPostponed.model_validate({**on, "unscreened": 1, "until": date(2022, 3, 23)}),
        SelectionProgressed.model_validate(
            {**on, "round": 1, "decided": 2, "rule_version": "selection-1"}
        ),
    )

    for event in events:
        assert journal_type(event).startswith("intake/Selection")
        assert read_journal(journal_type(event), event.model_dump(mode="json")) == event
        assert evolve_cohort(cohort_of(), event).cohort_id == COHORT_ID


def test_every_kind_is_named_once() -> None:
    assert sorted(kind.name for kind in KINDS) == ["applications", "cohorts", "people"]


async def test_applications_are_found_by_their_cohort_and_paged_by_id(bench: Bench) -> None:
    await bench.day(APPLYING)
    states = [submitted(n).application_id for n in range(5)]

    async def save(work: Work) -> None:
        for number, application_id in enumerate(states):
            await work.load(APPLICATIONS, application_id)
            declared = declaration_of(number)
            events = decide_submission(cohort_of(), None, declared, birth_date=BORN, today=APPLYING)
            work.save(APPLICATIONS, application_id, events)

    await bench.command(save)
    found = await bench.query(lambda work: applications_of(COHORT_ID, work))
    other = await bench.query(lambda work: applications_of("coh_other", work))
    first = await bench.query(lambda w: page_of_applications(COHORT_ID, w, after="", limit=3))
    last = first.next or ""
    rest = await bench.query(lambda w: page_of_applications(COHORT_ID, w, after=last, limit=3))

    assert [a.application_id for a in found] == sorted(states)
    assert other == []
    assert [a.application_id for a in (*first.states, *rest.states)] == sorted(states)
    assert (len(first.states), rest.next) == (3, None)
