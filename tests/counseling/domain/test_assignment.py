"""Who gets which counselor: fair, within capacity, and the same in whatever order news came."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.counseling import domain
from services.counseling.domain import (
    Assignment,
    Case,
    Centre,
    Counselor,
    PassHeld,
    awaited,
    decide_centre,
    decide_pass,
    decide_taking_back,
    departed,
    due_on_centre,
    evolve_centre,
)
from shared.errors import Invalid
from tests.counseling.builders import (
    COHORT_ID,
    COMPLETED,
    KNOWN,
    cohort_opened,
    open_case,
    waiting_case,
)

DAY = timedelta(days=1)


def assign(
    waiting: list[Case],
    counselors: list[Counselor],
    capacity_max: int = 1000,
    hers: dict[str, str] | None = None,
) -> list[Assignment]:
    return list(domain.assign(waiting, counselors, {COHORT_ID: capacity_max}, hers or {}))


counselors = st.lists(
    st.builds(
        Counselor,
        counselor_id=st.sampled_from([f"cns_{c}" for c in "abcdef"]),
        caseload_max=st.integers(1, 9),
        open_cases=st.integers(0, 9),
    ),
    unique_by=lambda c: c.counselor_id,
    max_size=6,
)
waiting = st.lists(
    st.builds(
        waiting_case,
        st.integers(0, 5),
        on=st.dates(COMPLETED, COMPLETED + 3 * DAY),
    ),
    unique_by=lambda c: c.case_id,
    max_size=6,
)
crowd = st.integers(0, 40).map(lambda n: [waiting_case(who) for who in range(n)])


def loads(found: list[Counselor], cases: list[Case]) -> dict[str, int]:
    given_out = Counter(a.counselor_id for a in assign(cases, found))
    return {c.counselor_id: c.open_cases + given_out[c.counselor_id] for c in found}


def names(cases: list[Case], found: list[Counselor]) -> list[tuple[str, str]]:
    return [(a.case.case_id, a.counselor_id) for a in assign(cases, found)]


@given(crowd, counselors)
def test_nobody_is_given_more_than_she_can_carry(cases: list[Case], found: list[Counselor]) -> None:
    before = {c.counselor_id: c for c in found}

    for counselor_id, load in loads(found, cases).items():
        counselor = before[counselor_id]
        assert load <= max(counselor.caseload_max, counselor.open_cases)


@given(crowd, counselors)
def test_nobody_is_given_a_case_while_another_with_room_is_less_loaded(
    cases: list[Case], found: list[Counselor]
) -> None:
    """Before her last case she was no fuller than anyone who still has room."""
    after = loads(found, cases)
    chosen = [c for c in found if after[c.counselor_id] > c.open_cases]
    with_room = [c for c in found if after[c.counselor_id] < c.caseload_max]

    for counselor in chosen:
        before_last = Fraction(after[counselor.counselor_id] - 1, counselor.caseload_max)
        for other in with_room:
            assert before_last <= Fraction(after[other.counselor_id], other.caseload_max)


@given(crowd, st.integers(1, 5), st.integers(1, 9))
def test_equal_counselors_are_never_more_than_one_case_apart(
    cases: list[Case], how_many: int, caseload_max: int
) -> None:
    found = [Counselor(f"cns_{n}", caseload_max) for n in range(how_many)]

    after = loads(found, cases)

    assert max(after.values()) - min(after.values()) <= 1
    assert sum(after.values()) == min(len(cases), how_many * caseload_max)


@given(crowd, counselors)
def test_nobody_waits_while_there_is_room(cases: list[Case], found: list[Counselor]) -> None:
    room = sum(max(0, c.caseload_max - c.open_cases) for c in found)

    assert len(assign(cases, found)) == min(len(cases), room)


@given(waiting, counselors, st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(
    cases: list[Case],
    found: list[Counselor],
    random: Random,
) -> None:
    shuffled, others = list(cases), list(found)
    random.shuffle(shuffled)
    random.shuffle(others)

    assert names(cases, found) == names(shuffled, others)


@given(crowd, counselors, st.integers(0, 40))
def test_two_passes_give_what_one_would(
    cases: list[Case], found: list[Counselor], first: int
) -> None:
    """So that a transaction may end after any case: see PASS_CASES_MAX."""
    whole = assign(cases, found)
    taken = Counter(a.counselor_id for a in whole[:first])
    later = [
        Counselor(c.counselor_id, c.caseload_max, c.open_cases + taken[c.counselor_id])
        for c in found
    ]
    left = [c for c in cases if c not in [a.case for a in whole[:first]]]

    assert whole[first:] == assign(left, later)


def test_the_longest_waiting_is_served_first() -> None:
    late, early = waiting_case("a", on=COMPLETED + DAY), waiting_case("b")

    [assignment] = assign([late, early], [Counselor("cns_a", 1)])

    assert early == assignment.case


def test_a_case_that_is_known_only_today_waits_until_tomorrow() -> None:
    case = waiting_case(known_on=KNOWN)

    assert awaited([case], KNOWN) == []
    assert awaited([case], KNOWN + DAY) == [case]
    assert awaited([open_case()], KNOWN + DAY) == []


def test_the_cohorts_policy_limits_the_caseload_too() -> None:
    cases = [waiting_case(who) for who in range(5)]

    given_out = assign(cases, [Counselor("cns_a", 4)], 2)

    assert len(given_out) == 2


def test_a_woman_whose_case_is_open_keeps_her_counselor() -> None:
    case = waiting_case("ji-u")
    found = [Counselor("cns_free", 9), Counselor("cns_hers", 9, 8)]

    given_out = assign([case], found, hers={case.person_id: "cns_hers"})

    assert [a.counselor_id for a in given_out] == ["cns_hers"]


def test_a_woman_whose_counselor_is_full_waits_and_holds_up_nobody() -> None:
    hers, other = waiting_case("ji-u"), waiting_case("other", on=COMPLETED + DAY)
    found = [Counselor("cns_free", 9), Counselor("cns_hers", 1, 1)]

    given_out = assign([hers, other], found, hers={hers.person_id: "cns_hers"})

    assert [(a.case, a.counselor_id) for a in given_out] == [(other, "cns_free")]


def test_two_cases_of_one_woman_that_wait_together_get_one_counselor() -> None:
    first, second = waiting_case("ji-u"), waiting_case("ji-u", on=COMPLETED + DAY)
    second = Case(**{n: getattr(second, n) for n in Case.__slots__} | {"case_id": "cas_second"})
    found = [Counselor("cns_a", 9), Counselor("cns_b", 9)]

    given_out = assign([second, first], found)

    assert [a.counselor_id for a in given_out] == ["cns_a", "cns_a"]


def test_who_has_left_is_given_nothing_and_who_is_hers_no_more_is_waited_for() -> None:
    case = waiting_case("ji-u")
    found = [Counselor("cns_left", 9, 0, KNOWN), Counselor("cns_stays", 9, 8)]

    assert [a.counselor_id for a in assign([case], found)] == ["cns_stays"]
    assert assign([case], found, hers={case.person_id: "cns_left"}) == []


def test_a_counselor_who_left_today_keeps_her_cases_until_tomorrow() -> None:
    left, free, there = (
        Counselor("cns_left", 9, 2, KNOWN),
        Counselor("cns_free", 9, 0, KNOWN),
        Counselor("cns_there", 9, 2),
    )

    assert departed([left, free, there], KNOWN) == []
    assert departed([left, free, there], KNOWN + DAY) == [left]


def test_the_centre_opens_once_and_holds_a_pass_every_day() -> None:
    notice = cohort_opened()
    [opened] = decide_centre(None, notice)
    centre = evolve_centre(None, opened)
    [held] = decide_pass(2, 5, False, KNOWN)

    assert due_on_centre(centre) == notice.recorded_on + DAY
    assert decide_centre(centre, notice) == []
    assert Centre(KNOWN + DAY, waiting=2) == evolve_centre(centre, held)
    with pytest.raises(Invalid):
        evolve_centre(None, held)


def test_a_pass_that_could_not_give_out_all_is_followed_by_another_on_the_same_day() -> None:
    [held] = decide_pass(700, 500, True, KNOWN)

    centre = evolve_centre(Centre(date(2022, 3, 4)), held)

    assert due_on_centre(centre) == KNOWN
    assert centre != evolve_centre(centre, held)


def test_a_pass_that_takes_cases_back_is_followed_by_another_on_the_same_day() -> None:
    before = Centre(KNOWN, waiting=2)
    [held] = decide_taking_back(before, 3, KNOWN)

    assert isinstance(held, PassHeld)
    assert (held.taken_back, held.assigned) == (3, 0)
    assert Centre(KNOWN, waiting=5, passes=1) == evolve_centre(before, held)
    [last] = decide_pass(0, 5, False, KNOWN)
    assert Centre(KNOWN + DAY) == evolve_centre(evolve_centre(before, held), last)
