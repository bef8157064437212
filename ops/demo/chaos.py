"""Chaos: instances die on the days on which most happens, and are brought back. Drawn by seed.

Nothing of it may show in the outcome: a play under chaos gives the digest of an undisturbed one.
What is drawn is whom, how and when after a day's announcement; where in its work it is hit is up
to the machine.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from types import TracebackType
from typing import Literal, Self

from ops.city import SERVICES, City, process_name, ready_url
from ops.demo.checks import Check, named
from ops.demo.outcome import Outcome
from ops.processes import ProcessError, Restart, Supervisor
from shared.events.policy import CohortPolicy
from shared.money import add_months, months_between

DEATHS_MIN = 3  # of each service on busy days, by kill -9
AFTER_MS_MAX = 400  # a heavy day's work is under way by then, a light one's is done
AGAIN_AFTER_MS_MAX = 900  # a service needs longer than that to start
OTHERS_SHARE = 0.25  # of the services that are not the busiest on a busy day
QUIET_DAY_SHARE = 0.1  # of days that are not busy
DOUBLE_SHARE = 0.3  # of kills
STOP_SHARE = 0.3  # of blows on days that are not busy: SIGTERM, as a deployment does it
QUIET_SECONDS = 60.0  # for all to be back; a start takes 2
LOOK_SECONDS = 0.01

How = Literal["kill", "double-kill", "stop"]


@dataclass(frozen=True, slots=True)
class Blow:
    """What is done to which instance, so long after the day was announced. `again_after_ms`: from
    its new start to the second kill of a double one.
    """

    service: str
    number: int
    how: How
    after_ms: int
    again_after_ms: int

    @property
    def process(self) -> str:
        return process_name(self.service, self.number)


@dataclass(slots=True)
class Figures:
    """Of one service, all its instances. `kills` counts each kill -9, so a double one twice;
    `recovery_seconds` from a death to ready, a double kill once.
    """

    kills: int = 0
    double_kills: int = 0
    stops: int = 0
    restarts: int = 0
    recovery_seconds: list[float] = field(default_factory=list)

    @property
    def median_seconds(self) -> float:
        return median(self.recovery_seconds) if self.recovery_seconds else 0.0

    @property
    def worst_seconds(self) -> float:
        return max(self.recovery_seconds, default=0.0)


def busy_days(policies: Iterable[CohortPolicy]) -> dict[date, tuple[str, ...]]:
    """The days on which most falls due, and the services that have to do it."""
    days: dict[date, set[str]] = defaultdict(set)
    for policy in policies:
        days[policy.application_until].add("intake")
        days[policy.screening_on].add("intake")
        days[policy.selection_on].add("intake")
        days[policy.matching_on].add("placement")
        days[policy.starts_on].add("placement")
        for month in months_between(policy.starts_on, policy.ends_on):
            days[policy.attendance_closes_on(month)].add("placement")
            days[policy.pay_date(month)].add("payroll")
        for months in (0, policy.counseling.months):  # cases open, and close
            days[add_months(policy.ends_on, months)].add("counseling")
    return {day: tuple(sorted(services)) for day, services in sorted(days.items())}


def draw(
    seed: int, day: date, dealt: Iterable[str], instances: Mapping[str, int]
) -> tuple[Blow, ...]:
    """The blows of one day: `dealt` are the services that die on it whatever is drawn."""
    rng, certain = random.Random(f"{seed}/{day}"), set(dealt)  # noqa: S311  # no secret hangs on it
    blows = []
    for service in sorted(instances):
        chance = OTHERS_SHARE if certain else QUIET_DAY_SHARE / len(instances)
        is_struck, how = rng.random() < chance, rng.random()
        number = rng.randint(1, instances[service])
        after_ms, again_after_ms = rng.randint(0, AFTER_MS_MAX), rng.randint(0, AGAIN_AFTER_MS_MAX)
        if service in certain or is_struck:
            blow = _how(how, is_busy=bool(certain))
            blows.append(Blow(service, number, blow, after_ms, again_after_ms))
    return tuple(blows)


def deal(seed: int, busy: Mapping[date, Iterable[str]]) -> dict[date, tuple[str, ...]]:
    """Who surely dies on which of the busy days: the busiest, and whoever would die too seldom.
    Where there are too few of them, the days after the first count as busy, too.
    """
    are_few = 0 < len(busy) < DEATHS_MIN
    more = [min(busy) + timedelta(days=n) for n in range(DEATHS_MIN)] if are_few else []
    dealt = {day: set(busy.get(day, ())) for day in sorted({*busy, *more})}
    rng = random.Random(f"{seed}/deal")  # noqa: S311
    for service in SERVICES:
        free = [day for day, services in dealt.items() if service not in services]
        rng.shuffle(free)
        lacking = DEATHS_MIN - (len(dealt) - len(free))
        for day in free[: max(lacking, 0)]:
            dealt[day].add(service)
    return {day: tuple(sorted(services)) for day, services in dealt.items()}


def compare_plays(calm: Outcome, wild: Outcome) -> Iterator[Check]:
    """Both are sound, and equal."""
    for name, outcome in (("undisturbed play", calm), ("play under chaos", wild)):
        unmet = [check.name for check in outcome.checks if not check.is_met]
        yield Check(name, outcome.is_met, f"{len(unmet)} checks are not met{named(unmet)}")
    services = sorted({*calm.digests, *wild.digests})
    other = [name for name in services if calm.digests.get(name) != wild.digests.get(name)]
    yield Check("equal digests", calm.digest == wild.digest, f"{len(other)} differ{named(other)}")
    found = {*calm.audit.lines, *calm.audit.findings} ^ {*wild.audit.lines, *wild.audit.findings}
    says = f"{len(found)} lines and findings of one and not of the other"
    yield Check("equal audits", calm.audit == wild.audit, says)


def check_chaos(figures: Mapping[str, Figures], calm: Outcome, wild: Outcome) -> Iterator[Check]:
    """They are, and the second was disturbed: else that proves nothing."""
    yield from compare_plays(calm, wild)
    kills = {service: figures.get(service, Figures()).kills for service in SERVICES}
    spared = [f"{service} {count} times" for service, count in kills.items() if count < DEATHS_MIN]
    says = f"each at least {DEATHS_MIN} times by kill -9{named(spared)}"
    yield Check("every service died", not spared, says)


def _how(share: float, *, is_busy: bool) -> How:
    if not is_busy and share < STOP_SHARE:
        return "stop"
    return "double-kill" if share > 1 - DOUBLE_SHARE else "kill"


class Chaos:
    """`on_day` is a play's hook; the block is the play.

    From `quiet_from` on nothing more is done, and that day waits until everybody is back: what is
    asked at a play's end is asked without patience. A child that does not come back, or dies by
    itself too often, ends the play with a group of `ProcessError`.
    """

    def __init__(self, seed: int, busy: Mapping[date, Iterable[str]], *, quiet_from: date) -> None:
        self._seed = seed
        self._dealt = deal(seed, {d: services for d, services in busy.items() if d < quiet_from})
        self._quiet_from = quiet_from
        self._group = asyncio.TaskGroup()
        self._blows: set[asyncio.Task[None]] = set()
        self._striking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._supervisor: Supervisor | None = None
        self._watching: asyncio.Task[None] | None = None
        self._service_of: dict[str, str] = {}
        self.figures = {service: Figures() for service in SERVICES}

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            await self.quiet()
        for task in (*self._blows, *filter(None, [self._watching])):
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    async def on_day(self, day: date, city: City) -> None:
        """A day was announced: draws its blows and returns; they fall while the day is done."""
        self._attend(city)
        if day >= self._quiet_from:
            await self.quiet()
            return
        instances = {service: len(urls) for service, urls in city.instances.items()}
        for blow in draw(self._seed, day, self._dealt.get(day, ()), instances):
            task = self._group.create_task(self._strike(blow, city))
            self._blows.add(task)
            task.add_done_callback(self._blows.discard)

    async def quiet(self) -> None:
        """Returns when every blow has fallen and everybody is ready again."""
        if self._supervisor is None:
            return
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                await asyncio.gather(*self._blows)
                await self._supervisor.until_recovered()
        except TimeoutError:
            away = ", ".join(self._supervisor.recovering()) or "the blows"
            raise ProcessError(f"not over after {QUIET_SECONDS:.0f} s: {away}") from None

    def _attend(self, city: City) -> None:
        """With the first day: the city is not there before."""
        if self._supervisor is None:
            ready = {name: ready_url(url) for name, url in city.addresses.items()}
            self._service_of = {
                process_name(service, number): service
                for service, urls in city.instances.items()
                for number in range(1, len(urls) + 1)
            }
            self._supervisor = Supervisor(city.processes, ready, self._note)
            self._watching = self._group.create_task(self._supervisor.run())

    def _note(self, restart: Restart) -> None:
        figures = self.figures[self._service_of[restart.name]]
        figures.restarts += restart.deaths
        figures.recovery_seconds.append(restart.seconds)

    async def _strike(self, blow: Blow, city: City) -> None:
        await asyncio.sleep(blow.after_ms / 1000)
        async with self._striking[blow.process]:
            if not await _is_up(city, blow.process):
                return
            if blow.how == "stop":
                await self._stop(blow, city)
                return
            await self._kill(blow, city)
            if blow.how == "double-kill" and await _is_up(city, blow.process):
                await asyncio.sleep(blow.again_after_ms / 1000)
                if self._is_starting(city, blow.process):
                    self.figures[blow.service].double_kills += 1
                    await self._kill(blow, city)

    async def _stop(self, blow: Blow, city: City) -> None:
        """Its batch is finished and its outbox flushed before it ends; that long it is spared."""
        self.figures[blow.service].stops += 1
        child = city.processes[blow.process]
        child.process.terminate()
        while True:
            if not child.is_running:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _kill(self, blow: Blow, city: City) -> None:
        self.figures[blow.service].kills += 1
        await city.processes.kill9(blow.process)

    def _is_starting(self, city: City, process: str) -> bool:
        recovering = self._supervisor.recovering() if self._supervisor else []
        return process in recovering and city.processes[process].is_running


async def _is_up(city: City, process: str) -> bool:
    """Waits until it runs, ready or not. False: it was stopped for good."""
    while True:
        if city.processes[process].is_running:
            return True
        if not city.processes.has_died(process):
            return False
        await asyncio.sleep(LOOK_SECONDS)
