"""One schedule: two instances of the toy over one store, what is told to them, and the faults."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, partial

from proofs.simulation import story, toy
from proofs.simulation.checks import Checks
from proofs.simulation.log import Consumer, LogAway, OwnTopicTwin, SimLog, ends_of
from proofs.simulation.scheduler import STEP_MICROSECONDS, Actor, Scheduler, Steps, pause
from proofs.simulation.store import NOTHING, Documents, Shelf, SimStore
from proofs.simulation.story import CALENDAR, PLACES, Message
from proofs.simulation.tape import Tape
from shared.bus import Days, Inbox, Relay, operate
from shared.errors import Rejected
from shared.metrics import Metrics
from shared.mongo import Desk, Document, Session
from shared.security import Vault
from shared.testing.bench import TEST_SECRET
from shared.tracing import Tracer

INSTANCES = 2
STEPS_MAX = 6_000
RELEASES_MAX = 1  # of one record once all is mended
ACT = {"by": "operator", "why": "mended"}
SKEWS = (timedelta(hours=1), timedelta(hours=-1), timedelta())


class World:
    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.log = SimLog()
        self.scheduler = Scheduler(tape, self._strike)
        self.checks = Checks(self.log, _flaw(tape))
        self.shelf = Shelf(toy.flaws.refuse, self._on_commit)
        self.restarts = 0
        self.healed_at: int | None = None
        self._skew = [timedelta()] * INSTANCES
        self._is_mended = False
        self._released: Counter[str] = Counter()
        self._actors: list[Actor] = []
        self._outside = SimStore(self.shelf)
        for instance in range(INSTANCES):
            self._begin_instance(instance)
        self._enter("upstream", None, "", self._tell)
        self._enter("operator", None, "parked", partial(self._loop, self._operate))

    def run(self) -> None:
        """Until all is at rest, or something is broken; `checks` has it."""
        while not self.checks.breaches:
            if self.healed_at is None and self.tape.is_over:
                self._heal()
            if not self.scheduler.step():
                if self.healed_at is not None and not self.scheduler.is_stirred:
                    self.checks.at_rest(self.shelf.documents)
                    return
                self.scheduler.poll()
            if self.steps > STEPS_MAX:
                self.checks.breaches.append(f"not at rest after {STEPS_MAX} steps")

    def close(self) -> None:
        for actor in self._actors:
            actor.stop()

    @property
    def drain_steps(self) -> int:
        """From the last byte of the tape to rest."""
        return self.steps - (self.healed_at or 0)

    @property
    def steps(self) -> int:
        return self.scheduler.steps + (self.shelf.calm_steps or 0)

    def _begin_instance(self, instance: int) -> None:
        store = SimStore(self.shelf)
        metrics, tracer = _instruments()
        desk = Desk(toy.SERVICE, store, _vault(), partial(self._now, instance), metrics, tracer)
        inbox = Inbox(desk, toy.HANDLERS)
        days = Days(desk, f"i{instance}", self.log, inbox, toy.SWEEPS)
        relay = Relay(f"i{instance}", store, OwnTopicTwin(self._tell_city, self.log), metrics)
        consumer = Consumer(self.log, instance)
        take = partial(self._take, inbox, consumer)
        self._enter("consumer", instance, "log", partial(self._loop, take))
        self._enter("days", instance, "state offsets", partial(self._loop, days.step))
        self._enter("relay", instance, "outbox", partial(self._loop, relay.step))

    def _enter(
        self, name: str, instance: int | None, looks_at: str, begin: Callable[[Actor], Steps]
    ) -> None:
        name = name if instance is None else f"{name} {instance}"
        actor = Actor(name, instance, frozenset(looks_at.split()), begin)
        self._actors.append(actor)
        self.scheduler.enter(actor, is_awake=not looks_at or self.restarts > 0)

    def _now(self, instance: int) -> datetime:
        since = timedelta(microseconds=self.steps * STEP_MICROSECONDS)
        return story.NOW + since + self._skew[instance]

    async def _loop(self, step: Callable[[], Awaitable[object]], actor: Actor) -> None:
        """As a service's loops: step while there is something to do, again when a part is away."""
        while True:
            actor.is_awake = False
            try:
                moved = await step()
            except Exception as error:
                if not (isinstance(error, LogAway) or self._outside.is_interruption(error)):
                    raise
                continue
            if not moved:
                await pause("idle")

    async def _take(self, inbox: Inbox, consumer: Consumer) -> bool:
        if await pause("fetch") == "rewound":
            for place in PLACES:
                self.log.committed_offsets[place] = 0
                self.log.give(place, self.log.owner[place])
            self.scheduler.wake("log")
        records = consumer.poll(self.tape)
        if not records:
            return False
        fault = await pause("take")
        ends = ends_of(self.log) if any(r.topic == CALENDAR for r in records) else ()
        left = records
        if fault == "reordered":  # as Kafka never does: every other one, backwards, before the rest
            await inbox.take(records[::2][::-1], ends)
            left = records[1::2]
        if left:
            await inbox.take(left, ends)
        fault = await pause("offset")
        offsets = consumer.offsets(records, is_zombie=fault == "zombie_commit")
        self.log.committed_offsets.update(offsets)
        if _is_day_ahead(self.shelf.documents):
            self.scheduler.wake("offsets")
        self.checks.on_offsets(self.shelf.documents)
        return True

    async def _tell(self, _: Actor) -> None:
        """The other services: their streams in an order of the tape, some of it twice."""
        left = [list(messages) for messages in story.streams()]
        told: list[Message] = []
        while any(left):
            fault = await pause("upstream")
            if fault == "sent_again" and told:
                again = told[self.tape.pick(len(told))]
                stretch = [m for m in told if m.stream and m.stream == again.stream]
                for message in stretch[again.sequence - 1 :]:
                    self._append(message)
                continue
            waiting = [messages for messages in left if messages]
            message = waiting[self.tape.pick(len(waiting))].pop(0)
            told.append(message)
            self._append(message)

    def _append(self, message: Message) -> None:
        self.log.append(message)
        self.scheduler.wake("log")

    def _tell_city(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.log.told.setdefault(message.place, []).append(message)
        self.checks.on_told()

    async def _operate(self) -> bool:
        """An operator: mends what fails, if not before then after the tape, and releases it."""
        rows = await self._outside.read(_put_aside)
        waiting = [id_ for id_ in rows if self._released[id_] < RELEASES_MAX]
        if (
            waiting
            and not self._is_mended
            and (self.healed_at is not None or not self.tape.pick(2))
        ):
            self._mend()
        for id_ in waiting:
            is_mended = self._is_mended
            with suppress(Rejected):  # the unreadable names no stream; another may be gone by now
                await self._outside.transact(partial(self._release, id_))
            self._released[id_] += is_mended
        return bool(waiting)

    async def _release(self, id_: str, session: Session) -> Document:
        return await operate.release(session, toy.SWEEPS, id_, dict(ACT), self._now(0))

    def _mend(self) -> None:
        toy.flaws.mend()
        self._is_mended = True

    def _on_commit(self, seen: Documents, after: Documents, changed: AbstractSet[str]) -> None:
        self.scheduler.wake("state" if changed - {"outbox", "relayed"} else "", *changed)
        if "tallies" in changed and any("set_aside" in d for d in after["tallies"].values()):
            self.scheduler.wake("parked")
        self.checks.on_commit(seen, after, changed)

    def _strike(self, fault: str, actor: Actor) -> None:
        match fault:
            case "crash":
                self._restart(actor.instance)
            case "cancel" if actor.instance is not None:
                self._give_again(actor.instance)
            case "skew":
                instance = self.tape.pick(INSTANCES)
                self._skew[instance] = SKEWS[self.tape.pick(len(SKEWS))]
            case "rebalance":
                place = PLACES[self.tape.pick(len(PLACES))]
                self.log.give(place, 1 - self.log.owner[place])
                self.scheduler.wake("log")

    def _restart(self, instance: int | None) -> None:
        assert instance is not None
        gone = [a for a in self._actors if a.instance == instance]
        for actor in gone:
            actor.stop()
            self._actors.remove(actor)
            self.scheduler.line.remove(actor)
        self.restarts += 1
        self._give_again(instance)
        self._begin_instance(instance)

    def _give_again(self, instance: int) -> None:
        """What it had polled and not stored is polled again: from the offsets of its group."""
        for place, owner in self.log.owner.items():
            if owner == instance:
                self.log.give(place, instance)
        self.scheduler.wake("log")

    def _heal(self) -> None:
        """No more faults: the clocks agree, every partition is read on from its offset."""
        self.healed_at = self.scheduler.steps
        self.shelf.calm_steps = 0
        self._skew = [timedelta()] * INSTANCES
        for n, place in enumerate(PLACES):
            self.log.give(place, n % INSTANCES)
        self.scheduler.wake("log")


def _flaw(tape: Tape) -> set[str]:
    """Make some of it fail until it is mended, by the tape; the ids of what then may."""
    toy.flaws.mend()
    events = [(person, n) for person, last in story.EVENTS.items() for n in range(1, last + 1)]
    for flaw in (toy.flaws.raising, toy.flaws.oversized):
        number = tape.pick(2 * len(events))
        flaw.update(events[number - 1 : number] if number else ())
    persons = list(story.EVENTS)
    for resting in (toy.flaws.restless, toy.flaws.unrestable):
        number = tape.pick(3 * len(persons))
        resting.update(persons[number - 1 : number] if number else ())
    failing = {*toy.flaws.raising, *toy.flaws.oversized, story.UNDECODABLE}
    ids = {f"{story.stream_of(person)}/{n}" for person, n in failing}
    return ids | toy.flaws.restless | toy.flaws.unrestable


def _is_day_ahead(documents: Documents) -> bool:
    row = documents.get("calendar", NOTHING).get("calendar")
    return bool(row and row["state"]["announced"])


async def _put_aside(session: Session) -> list[str]:
    """Ids, as an operator releases them, of what failed."""
    failed = await session.find("parked", {"kind": "failed"}, limit=100)
    marked = await session.find("tallies", {"set_aside.reason": {"$gt": ""}}, limit=100)
    return [row["_id"] for row in failed] + [f"tallies/{row['_id']}" for row in marked]


@cache
def _instruments() -> tuple[Metrics, Tracer]:
    """Made once: nobody reads what all schedules together counted."""
    metrics = Metrics(toy.SERVICE)
    return metrics, Tracer(toy.SERVICE, "simulation", "", metrics)


@cache
def _vault() -> Vault:
    return Vault(TEST_SECRET)
