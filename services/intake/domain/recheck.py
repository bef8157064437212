"""Recheck: every decision of a closed selection made again, now, from the stored inputs.

Each decision is run on its own inputs and compared with what is stored, and the answer says per
id what differs. A fact that was changed afterwards shows as `facts` under the id tampered with,
whether it would have changed an outcome or not.
"""

from collections.abc import Sequence

from services.intake.domain.applications import Application
from services.intake.domain.cohorts import Cohort
from services.intake.domain.eligibility import failed_rules, screening_digest
from services.intake.domain.selection import Ranked, candidates_of, rank_candidates, total_of
from shared.events.policy import CohortPolicy


def recheck_selection(
    cohort: Cohort, applications: Sequence[Application]
) -> dict[str, tuple[str, ...]]:
    """What differs by application id, and under the cohort's id what differs in the whole."""
    ranked = rank_candidates(candidates_of(applications), cohort.policy, cohort.round)
    by_id = {r.application.application_id: r for r in ranked}
    found = {
        a.application_id: (
            *_differences_in_screening(a, cohort.policy),
            *_differences_in_selection(a, by_id.get(a.application_id)),
        )
        for a in applications
    }
    if cohort.selection != total_of(cohort, len(applications), ranked):
        found[cohort.cohort_id] = ("total",)
    return {id_: differences for id_, differences in found.items() if differences}


def _differences_in_screening(application: Application, policy: CohortPolicy) -> tuple[str, ...]:
    failed = failed_rules(policy, application.facts)
    digest = application.check.input_digest if application.check else None
    claims = {
        "facts": digest == screening_digest(policy, application.facts),
        "screening": application.reason_codes == failed
        and (application.status == "rejected") == bool(failed),
    }
    return tuple(name for name, holds in claims.items() if not holds)


def _differences_in_selection(application: Application, again: Ranked | None) -> tuple[str, ...]:
    """`again` is None for who is no candidate: she must have no standing either."""
    standing = again.standing if again else None
    claims = {
        "standing": application.standing == standing,
        "outcome": again is None or application.status == again.outcome,
    }
    return tuple(name for name, holds in claims.items() if not holds)
