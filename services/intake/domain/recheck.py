"""Recheck: every decision of a closed selection made again, now, from the stored inputs.

Each decision is run on its own inputs and compared with what is stored, and the answer says per
id what differs. A fact that was changed afterwards shows as `facts` under the id tampered with,
whether it would have changed an outcome or not. What became of her afterwards (she withdrew, was
called, her cohort was cancelled) is no difference, but must be able to follow from the outcome.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from services.intake.domain.applications import Application, ApplicationStatus, Outcome
from services.intake.domain.calls import can_be_called
from services.intake.domain.cohorts import Cohort, Round
from services.intake.domain.eligibility import failed_rules, screening_digest
from services.intake.domain.selection import (
    Ranked,
    candidates_of,
    members_of,
    rank_candidates,
    total_of,
)
from services.intake.domain.vacancies import Vacancy
from shared.events.policy import CohortPolicy

Differences = dict[str, tuple[str, ...]]
_FOLLOWS: dict[Outcome | None, tuple[ApplicationStatus, ...]] = {
    None: ("rejected", "withdrawn", "lapsed"),
    "not-selected": ("not-selected",),
    "reserved": ("reserved", "withdrawn", "lapsed"),
    "selected": ("selected", "unplaced", "declined", "left", "withdrawn", "lapsed"),
}


def recheck_selection(cohort: Cohort, applications: Sequence[Application]) -> Differences:
    """What differs by application id, and under the cohort's id what differs in the whole.

    `total-2` is the second round's total; `call` names who was called before a better reserve.
    """
    found: dict[str, tuple[str, ...]] = {}
    for round_ in cohort.closed_rounds:
        members = members_of(applications, round_.number)
        for id_, differences in _recheck_round(cohort, round_, members).items():
            found[id_] = (*found.get(id_, ()), *differences)
    for id_ in _called_out_of_rank(cohort, applications):
        found[id_] = (*found.get(id_, ()), "call")
    return {id_: differences for id_, differences in found.items() if differences}


def _recheck_round(cohort: Cohort, round_: Round, members: Sequence[Application]) -> Differences:
    ranked = rank_candidates(candidates_of(members), cohort, round_)
    by_id = {r.application.application_id: r for r in ranked}
    found = {
        a.application_id: (
            *_differences_in_screening(a, cohort.policy),
            *_differences_in_selection(a, by_id.get(a.application_id)),
        )
        for a in members
    }
    if round_.selection != total_of(cohort, round_, len(members), ranked):
        found[cohort.cohort_id] = ("total" if round_.number == 1 else f"total-{round_.number}",)
    return found


def _differences_in_screening(application: Application, policy: CohortPolicy) -> tuple[str, ...]:
    if application.check is None and _is_gone_undecided(application):
        return ()
    failed = failed_rules(policy, application.facts)
    digest = application.check.input_digest if application.check else None
    claims = {
        "facts": digest == screening_digest(policy, application.facts),
        "screening": application.reason_codes == failed
        and (application.status == "rejected") == bool(failed),
    }
    return tuple(name for name, holds in claims.items() if not holds)


def _is_gone_undecided(application: Application) -> bool:
    return application.outcome is None and application.status in ("withdrawn", "lapsed")


def _differences_in_selection(application: Application, again: Ranked | None) -> tuple[str, ...]:
    """`again` is None for who is no candidate: she must have no standing and no outcome either."""
    standing = again.standing if again else None
    outcome = (again.outcome, again.reserve_rank) if again else (None, None)
    claims = {
        "standing": application.standing == standing,
        "outcome": (application.outcome, application.reserve_rank) == outcome
        and application.status in _FOLLOWS[_held(application)],
    }
    return tuple(name for name, holds in claims.items() if not holds)


def _held(application: Application) -> Outcome | None:
    """Who was called from the reserve list stands like the selected."""
    is_called = application.outcome == "reserved" and application.calls
    return "selected" if is_called else application.outcome


def _called_out_of_rank(cohort: Cohort, applications: Iterable[Application]) -> list[str]:
    """Who was called from the reserve list while a better one waited, who could be called, too."""
    vacancies = {v.vacancy_id: v for v in cohort.vacancies}
    reserves = [a for a in applications if a.outcome == "reserved"]
    first = {
        a.application_id: (a.calls[0].called_on, vacancies[a.calls[0].vacancy_id])
        for a in reserves
        if a.calls and a.calls[0].vacancy_id in vacancies
    }
    return [
        a.application_id
        for a in reserves
        if a.application_id in first
        and any(
            _rank(b) < _rank(a)
            and can_be_called(b, first[a.application_id][1], cohort.policy)
            and _was_waiting(b, first.get(b.application_id), first[a.application_id])
            for b in reserves
        )
    ]


def _was_waiting(
    reserve: Application, hers: tuple[date, Vacancy] | None, other: tuple[date, Vacancy]
) -> bool:
    """Whether she was on the list still when the other was called."""
    withdrawn_on = reserve.withdrawn_on
    is_gone = withdrawn_on is not None and withdrawn_on <= other[0]
    return not is_gone and (hers is None or _order(hers) > _order(other))


def _order(call: tuple[date, Vacancy]) -> tuple[date, date, str]:
    called_on, vacancy = call
    return called_on, vacancy.opened_on, vacancy.vacancy_id


def _rank(application: Application) -> int:
    return application.reserve_rank or 0
