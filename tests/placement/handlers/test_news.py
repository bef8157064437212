"""News of intake arrives in any order."""

from services.placement.storage import CANDIDATES, COHORTS
from shared.events.placement import (
    ApplicantUnmatched,
)
from shared.testing import Bench
from tests.placement.builders import (
    COHORT_ID,
    MATCHING_ON,
    POLICY,
    applicant_selected,
    application_id,
    cohort_opened,
    selection_closed,
    told,
)


async def test_an_applicant_may_arrive_before_her_cohort(bench: Bench) -> None:
    await bench.day("2022-03-10")
    await bench.given(applicant_selected(1))
    assert bench.parked == []

    await bench.given(cohort_opened(), selection_closed(1))
    await bench.day(MATCHING_ON)

    assert len(told(bench, ApplicantUnmatched)) == 1
    assert (await bench.state(CANDIDATES, application_id(1))).status == "unmatched"


async def test_news_before_the_first_day_waits_for_it(bench: Bench) -> None:
    await bench.given(cohort_opened(), applicant_selected(1))
    await bench.day("2022-03-10")

    assert (await bench.state(COHORTS, COHORT_ID)).policy == POLICY
    assert bench.parked == []
