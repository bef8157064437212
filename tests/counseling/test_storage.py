"""What is asked of the store comes back whole, in order, and a page at a time."""

from typing import Any

from services.counseling import handlers, storage
from services.counseling.domain import (
    Leaver,
    decide_contact,
    decide_employment_end,
    decide_reemployment,
    decide_return,
)
from services.counseling.storage import CASES, LEAVERS
from shared.testing import Bench
from tests.counseling.builders import (
    COHORT,
    COHORT_ID,
    COUNSELOR_ID,
    KNOWN,
    OPENED,
    case_id,
    cohort_opened,
    completed,
    contact,
    employment_end,
    evolved,
    open_case,
    reemployment,
    waiting_case,
)


def test_a_case_comes_back_from_the_store_as_it_was() -> None:
    case = open_case()
    case = evolved(case, decide_contact(case, contact(KNOWN), KNOWN))
    case = evolved(case, decide_reemployment(case, reemployment(OPENED), KNOWN))
    case = evolved(case, decide_employment_end(case, employment_end(KNOWN), KNOWN))
    case = evolved(case, decide_return(case, COUNSELOR_ID, KNOWN))

    assert case == CASES.from_json(CASES.to_json(case))


def test_a_cohort_comes_back_from_the_store_as_it_was() -> None:
    assert storage.COHORTS.from_json(storage.COHORTS.to_json(COHORT)) == COHORT


def test_a_leaver_comes_back_from_the_store_as_she_was() -> None:
    leaver = Leaver("cas_1", "per_1", COHORT_ID, KNOWN)

    assert LEAVERS.from_json(LEAVERS.to_json(leaver)) == leaver


async def test_a_page_of_cases_goes_on_after_the_last_id_seen(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), *[completed(who) for who in range(5)])

    async def page(after: str) -> dict[str, Any]:
        return await bench.query(
            lambda work: handlers.list_cases(COHORT_ID, None, work, after=after, limit=2)
        )

    first = await page("")
    second = await page(first["next"])
    third = await page(second["next"])

    seen = [item["case_id"] for item in first["items"] + second["items"] + third["items"]]
    assert sorted(case_id(who) for who in range(5)) == seen
    assert third["next"] is None


async def test_waiting_and_open_cases_are_told_apart(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))

    waiting = await bench.query(storage.waiting_cases)
    open_ = await bench.query(lambda work: storage.open_cases_of(COUNSELOR_ID, work))

    assert [waiting_case("ji-u")] == waiting
    assert open_ == []
