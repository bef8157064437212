from proofs.simulation.tape import Tape, shrink, tape_of


def test_a_byte_is_a_choice_and_after_the_end_all_is_benign() -> None:
    tape = Tape(bytes([7, 0, 5]))

    assert [tape.pick(4) for _ in range(3)] == [3, 0, 1]
    assert tape.is_over
    assert tape.pick(4) == 0


def test_a_seed_is_one_tape() -> None:
    assert tape_of(7) == tape_of(7)
    assert tape_of(7) != tape_of(8)


def test_what_breaks_nothing_is_cut_away_and_what_does_is_kept() -> None:
    """Three bytes matter, in this order; all else goes."""

    def breaks(tape: bytes) -> bool:
        wanted = iter(tape)
        return all(byte in wanted for byte in b"\x11\x22\x33")

    assert shrink(bytes(range(256)), breaks) == b"\x11\x22\x33"


def test_a_tape_whose_places_matter_keeps_them_with_zeros_between() -> None:
    tape = tape_of(3)
    small = shrink(tape, lambda t: len(t) > 20 and t[20] == tape[20])

    assert small == bytes(20) + tape[20:21]


def test_shrinking_ends_after_so_many_tries() -> None:
    tries = []

    def breaks(tape: bytes) -> bool:
        tries.append(tape)
        return False

    assert shrink(tape_of(1), breaks, tries_max=5) == tape_of(1)
    assert len(tries) == 5
