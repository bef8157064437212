"""What is done to the parts, on which day: drawn by seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ops.city import SERVICES
from ops.demo.checks import Check, named

KINDS: Mapping[str, str] = {
    "broker": "Kafka dies by kill -9 and comes back on its data",
    "mongod": "MongoDB dies by kill -9 and comes back on its data",
    "step-down": "MongoDB's primary steps down and cuts off what is under way, until an election",
    "unknown commits": "commits are done and their replies say that nobody knows",
    "thrown away": "transactions end with TransientTransactionError, many in a row",
    "closed": "MongoDB closes connections instead of answering",
    "slow": "MongoDB answers writes late: a batch lasts longer than members may go without a poll",
    "frozen": "an instance is frozen for longer than its session lasts, then goes on: a zombie",
    "storm": "three more instances of a service come and go: 2, 5, 2",
    "again": "records come again on their topics, as a second relay would send them",
    "poison": "bytes that nobody can read are put on every service's topic",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One of `KINDS`, to instance `number` of `service` where it is aimed at one."""

    kind: str
    day: date
    service: str
    number: int


@dataclass(frozen=True, slots=True)
class Struck:
    """A trouble that happened. `count`: how often, as the part that suffered it counted: commands
    that MongoDB failed, its elections, records that were written, processes that died, froze or
    came. `seconds`: until the part was well again.
    """

    trouble: Trouble
    count: int
    seconds: float


def draw(seed: int, busy: Sequence[date], *, quiet_from: date) -> dict[date, list[Trouble]]:
    """Each kind once, spread over the busy days in a drawn order, so that two seldom meet."""
    rng = random.Random(f"{seed}/troubles")
    days = [day for day in busy if day < quiet_from]
    order = sorted(KINDS)
    rng.shuffle(order)
    dealt: dict[date, list[Trouble]] = {}
    for place, kind in enumerate(order):
        day = days[place * len(days) // len(order)]
        trouble = Trouble(kind, day, rng.choice(SERVICES), rng.randint(1, 2))
        dealt.setdefault(day, []).append(trouble)
    return dealt


def check_troubles(struck: Sequence[Struck]) -> Iterator[Check]:
    """Each happened, and was felt by the part it was meant for: else it proves nothing."""
    felt = {s.trouble.kind for s in struck if s.count}
    spared = [kind for kind in KINDS if kind not in felt]
    yield Check("every trouble was felt", not spared, f"{len(felt)} kinds{named(spared)}")
