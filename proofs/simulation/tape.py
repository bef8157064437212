"""A schedule as a tape of bytes, and how a tape that breaks something is made small.

A decision takes the next byte modulo the number of its choices. After the end, and for byte 0, it
is the benign choice: the first in line goes on, nothing goes wrong. So a smaller tape is a simpler
schedule.
"""

import random
from collections.abc import Callable, Iterator

TAPE_BYTES_MIN = 64
TAPE_BYTES_MAX = 640
TRIES_MAX = 1_500  # some ten seconds


class Tape:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def pick(self, choices: int) -> int:
        """One of 0 … choices - 1. One byte, also where there is nothing to choose."""
        if self._at >= len(self._data):
            return 0
        byte = self._data[self._at]
        self._at += 1
        return byte % choices

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._data)


def tape_of(seed: int) -> bytes:
    chance = random.Random(seed)
    return chance.randbytes(chance.randint(TAPE_BYTES_MIN, TAPE_BYTES_MAX))


def shrink(tape: bytes, breaks: Callable[[bytes], bool], tries_max: int = TRIES_MAX) -> bytes:
    """The smallest tape found that still `breaks`: its tail cut, then chunks of it set to zero.

    Ends when no step helps any more, or after so many tries.
    """
    tries = 0
    while True:
        for smaller in _smaller(tape):
            tries += 1
            if tries > tries_max:
                return tape
            if breaks(smaller):
                tape = smaller
                break
        else:
            return tape


def _smaller(tape: bytes) -> Iterator[bytes]:
    """From the boldest to the smallest step: without a chunk, the tail first, or with it zeroed."""
    size = len(tape)
    while size:
        for at in range(len(tape) - size, -size, -size):
            yield tape[: max(at, 0)] + tape[at + size :]
        for at in range(0, len(tape), size):
            if any(tape[at : at + size]):
                yield tape[:at] + bytes(size) + tape[at + size :]
        size //= 2
