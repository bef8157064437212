"""A client of the services as any other: HTTP only, a key for each command, and patience.

A command's Idempotency-Key is made of what is done and to whom, so sending it again is safe: that
is how it gets over a service that is restarted, or that has not heard of something yet.
"""

import asyncio
import time
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

import httpx

from ops.services import PAGE
from ops.tokens import OPERATOR, Actor, Bearer

TOGETHER_MAX = 8  # requests under way; two cores have no use for more
REQUEST_SECONDS = 30.0
PATIENCE_SECONDS = 60.0  # a killed service is back in 10 to 20; past this it stays away
PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 0.05, 1.0
NOT_YET = {(409, "not-yet-known"), (429, "too-many-requests"), (503, "unavailable")}

Json = dict[str, Any]


class RefusedError(Exception):
    """A service said no to something that the play needs, or did not answer in all that time."""


class Client:
    """`seconds`: how long each command took, waiting included."""

    def __init__(self, services: Mapping[str, str], http: httpx.AsyncClient) -> None:
        self._services = services
        self._http = http
        self._gate = asyncio.Semaphore(TOGETHER_MAX)
        self.seconds: list[float] = []

    async def post(
        self, service: str, path: str, body: Json, *, key: str, by: Actor | None
    ) -> Json:
        """`by` is who does it, with a token of her own; None for the bank, who knows no tokens."""
        began = time.monotonic()
        headers = {"Idempotency-Key": key}
        found = await self._ask(service, "POST", path, by, json=body, headers=headers)
        self.seconds.append(time.monotonic() - began)
        return found

    async def get(
        self, service: str, path: str, *, by: Actor = OPERATOR, **params: str | int
    ) -> Json:
        """As the city's auditor, where nobody else is named."""
        return await self._ask(service, "GET", path, by, params=params)

    async def items(self, service: str, path: str) -> list[Json]:
        """Every item of a list that comes in pages, as the city's auditor."""
        found: list[Json] = []
        asked: dict[str, str | int] = {"limit": PAGE}
        while True:
            page = await self._ask(service, "GET", path, OPERATOR, params=asked)
            found += page["items"]
            if not page.get("next"):
                return found
            asked["after"] = page["next"]

    async def _ask(
        self, service: str, method: str, path: str, by: Actor | None, **request: Any
    ) -> Json:
        if by is not None:
            request["auth"] = Bearer(by)
        url, deadline = f"{self._services[service]}{path}", time.monotonic() + PATIENCE_SECONDS
        pause = PAUSE_SECONDS_MIN
        while True:
            async with self._gate:
                found, trouble = await self._try(method, url, request)
            if trouble is None:
                return found
            if time.monotonic() > deadline:
                raise RefusedError(f"{method} {path} of {service}: still {trouble}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    async def _try(self, method: str, url: str, request: Json) -> tuple[Json, str | None]:
        """The answer, or why it is worth trying again."""
        try:
            answer = await self._http.request(method, url, **request)
        except httpx.TransportError as error:
            return {}, f"no answer ({type(error).__name__})"
        try:
            found: Json = answer.json()
        except ValueError:  # somebody between us and a service that is away
            return {}, f"{answer.status_code} and no JSON"
        if answer.is_success:
            return found, None
        code = found.get("code", "")
        if (answer.status_code, code) in NOT_YET:
            return {}, f"{answer.status_code} {code}"
        why = found.get("detail") or "without a reason"
        raise RefusedError(f"{method} {answer.url.path}: {answer.status_code} {code}: {why}")


def http_client(through: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Never through a proxy: these addresses are our own."""
    limits = httpx.Limits(max_connections=TOGETHER_MAX * 2)
    through = through or httpx.AsyncHTTPTransport(limits=limits)
    return httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False, transport=through)


async def together(work: Iterable[Awaitable[Any]]) -> None:
    """All at once as far as the client lets them; the first failure ends the others."""
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(_wait(one))


async def _wait(one: Awaitable[Any]) -> None:
    await one
