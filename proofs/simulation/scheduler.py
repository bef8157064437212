"""Who goes on, and what goes wrong there: both read from the tape."""

from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from types import coroutine
from typing import Any

from proofs.simulation.tape import Tape

FAULT_IN = 40  # choices at a step; those beyond the list of faults are: nothing happens
FAULT_IN_INSIDE = 240  # at the many steps inside a transaction
SWITCH_IN_INSIDE = 4
INSIDE = frozenset({"read", "write"})
ALONE_STEPS_MAX = 1_000  # of one actor that never sleeps, before the others go on
STALL_STEPS_MAX = 60
STEP_MICROSECONDS = 1_000

AT_POINT: dict[str, tuple[str, ...]] = {
    "begin": ("away",),
    "read": ("away",),
    "write": ("away",),
    "commit": ("reply_lost_unstored", "overdue", "overdue"),
    "reply": ("reply_lost_stored", "reply_lost_stored"),
    "fetch": ("rewound", "rebalance"),
    "take": ("reordered", "rebalance", "stall"),
    "offset": ("zombie_commit", "stall"),
    "append": ("unsent", "stall"),
    "acknowledge": ("ack_lost", "ack_lost"),
    "upstream": ("sent_again", "sent_again"),
}
ANYWHERE = ("crash", "cancel", "stall", "skew", "rebalance")
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
        self._strike = strike

    def enter(self, actor: Actor) -> None:
        actor.start()
        self.line.append(actor)

    def wake(self, *changed: str) -> None:
        for actor in self.line:
            if not actor.looks_at.isdisjoint(changed):
                actor.is_awake = True

    def step(self) -> bool:
        """One step by the tape; after it, all steps of one actor until it sleeps.

        False when nobody has anything to do. Raises what an actor raises.
        """
        ready = [a for a in self.line if a.is_awake or a.point != "idle"]
        if not ready:
            return False
        if self.tape.is_over:
            self._go_on(ready[0])
        else:
            self._step(ready)
        return True

    def _go_on(self, actor: Actor) -> None:
        assert actor.running is not None
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
        actor = self._choose(ready)
        fault = self._fault(actor) if actor.point else ""
        if fault == "stall":
            actor.stalled_until = self.steps + 1 + self.tape.pick(STALL_STEPS_MAX)
        elif fault in ANYWHERE:
            self._strike(fault, actor)
            if fault == "cancel":
                self._resume(actor, lambda running: running.throw(Cancelled()))
        else:
            self._resume(actor, lambda running: running.send(fault if actor.point else None))

    def _choose(self, ready: Sequence[Actor]) -> Actor:
        """Inside a transaction its actor mostly goes on: so a tape reaches further."""
        if ready[0].point in INSIDE and self.tape.pick(SWITCH_IN_INSIDE) != SWITCH_IN_INSIDE - 1:
            return ready[0]
        ready = [a for a in ready if a.stalled_until <= self.steps] or ready
        actor = ready[self.tape.pick(len(ready))]
        self.line.remove(actor)
        self.line.insert(0, actor)
        return actor

    def _fault(self, actor: Actor) -> str:
        faults = AT_POINT.get(actor.point, ()) + ANYWHERE
        number = self.tape.pick(FAULT_IN_INSIDE if actor.point in INSIDE else FAULT_IN)
        fault = faults[number - 1] if 0 < number <= len(faults) else ""
        if fault == "crash" and actor.instance is None:
            return ""
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
