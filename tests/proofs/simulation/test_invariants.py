"""Each invariant holds on a sound piece of history and names what a planted fault breaks."""

from datetime import date

from proofs.simulation import invariants

PLACE = ("womanup.intake.v1", 0)
LOG = {PLACE: [("/a/x", 1), ("", 0), ("/a/x", 2)]}
UNREADABLE = "womanup.intake.v1/0/1"
DAY = date(2022, 3, 4)


def test_what_is_on_the_log_was_stored_as_it_is() -> None:
    stored = {"/a/x/1": b"1"}

    assert invariants.unfounded([("/a/x/1", b"1")], stored) == []
    assert "/a/x/1" in invariants.unfounded([("/a/x/1", b"other")], stored)[0]
    assert "/a/x/2" in invariants.unfounded([("/a/x/2", b"1")], stored)[0]


def test_what_was_stored_is_on_the_log() -> None:
    stored = {"/a/x/1": b"1", "/a/x/2": b"2"}

    assert invariants.untold([("/a/x/1", b"1"), ("/a/x/2", b"2")], stored) == []
    assert "/a/x/2" in invariants.untold([("/a/x/1", b"1")], stored)[0]


def test_a_cause_has_one_effect_of_a_kind() -> None:
    once = [("/a/x/1", "tallies/x", "Counted"), ("/a/x/1", "tallies/x", "WagePaid")]

    assert invariants.repeated(once) == []
    assert "/a/x/1 had 2 effects" in invariants.repeated([*once, once[0]])[0]


def test_events_are_heard_in_order_and_at_rest_all_of_them() -> None:
    wanted = {"per_a": (1, 2, 4)}

    assert invariants.misheard({"per_a": [1, 2]}, wanted, at_rest=False) == []
    assert invariants.misheard({"per_a": [1, 2, 4]}, wanted, at_rest=True) == []
    assert "per_a" in invariants.misheard({"per_a": [1, 2]}, wanted, at_rest=True)[0]
    assert "per_a" in invariants.misheard({"per_a": [2, 1]}, wanted, at_rest=False)[0]
    assert "per_a" in invariants.misheard({"per_a": [1, 4]}, wanted, at_rest=False)[0]
    assert "per_a" in invariants.misheard({"per_a": [1, 1]}, wanted, at_rest=False)[0]


def test_first_occurrences_are_in_order_and_repetitions_are_allowed() -> None:
    told = [("/p/x", 1), ("/p/x", 2), ("/p/y", 1), ("/p/x", 1), ("/p/x", 2), ("/p/x", 3)]

    assert invariants.out_of_order(told) == []
    assert "/p/x has 3" in invariants.out_of_order([("/p/x", 1), ("/p/x", 3), ("/p/x", 2)])[0]


def test_an_offset_never_passes_what_is_stored() -> None:
    assert invariants.passed({PLACE: 3}, LOG, {"/a/x": 2}, {UNREADABLE}) == []
    assert invariants.passed({PLACE: 3}, LOG, {"/a/x": 1}, {UNREADABLE, "/a/x/2"}) == []
    assert "/a/x/2" in invariants.passed({PLACE: 3}, LOG, {"/a/x": 1}, {UNREADABLE})[0]
    assert UNREADABLE in invariants.passed({PLACE: 2}, LOG, {"/a/x": 1}, set())[0]


def test_no_won_is_lost_between_purse_and_persons() -> None:
    assert invariants.lost_won(100, 70, {"per_a": 10, "per_b": 20}) == []
    assert "per_a" in invariants.lost_won(100, 70, {"per_a": 10})[0]


def test_a_reader_of_the_topic_knows_what_each_got() -> None:
    assert invariants.mistold({"per_a": 10}, {"per_a": 10}) == []
    assert "per_a got 10 KRW, the city was told 0" in invariants.mistold({"per_a": 10}, {})[0]


def test_at_rest_nothing_is_left_and_taken_and_parked_are_all() -> None:
    ends, stuck = {"/a/x": 3}, {"/a/x": 1}

    assert invariants.left_over(0, ends, {"/a/x": 2}, {"/a/x": 1}, stuck) == []
    assert "1 rows" in invariants.left_over(1, {}, {}, {}, {})[0]
    assert "/a/x" in invariants.left_over(0, ends, {"/a/x": 1}, {"/a/x": 1}, stuck)[0]
    assert "/a/x" in invariants.left_over(0, ends, {"/a/x": 1}, {"/a/x": 2}, stuck)[0]


def test_nothing_is_applied_behind_what_is_parked() -> None:
    parked, counted = {"/a/x": [2, 3]}, {"/a/x": 2}

    assert invariants.overtaken(parked, {"/a/x": 1}, counted, {"/a/x": [1]}) == []
    assert "/a/x/2" in invariants.overtaken(parked, {"/a/x": 2}, counted, {})[0]
    assert "/a/x/2" in invariants.overtaken(parked, {"/a/x": 1}, counted, {"/a/x": [1, 4]})[0]
    assert "its row says 1" in invariants.overtaken(parked, {}, {"/a/x": 1}, {})[0]
    assert "its row says 2" in invariants.overtaken({}, {}, counted, {})[0]


def test_only_what_has_a_fault_of_its_own_is_put_aside() -> None:
    assert invariants.wrongly_parked(["/a/x/1"], {"/a/x/1"}) == []
    assert "/a/x/2" in invariants.wrongly_parked(["/a/x/2"], {"/a/x/1"})[0]


def test_a_state_is_the_fold_of_its_journal() -> None:
    assert invariants.not_the_fold({"t/x": 1}, {"t/x": 1}) == []
    assert "t/x" in invariants.not_the_fold({"t/x": 1}, {"t/x": 2})[0]
    assert "t/x" in invariants.not_the_fold({"t/x": 1}, {})[0]
    assert "t/x" in invariants.not_the_fold({}, {"t/x": 1})[0]


def test_a_day_is_entered_after_its_backlog() -> None:
    assert invariants.too_early(DAY, {PLACE: 1}, LOG, {"/a/x": 1}, set()) == []
    assert "2022-03-04" in invariants.too_early(DAY, {PLACE: 3}, LOG, {"/a/x": 1}, set())[0]


def test_a_day_is_entered_when_the_day_before_is_done() -> None:
    assert invariants.undone(DAY, [], []) == []
    assert "tallies/x was due" in invariants.undone(DAY, ["tallies/x"], [])[0]
    assert "/a/x could go on" in invariants.undone(DAY, [], ["/a/x"])[0]
