"""Which parked records an operator's act is about, in which order, and doing it to each."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import typer

from ops.services import ServiceError, ask, quoted

BUSY = 429  # the service asks to be asked less often
BUSY_SECONDS = 1.0
DONE = {"release": "released", "discard": "discarded"}


@dataclass(frozen=True, slots=True)
class Target:
    """An ID of one service, or by stream or fingerprint; `service` may be `all` for these two."""

    service: str
    id: str | None
    stream: str | None
    fingerprint: str | None

    def check(self) -> None:
        """Raises what typer shows as bad usage."""
        if sum(one is not None for one in (self.id, self.stream, self.fingerprint)) != 1:
            raise typer.BadParameter("name one of ID, --stream and --fingerprint")
        if self.id is not None and self.service == "all":
            raise typer.BadParameter("an ID is of one service: name it")


@dataclass(frozen=True, slots=True)
class Act:
    """`name` is the route's; `more` goes into its body."""

    name: str
    by: str | None
    why: str
    dry_run: bool
    more: Mapping[str, Any]

    def check(self) -> None:
        """Raises what typer shows as bad usage."""
        if not self.dry_run and not self.why.strip():
            raise typer.BadParameter("--why is journalled: say why")

    @property
    def body(self) -> dict[str, Any]:
        if not self.dry_run:
            return {"by": self.by, "why": self.why, **self.more}
        return {"by": self.by, "why": self.why or "to see", "dry_run": True, **self.more}


def read_body(path: Path) -> str:
    """Raises what typer shows as bad usage."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read as text: {error}") from None


def choose(items: Mapping[str, list[dict[str, Any]]], target: Target) -> list[tuple[str, str]]:
    """Service and id of each head that is meant, oldest first, then by service and id.

    Raises `ServiceError` where nothing answers, and for a stream whose head has not come.
    """
    of_stream = [
        (service, item)
        for service, found in items.items()
        for item in found
        if target.stream is not None and item["stream"] == target.stream
    ]
    of_cause = [
        (service, item)
        for service, found in items.items()
        for item in found
        if item["kind"] in {"failed", "set-aside"} and item["fingerprint"] == target.fingerprint
    ]
    chosen = [(s, i) for s, i in (of_stream or of_cause) if i["is_head"]]
    if of_stream and not chosen:
        reason = min(of_stream, key=lambda one: one[1]["sequence"])[1]["reason"]
        raise ServiceError(f"the head of {target.stream} has not come: its first {reason}")
    if not chosen:
        raise ServiceError("nothing that is parked answers that: `parked list` shows what is")
    chosen.sort(key=lambda one: (one[1]["at"], one[0], one[1]["id"]))
    return [(service, item["id"]) for service, item in chosen]


async def do(
    http: httpx.AsyncClient,
    addresses: Mapping[str, str],
    chosen: Sequence[tuple[str, str]],
    act: Act,
) -> int:
    """One after the other; what is refused is named, and the others are done. The exit status."""
    first = " ".join(chosen[0])
    if len(chosen) > 1:
        print(f"{len(chosen)} heads, oldest first: {first}")
    done, refused = 0, 0
    for service, id_ in chosen:
        url = f"{addresses[service]}/parked/{quoted(id_)}/{act.name}"
        try:
            reply = await _ask(http, url, act.body)
        except ServiceError as error:
            if not error.is_refusal:
                raise
            refused += 1
            typer.secho(str(error), fg="red", err=True)
        else:
            done += len(reply.get("discarded", [id_]))
    word = f"would be {DONE[act.name]}" if act.dry_run else DONE[act.name]
    print(f"{word}: {done}, first {first}" if done else f"{word}: none")
    if done and act.name == "release" and not act.dry_run:
        print("`parked list` shows whether they went through")
    return 1 if refused else 0


async def _ask(http: httpx.AsyncClient, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    while True:
        try:
            return await ask(http, url, body=body)
        except ServiceError as error:
            if error.status != BUSY:
                raise
        await asyncio.sleep(BUSY_SECONDS)
