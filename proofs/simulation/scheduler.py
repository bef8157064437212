"""Who goes on, and what goes wrong there: both read from the tape."""

from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from types import coroutine
from typing import Any

from proofs.simulation.tape import Tape

FAULT_IN = 60  # choices at a step; those beyond the list of its faults are: nothing happens
FAULT_IN_AT = {"append": 15, "acknowledge": 12, "offset": 24}
BYTES = 256
SWITCH_FROM = 208  # inside a transaction: a byte from here on lets somebody else go on
ALONE_STEPS_MAX = 1_000  # of one actor that never sleeps, before the others go on
ASLEEP = frozenset({"", "idle"})
STALL_STEPS_MAX = 60
STEP_MICROSECONDS = 1_000

AT_POINT: dict[str, tuple[str, ...]] = {
    "begin": ("away",),
    "commit": ("reply_lost_unstored",) * 3 + ("overdue",) * 6,
    "reply": ("reply_lost_stored",) * 6,
    "fetch": ("rewound", "rebalance"),
    "take": ("reordered",) * 6 + ("rebalance", "stall"),
    "offset": ("zombie_commit", "zombie_commit", "stall"),
    "append": ("unsent", "stall"),
    "acknowledge": ("ack_lost", "ack_lost"),
    "upstream": ("sent_again", "sent_again"),
}
ANYWHERE = ("crash", "cancel", "stall", "skew", "rebalance")
INSIDE = {"read": ("away", "away", "away", *ANYWHERE), "write": ("away", *ANYWHERE)}
KINDS = tuple(sorted({*ANYWHERE, *(fault for faults in AT_POINT.values() for fault in faults)}))

Steps = Coroutine[Any, Any, None]


@coroutine
def pause(point: str) -> Generator[str, str, str]:
    """Give way to the scheduler. Gives what goes wrong here, "" for nothing."""
    return (yield point)


@dataclass(slots=True, eq=False)
class Actor:
    """`instance` is the process it belongs to: a crash takes all of them. None: outside.

    What it `looks_at` wakes it when it changes; it sleeps when it has looked and found nothing.
    """

    name: str
    instance: int | None
    looks_at: frozenset[str]
    begin: Callable[["Actor"], Steps]
    running: Steps | None = None
    point: str = ""
    is_awake: bool = True
    stalled_until: int = 0

    def start(self) -> None:
        self.running, self.point, self.is_awake, self.stalled_until = self.begin(self), "", True, 0

    def stop(self) -> None:
        if self.running is not None:
            self.running.close()
            self.running = None


class Cancelled(BaseException):
    """As asyncio's: no `except Exception` holds it up."""


class Scheduler:
    """Steps the actors, one at a time. `strike` does what a fault does beyond its own actor."""

    def __init__(self, tape: Tape, strike: Callable[[str, Actor], None]) -> None:
        self.tape = tape
        self.line: list[Actor] = []
        self.steps = 0
        self.faults: Counter[str] = Counter()
        self.is_stirred = True
        self._strike = strike
        self._instance: int | None = None

    def enter(self, actor: Actor, *, is_awake: bool) -> None:
        actor.start()
        actor.is_awake = is_awake
        self.line.append(actor)

    def wake(self, *changed: str) -> None:
        """Whoever looks at this; after the tape, as in a process, only those of one's own."""
        self.is_stirred = True
        for actor in self.line:
            is_far = self._instance == 1 - actor.instance if actor.instance is not None else False
            if not (is_far and self.tape.is_over) and not actor.looks_at.isdisjoint(changed):
                actor.is_awake = True

    def poll(self) -> None:
        """All look again, as they do every so often: a bell may have been another's."""
        self.is_stirred = False
        for actor in self.line:
            actor.is_awake = True

    def step(self) -> bool:
        """One step by the tape; after it, all steps of one actor until it sleeps.

        False when nobody has anything to do. Raises what an actor raises.
        """
        ready = [a for a in self.line if a.is_awake or a.point not in ASLEEP]
        if not ready:
            return False
        if self.tape.is_over:
            self._go_on(ready[0])
        else:
            self._step(ready)
        return True

    def _go_on(self, actor: Actor) -> None:
        assert actor.running is not None
        self._instance = actor.instance
        send, point, steps = actor.running.send, actor.point, 0
        try:
            while steps < ALONE_STEPS_MAX:
                steps += 1
                point = send("" if point else None)
                if point == "idle":
                    break
        except StopIteration:
            self.line.remove(actor)
        else:
            actor.point = point
            self.line.remove(actor)
            self.line.append(actor)
        finally:
            self.steps += steps

    def _step(self, ready: Sequence[Actor]) -> None:
        self.steps += 1
        actor, fault = ready[0], ""
        if actor.point in INSIDE:
            fault = self._fault_inside(actor)
        if fault == "switch" or actor.point not in INSIDE:
            actor = self._choose(ready)
            fault = self._fault(actor) if actor.point else ""
        self._instance = actor.instance
        if fault == "stall":
            actor.stalled_until = self.steps + 1 + self.tape.pick(STALL_STEPS_MAX)
        elif fault in ANYWHERE:
            self._strike(fault, actor)
            if fault == "cancel":
                self._resume(actor, lambda running: running.throw(Cancelled()))
        else:
            self._resume(actor, lambda running: running.send(fault if actor.point else None))

    def _choose(self, ready: Sequence[Actor]) -> Actor:
        ready = [a for a in ready if a.stalled_until <= self.steps] or ready
        actor = ready[self.tape.pick(len(ready))]
        self.line.remove(actor)
        self.line.insert(0, actor)
        return actor

    def _fault(self, actor: Actor) -> str:
        faults = AT_POINT.get(actor.point, ()) + ANYWHERE
        number = self.tape.pick(FAULT_IN_AT.get(actor.point, FAULT_IN))
        fault = faults[number - 1] if 0 < number <= len(faults) else ""
        if fault == "crash" and actor.instance is None:
            return ""
        if fault:
            self.faults[fault] += 1
        return fault

    def _fault_inside(self, actor: Actor) -> str:
        """Within a transaction one byte says all, so that a tape reaches further."""
        number = self.tape.pick(BYTES)
        faults = INSIDE[actor.point]
        fault = faults[number - 1] if 0 < number <= len(faults) else ""
        if fault == "crash" and actor.instance is None:
            return ""
        if number >= SWITCH_FROM:
            return "switch"
        if fault:
            self.faults[fault] += 1
        return fault

    def _resume(self, actor: Actor, how: Callable[[Any], str]) -> None:
        assert actor.running is not None
        try:
            actor.point = how(actor.running)
        except StopIteration:
            self.line.remove(actor)
            return
        except Cancelled:
            actor.start()
        if actor.point == "idle":
            self.line.remove(actor)
            self.line.append(actor)
