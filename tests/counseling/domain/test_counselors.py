"""Counselors come, have cases, and leave; who they are stays in the vault."""

from datetime import timedelta

import pytest

from services.counseling.domain import (
    CaseReleased,
    CaseTaken,
    Counselor,
    CounselorExists,
    CounselorLeft,
    RegisterCounselor,
    decide_departure,
    decide_registration,
    decide_release,
    evolve_counselor,
)
from shared.errors import Invalid
from tests.counseling.builders import CLOSING, KNOWN, closed_case

DAY = timedelta(days=1)


def test_a_counselor_is_registered_once() -> None:
    command = RegisterCounselor(staff_no="C-017", name="한지민", caseload_max=20)
    [event] = decide_registration(None, "cns_a", command, KNOWN)
    counselor = evolve_counselor(None, event)

    assert Counselor("cns_a", 20, 0) == counselor
    assert "한지민" not in event.model_dump_json()
    assert "C-017" not in event.model_dump_json()
    with pytest.raises(CounselorExists):
        decide_registration(counselor, "cns_a", command, KNOWN)


def test_a_counselors_open_cases_are_counted_as_they_come_and_go() -> None:
    about = {"effective_on": KNOWN, "recorded_on": KNOWN}
    taken = CaseTaken(**about, counselor_id="cns_a", case_id="cas_1")
    released = CaseReleased(**about, counselor_id="cns_a", case_id="cas_1")
    counselor = Counselor("cns_a", 20, 3)

    assert evolve_counselor(counselor, taken).open_cases == 4
    assert evolve_counselor(counselor, released).open_cases == 2
    with pytest.raises(Invalid):
        evolve_counselor(None, taken)


def test_a_counselor_leaves_once_and_has_no_room_from_then_on() -> None:
    counselor = Counselor("cns_a", 20, 3)
    [event] = decide_departure(counselor, KNOWN)
    gone = evolve_counselor(counselor, event)

    assert Counselor("cns_a", 20, 3, KNOWN) == gone
    assert (counselor.has_room, gone.has_room) == (True, False)
    with pytest.raises(CounselorLeft):
        decide_departure(gone, KNOWN + DAY)


@pytest.mark.parametrize(("open_cases", "has_room"), [(0, True), (19, True), (20, False)])
def test_a_counselor_has_room_below_what_she_can_carry(open_cases: int, has_room: bool) -> None:
    assert Counselor("cns_a", 20, open_cases).has_room == has_room


def test_a_case_is_released_as_of_the_day_that_is_named() -> None:
    [event] = decide_release(closed_case(), "cns_a", CLOSING, CLOSING + DAY)

    assert (event.effective_on, event.recorded_on) == (CLOSING, CLOSING + DAY)
