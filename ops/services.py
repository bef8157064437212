"""The services' addresses, and asking them over HTTP with errors that a person can act on."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer

from ops.tokens import OPERATOR, Actor, Bearer

ASK_SECONDS = 30.0  # a digest of a whole service takes seconds, never this
NOT_YET_KNOWN = "not-yet-known"  # a 409 that time mends: what it rests on is on its way
PAGE = 500  # what the services give at most at once

ServicesOption = Annotated[
    str,
    typer.Option(
        "--services",
        envvar="WOMANUP_SERVICES",
        help="name=address of each, with commas: intake=http://127.0.0.1:8001,payroll=…",
    ),
]


class ServiceError(Exception):
    """A service is away or says no; the message says which and what to do. `status` and `code`
    are those of a no in the services' own form.
    """

    def __init__(self, says: str, *, status: int | None = None, code: str = "") -> None:
        super().__init__(says)
        self.status = status
        self.code = code

    @property
    def is_refusal(self) -> bool:
        """It says no, and will say it again."""
        is_no = self.status is not None and 400 <= self.status < 500
        return is_no and self.code != NOT_YET_KNOWN


def read_addresses(text: str) -> dict[str, str]:
    """`intake=http://127.0.0.1:8001,…` as a table. Raises what typer shows as bad usage."""
    addresses = {}
    for part in text.split(","):
        name, _, url = part.strip().partition("=")
        if not name or not url.startswith(("http://", "https://")):
            raise typer.BadParameter(f"{part!r} is not name=http://host:port")
        addresses[name] = url.rstrip("/")
    return addresses


def client(by: Actor | None = OPERATOR) -> httpx.AsyncClient:
    """Never through a proxy: these addresses are the operator's own. With the token of `by`, so
    for the services only; None for others, who must not see it.
    """
    auth = Bearer(by) if by else None
    return httpx.AsyncClient(timeout=ASK_SECONDS, trust_env=False, auth=auth)


async def ask(
    http: httpx.AsyncClient,
    url: str,
    *,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, str | int] | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """GET, or POST where there is a body. Raises `ServiceError`."""
    headers = {"Idempotency-Key": key} if key else {}
    method = "GET" if body is None else "POST"
    try:
        answer = await http.request(method, url, json=body, params=params, headers=headers)
    except httpx.TransportError as error:
        raise ServiceError(f"{url} does not answer ({type(error).__name__}): is it up?") from None
    try:
        found: dict[str, Any] = answer.json()
    except ValueError:
        raise ServiceError(f"{url} answers {answer.status_code} and no JSON") from None
    if not answer.is_success:
        why = found.get("detail") or found.get("title") or "without a reason"
        status, code = answer.status_code, found.get("code", "")
        raise ServiceError(f"{url} says {status} {code}: {why}", status=status, code=code)
    return found


async def ask_pages(
    http: httpx.AsyncClient, url: str, params: Mapping[str, str | int] | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Every item of a list that comes in pages."""
    asked: dict[str, str | int] = {**(params or {}), "limit": PAGE}
    while True:
        page = await ask(http, url, params=asked)
        for item in page["items"]:
            yield item
        if not page["next"]:
            return
        asked["after"] = page["next"]


def quoted(id_: str) -> str:
    """An id as one path segment: ids of records have slashes."""
    return quote(id_, safe="")
