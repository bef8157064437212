"""The sunny life of a cohort's intake, and its correct rejections, on store and journal."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from services.intake import domain, handlers
from services.intake.storage import APPLICATIONS, COHORTS, PEOPLE
from shared.errors import CalendarNotStarted, NotFound
from shared.events.intake import SelectionClosed
from shared.testing import Bench
from tests.intake.builders import COHORT_ID, POLICY, kinds
from tests.intake.steps import (
    APPLYING,
    FIRST_DAY,
    SCREENING,
    SELECTING,
    apply,
    declare,
    open_cohort,
    person_of,
    register,
    selected_cohort,
    tamper,
)


async def test_nothing_is_decided_before_the_first_day(bench: Bench) -> None:
    with pytest.raises(CalendarNotStarted):
        await open_cohort(bench)


async def test_an_opened_cohort_is_announced_with_its_policy(bench: Bench) -> None:
    await bench.day(FIRST_DAY)

    cohort_id = await open_cohort(bench)

    assert cohort_id == COHORT_ID
    (opened,) = bench.published
    assert kinds([opened]) == ["CohortOpened"]
    assert (await bench.state(COHORTS, cohort_id)).policy == POLICY


async def test_a_cohort_is_opened_once(bench: Bench) -> None:
    await bench.day(FIRST_DAY)
    await open_cohort(bench)

    with pytest.raises(domain.CohortExists):
        await open_cohort(bench, target=5)


async def test_a_returning_person_keeps_her_id_and_renews_her_contacts(bench: Bench) -> None:
    await bench.day(FIRST_DAY)
    first = await register(bench, person_of(1, email="old@example.org"))
    again = await register(
        bench, person_of(1, name=" 김 지원1", phone="+82 10 1234 0001", address="Jung-gu")
    )

    shown = await bench.query(lambda work: handlers.show_person(first, work))

    assert first == again
    assert shown["email"] == "old@example.org"
    assert shown["address"] == "Jung-gu"
    assert (await bench.state(PEOPLE, first)).renewed_on == date(2022, 3, 2)
    assert bench.published == []


async def test_nothing_personal_is_in_a_state_a_journal_or_the_outbox(bench: Bench) -> None:
    await selected_cohort(bench)

    async def rows(session: Any) -> str:
        names = ("people", "applications", "cohorts", "journal", "outbox", "streams", "vault")
        return str([await session.find(name, {}, limit=1000) for name in names])

    everything = await bench.store.read(rows)

    assert "김지원" not in everything
    assert "1985-06-15" not in everything
    assert "1234-0001" not in everything
    assert "Mapo" not in everything


async def test_an_application_names_a_person_and_a_cohort_that_exist(bench: Bench) -> None:
    await bench.day(APPLYING)
    person_id = await register(bench, person_of(1))

    with pytest.raises(NotFound):
        await bench.command(
            lambda work: handlers.submit_application(COHORT_ID, declare(person_id), work)
        )
    await open_cohort(bench)
    with pytest.raises(NotFound):
        await bench.command(
            lambda work: handlers.submit_application(COHORT_ID, declare("per_nobody"), work)
        )


async def test_the_age_is_taken_from_the_vault_on_the_notice_date(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)

    youngest = await apply(bench, 1, born="1992-03-03")
    too_young = await apply(bench, 2, born="1992-03-04")
    await bench.day(SCREENING)

    assert (await bench.state(APPLICATIONS, youngest)).facts.age_on_notice == 30
    assert (await bench.state(APPLICATIONS, youngest)).status == "accepted"
    assert (await bench.state(APPLICATIONS, too_young)).reason_codes == ("age-on-notice-date",)


async def test_a_person_applies_once_for_a_cohort(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)
    await apply(bench, 1)

    with pytest.raises(domain.AlreadyApplied):
        await apply(bench, 1, field="it")


async def test_a_person_may_apply_for_the_next_cohort(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)
    first = await apply(bench, 1)
    other_id = await open_cohort(
        bench,
        title="2022-h2",
        starts_on=date(2022, 7, 1),
        latest_start_on=date(2022, 7, 8),
        ends_on=date(2022, 9, 30),
    )
    person_id = (await bench.state(APPLICATIONS, first)).person_id

    reply = await bench.command(
        lambda work: handlers.submit_application(other_id, declare(person_id), work)
    )

    assert reply["application_id"] != first


async def test_screening_and_selection_happen_on_their_days(bench: Bench) -> None:
    ids = await selected_cohort(bench)

    states = [await bench.state(APPLICATIONS, i) for i in ids]

    assert [s.status for s in states] == [
        "not-selected",
        "reserved",
        "selected",
        "selected",
        "rejected",
    ]
    assert Counter(kinds(bench.published)) == {
        "CohortOpened": 1,
        "ApplicationSubmitted": 5,
        "ApplicationAccepted": 4,
        "ApplicationRejected": 1,
        "ApplicantSelected": 2,
        "ApplicantReserved": 1,
        "ApplicantNotSelected": 1,
        "SelectionClosed": 1,
    }
    assert bench.set_aside == []
    await bench.verify()


async def test_the_total_is_announced_last_and_counts_people(bench: Bench) -> None:
    await selected_cohort(bench)

    closed = next(e for e in bench.published if isinstance(e, SelectionClosed))

    assert closed.recorded_on == date(2022, 3, 22)
    assert (closed.applied, closed.eligible) == (5, 4)
    assert (closed.selected, closed.reserved, closed.not_selected) == (2, 1, 1)


async def test_nothing_is_screened_a_day_early_or_selected_twice(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)
    application_id = await apply(bench, 1)

    await bench.day("2022-03-17")
    early = (await bench.state(APPLICATIONS, application_id)).status
    await bench.day("2022-03-25")

    assert early == "submitted"
    assert kinds(bench.published).count("SelectionClosed") == 1


async def test_screening_and_selection_on_one_day_are_done_in_that_order(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench, screening_on=date(2022, 3, 22))
    application_id = await apply(bench, 1)

    await bench.day(SELECTING)

    assert (await bench.state(APPLICATIONS, application_id)).status == "selected"
    assert not (await bench.state(COHORTS, COHORT_ID)).is_waiting


async def test_a_selection_waits_day_by_day_for_an_application_set_aside(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)
    await apply(bench, 1)

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("services.intake.domain.decide_screening", fail)
    await bench.day("2022-03-24")
    cohort = await bench.state(COHORTS, COHORT_ID)

    assert [found["kind"] for found in bench.set_aside] == ["applications"]
    assert cohort.is_waiting
    assert cohort.selection_due_on == date(2022, 3, 25)
    assert "SelectionClosed" not in kinds(bench.published)


async def test_a_crowd_is_selected_in_passes_on_one_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.domain.selection.MEMBERS_PER_PASS_MAX", 2)
    await bench.day(APPLYING)
    await open_cohort(bench, target=3, reserves_max=1)
    for number in range(5):
        await apply(bench, number)

    await bench.day(SELECTING)

    cohort = await bench.state(COHORTS, COHORT_ID)
    assert (cohort.status, cohort.latest.decided) == ("selected", 5)
    assert cohort.latest.selection is not None
    total = cohort.latest.selection
    assert (total.selected, total.reserved, total.not_selected) == (3, 1, 1)
    assert kinds(bench.published).count("SelectionClosed") == 1
    assert bench.set_aside == []
    await bench.verify()


async def test_the_funnel_counts_each_once(bench: Bench) -> None:
    await selected_cohort(bench)

    shown = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))

    assert shown["status"] == "selected"
    assert shown["counts"] == {
        "applied": 5,
        "accepted": 4,
        "rejected": 1,
        "selected": 2,
        "reserved": 1,
        "not_selected": 1,
        "withdrawn": 0,
        "called": 0,
        "unplaced": 0,
        "lapsed": 0,
    }


async def test_a_selection_is_shown_with_reasons_and_without_differences(bench: Bench) -> None:
    ids = await selected_cohort(bench)

    shown = await bench.query(lambda work: handlers.show_selection(COHORT_ID, work))

    assert [item["application_id"] for item in shown["ranked"]] == [ids[3], ids[2], ids[1], ids[0]]
    assert shown["ranked"][0]["points"] == {
        "priority_group": 0,
        "career": 8,
        "licence": 0,
        "total": 8,
    }
    assert (shown["recheck"], shown["differences"]) == (0, {})
    assert shown["rule_version"] == "selection-1"
    assert shown["tie_break_seed"] == POLICY.ranking.tie_break_seed


async def test_a_planted_change_of_a_stored_fact_is_found(bench: Bench) -> None:
    ids = await selected_cohort(bench)
    await tamper(bench, ids[0], career_years=9)

    shown = await bench.query(lambda work: handlers.show_selection(COHORT_ID, work))

    assert shown["recheck"] > 0
    assert shown["differences"][ids[0]] == ["facts", "standing", "outcome"]
    assert [i for i, found in shown["differences"].items() if "facts" in found] == [ids[0]]


async def test_there_is_no_selection_to_show_before_it_is_closed(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)

    with pytest.raises(domain.SelectionNotClosed):
        await bench.query(lambda work: handlers.show_selection(COHORT_ID, work))
