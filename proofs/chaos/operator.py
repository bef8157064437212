"""An operator who lets run again what failed, before anything is done that hangs on it."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ops.clock.remote import Clock
from ops.demo.checks import Check, named
from ops.parked import fetch_parked
from ops.services import ServiceError, ask, client, quoted
from ops.targets import Act

PAUSE_SECONDS = 0.5  # less than any client's patience with an event that has not been heard of
ROUNDS_MAX = 50  # before an act: each process fails an event once, and they are few
RELEASE = Act("release", "operator", "the fault that failed it is mended", dry_run=False, more={})


@dataclass(slots=True)
class Operator:
    """`released`: how often a record was let run again. `passed`: those that had failed and were
    not the head of their stream any more, so that something ran past them.
    """

    released: int = 0
    passed: list[str] = field(default_factory=list)
    _asked: int = 0

    async def work(self, services: Mapping[str, str]) -> None:
        """Looks at what is parked, for ever. A service that is away is looked at again."""
        while True:
            with suppress(ServiceError):  # it was killed: what it has parked is there afterwards
                await self.look(services)
            await asyncio.sleep(PAUSE_SECONDS)

    async def settle(self, services: Mapping[str, str], clock: Clock) -> None:
        """Return at rest with nothing left that failed; raises `TimeoutError` where it fails again
        and again.
        """
        for _ in range(ROUNDS_MAX):
            asked = self._asked
            await clock.wait_until_rest()
            try:
                failed = await self.look(services)
            except ServiceError:
                continue  # killed between rest and our question
            if not failed and asked == self._asked:
                return  # else what `work` let run meanwhile may have failed again since
        raise TimeoutError(f"what failed fails again, {ROUNDS_MAX} times over")

    async def look(self, services: Mapping[str, str]) -> int:
        """Let run again what failed; how many there were. Raises `ServiceError`."""
        count = 0
        for service, items in (await fetch_parked(services)).items():
            for item in items:
                if item["kind"] == "failed" and item["stream"] is not None:
                    count += 1
                    await self._release(service, services[service], item)
        return count

    async def _release(self, service: str, url: str, item: Mapping[str, Any]) -> None:
        if not item["is_head"]:
            self.passed.append(f"{service} {item['id']}")
        self._asked += 1
        try:
            async with client() as http:
                await ask(http, f"{url}/parked/{quoted(item['id'])}/release", body=RELEASE.body)
        except ServiceError as error:
            if not error.is_refusal:
                raise
        else:
            self.released += 1


def check_operator(operator: Operator) -> Iterator[Check]:
    """Something failed, was parked and ran again, and nothing ran past it meanwhile."""
    yield Check("what failed ran again", operator.released > 0, f"{operator.released} times")
    passed = operator.passed
    says = f"{len(passed)} were passed by their own stream{named(passed)}"
    yield Check("nothing passed what had failed", not passed, says)
