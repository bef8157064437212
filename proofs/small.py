"""A small cohort: ten weeks of a few people, and every kind of day that the whole one has."""

from dataclasses import replace
from datetime import date

from ops.demo.programme import COHORT_2, Programme, Size
from shared.events.policy import CohortPolicy

SEED = 7
SIZE = Size(applicants=12, unfit=4, hosts=4, openings=6)


def short_policy(policy: CohortPolicy = COHORT_2.policy) -> CohortPolicy:
    """Ten weeks instead of sixteen months, so two months begun or ended in their middle."""
    counseling = policy.counseling.model_copy(
        update={"months": 1, "follow_up_after_days": (20, 28)}
    )
    days = {
        "notice_date": date(2022, 3, 3),
        "application_from": date(2022, 3, 3),
        "application_until": date(2022, 3, 5),
        "screening_on": date(2022, 3, 6),
        "selection_on": date(2022, 3, 7),
        "matching_on": date(2022, 3, 9),
        "starts_on": date(2022, 3, 14),
        "latest_start_on": date(2022, 3, 18),
        "ends_on": date(2022, 4, 20),
        "attendance_closes_after_days": 2,
        "pay": policy.pay.model_copy(update={"pay_day": 4}),
    }
    return policy.model_copy(update={**days, "counseling": counseling})


def small_programme() -> Programme:
    return replace(COHORT_2, policy=short_policy(), size=SIZE)
