"""The story that is told to payroll while it dies, and what it says of it at the end.

Small, and it passes every boundary: a placement that waits for its cohort, an event that stands
behind a missing one, bytes that nobody can read, accounts and bank results by HTTP, a pay day, a
deployment.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ops.provision import provision, withdraw
from ops.stack import Stack
from ops.topics import read_records
from proofs import story
from proofs.crash.arming import Blow
from proofs.crash.life import WAIT_SECONDS, Client, Life
from proofs.invariants import check, gather
from proofs.publisher import Publisher
from shared.events import topic_of

PEOPLE = 4
UNREADABLE = b"\xde\xad\xbe\xef"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a life came to: `says` must be equal, however it was disturbed, and no invariant broken
    (proofs/invariants).
    """

    says: dict[str, Any]
    unequal_replies: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    def differences(self, calm: "Outcome") -> list[str]:
        found = [_difference(n, self.says.get(n), calm.says[n]) for n in calm.says]
        found = [said for said in found if said]
        found += [f"another reply to {key}" for key in self.unequal_replies]
        # The story itself tells an event before the one that goes before it.
        return [*found, *(said for said in self.broken if said not in calm.broken)]


def _difference(name: str, found: Any, calm: Any) -> str:
    if found == calm:
        return ""
    if isinstance(found, list) and isinstance(calm, list):
        lost, more = ([x for x in a if x not in b] for a, b in ((calm, found), (found, calm)))
        if lost or more:
            return f"{name}: lost {lost}, more {more}"
    return f"{name}: {found} instead of {calm}"


@dataclass(frozen=True, slots=True)
class Trial:
    """A story that came to its end. `struck` counts the blows that fell, `hits` how often the first
    process passed each point.
    """

    outcome: Outcome
    hits: Counter[str]
    struck: int
    recoveries: tuple[float, ...]


async def attempt(
    stack: Stack,
    prefix: str,
    folder: Path,
    blows: Sequence[Blow] = (),
    *,
    sabotage: str | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> Trial:
    """One life in a corner of its own. Raises `LifeError` when the story does not come to its end.

    A `pause` has a second instance beside the first, which takes its partitions over; the first
    wakes when the story is told, and finds the world moved on.
    """
    is_zombie = any(blow.how == "pause" for blow in blows)
    await provision(stack, prefix=prefix)
    try:
        async with AsyncExitStack() as exits:
            lives = [
                Life("payroll", stack, prefix, folder, f"payroll-{n + 1}", b, sabotage)
                for n, b in enumerate([blows, ()][: 1 + is_zombie])
            ]
            for life in lives:
                await exits.enter_async_context(life)
                if is_zombie:  # the first has the days' lease, else it would not do what it is for
                    await life.until_ready()
            client = await exits.enter_async_context(Client(lives, wait_seconds))
            say = await exits.enter_async_context(Publisher(stack, prefix))
            says = await _tell(client, say, lives)
            says["told"] = await _told(stack, prefix)
            at = {"payroll": lives[0].url}
            evidence = await gather(
                stack, prefix, ("payroll",), addresses=at, logs=folder, actor=None
            )
            broken = tuple(str(found) for found in check(evidence))
            outcome = Outcome(says, tuple(client.unequal), broken)
            first = lives[0]
            hits, struck = first.first_hits(), first.was_struck()
            return Trial(outcome, hits, struck, tuple(first.recoveries))
    finally:
        await withdraw(stack, prefix=prefix)


async def _tell(client: Client, say: Publisher, lives: Sequence[Life]) -> dict[str, Any]:
    await _tell_of_placements(client, say)
    await client.until(lambda: story.is_placed(client, PEOPLE), "all placed")
    await story.register_accounts(client, PEOPLE)
    await say.say(*(story.attended(n) for n in range(PEOPLE - 1)), story.month_closed(PEOPLE))
    await say.days(story.FIRST + timedelta(days=1), story.PAY_DATE)
    await client.until(lambda: _is_at_rest(client), "the pay day, at rest")
    await story.answer_as_bank(client)
    for life in lives:
        life.resume()
    await client.until(lambda: _is_at_rest(client), "paid, at rest")
    await _deploy(client, lives[0])
    return {
        "digest": (await client.get("/digest"))["sha256"],
        "verify": (await client.get("/verify"))["differences"],
        "money": await client.get(f"/cohorts/{story.COHORT}/payroll"),
        "balance": await client.get("/ledger/trial-balance"),
        "parked": [p["kind"] for p in (await client.get("/parked"))["items"]],
    }


async def _told(stack: Stack, prefix: str) -> list[str]:
    """What payroll's topic says: each stream's events in the order in which they first came. A
    record that came again must be the same, so one that is not stands here, too.
    """
    streams: dict[bytes, dict[str, None]] = defaultdict(dict)
    for record in await read_records(stack.kafka, prefix, [topic_of("payroll")]):
        headers = dict(record.headers)
        number, type_ = (bytes(headers[n] or b"").decode() for n in ("ce_sequence", "ce_type"))
        body = hashlib.sha256(record.value or b"").hexdigest()[:12]
        streams[record.key or b""][f"{number} {type_} {body}"] = None
    return [f"{key.decode()}: {event}" for key in sorted(streams) for event in streams[key]]


async def _tell_of_placements(client: Client, say: Publisher) -> None:
    """The first placement waits for its cohort; the last comes behind its own successor."""
    topic = f"{say.prefix}{topic_of('placement')}"
    await say.days(story.FIRST, story.FIRST)
    await say.say(story.placed(0))

    async def waits() -> bool:
        return any(p["kind"] == "waits" for p in (await client.get("/parked"))["items"])

    await client.until(waits, "a placement that waits for its cohort")
    await say.say(story.opened())
    await client.until(lambda: story.is_placed(client, 1), "the first placement")
    await say.say(*(story.placed(n) for n in range(1, PEOPLE - 1)))
    first, second = (say.record(told(PEOPLE - 1)) for told in (story.placed, story.attended))
    await say.producer.send(topic, **second)
    await say.producer.send(topic, value=UNREADABLE)
    await say.producer.send_and_wait(topic, **first)


async def _deploy(client: Client, life: Life) -> None:
    """Restarts it; again where it has still to die while it stops."""
    while True:
        await life.restart()
        await client.until(lambda: _is_at_rest(client), "at rest after a restart")
        if not any(blow.point.startswith("stop.") for blow in life.blows[life.deaths :]):
            return


async def _is_at_rest(client: Client) -> bool:
    health = await client.get("/health/ready")
    left = sum(health[name] for name in ("due_left", "outbox", "releasable", "lag"))
    return bool(health["day"] == story.PAY_DATE.isoformat() and left == 0)
