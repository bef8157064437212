"""Whose token goes with a request, and where it comes from.

`WOMANUP_TOKEN` is a token of the city's issuer: an operator has one of her own. `WOMANUP_ISSUER` is
a development issuer, its folder or its address, or the file of an operator's key: then each actor
has a token of her own. `WOMANUP_TOKEN_FILE` holds a part's only one. What this process itself
started goes by the issuer of this run. With none of them no token is sent, which services take
whose AUTH is off.
"""

import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from pydantic import BaseModel, ConfigDict

AUDIENCE = "womanup"
TOKEN, ISSUER = "WOMANUP_TOKEN", "WOMANUP_ISSUER"  # names of variables
TOKEN_FILE = "WOMANUP_TOKEN_FILE"  # noqa: S105  # a variable's name

KEPT_SECONDS = 3600.0  # of the eight hours that a token of a development issuer lives
KEPT_MAX = 10_000  # tokens of 500 bytes: more actors than a play has at once

Claims = dict[str, Any]


class Actor(BaseModel):
    """Who asks: her subject, her roles, and what is hers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    roles: tuple[str, ...]
    person_id: str = ""
    org_id: str = ""
    counselor_id: str = ""

    def claims(self) -> Claims:
        hers = {n: getattr(self, n) for n in ("person_id", "org_id", "counselor_id")}
        found = {name: value for name, value in hers.items() if value}
        return {"sub": self.subject, "roles": list(self.roles), **found}


OPERATOR = Actor(subject="operator", roles=("operator", "auditor"))
OFFICER = Actor(subject="officer-1", roles=("officer",))
BANK = Actor(subject="bank", roles=("bank",))


def applicant(subject: str, person_id: str = "") -> Actor:
    return Actor(subject=subject, roles=("applicant",), person_id=person_id)


def host(org_id: str) -> Actor:
    return Actor(subject=org_id, roles=("host",), org_id=org_id)


def counselor(counselor_id: str) -> Actor:
    return Actor(subject=counselor_id, roles=("counselor",), counselor_id=counselor_id)


class Bearer(httpx.Auth):
    """Sends the actor's token, wherever it comes from."""

    requires_response_body = True

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        source, token = os.environ.get(ISSUER, ""), os.environ.get(TOKEN, "")
        if not token:
            token, until = _kept.get((source, self._actor), ("", 0.0))
            if time.monotonic() > until:
                if not source and (file := os.environ.get(TOKEN_FILE)):
                    token = Path(file).read_text().strip()
                elif source.startswith("http"):
                    answer = yield _ask(source, self._actor)
                    token = answer.json()["access_token"] if answer.is_success else ""
                else:
                    token = _signed(self._actor, source)
                _keep(source, self._actor, token)
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        yield request


@contextmanager
def without_an_issuer() -> Iterator[None]:
    """What this process starts trusts the issuer of this run, not the containers' one."""
    issuer = os.environ.pop(ISSUER, None)
    try:
        yield
    finally:
        if issuer is not None:
            os.environ[ISSUER] = issuer


_kept: dict[tuple[str, Actor], tuple[str, float]] = {}
"""Tokens of development issuers, and until when they are good: of each actor of a play."""


def _keep(source: str, actor: Actor, token: str) -> None:
    if len(_kept) >= KEPT_MAX:
        _kept.clear()
    if token:
        _kept[source, actor] = (token, time.monotonic() + KEPT_SECONDS)


def _ask(source: str, actor: Actor) -> httpx.Request:
    return httpx.Request("POST", f"{source.rstrip('/')}/token", json=actor.model_dump())


def _signed(actor: Actor, folder: str) -> str:
    from ops.issuer import issuer_of_this_run, read_issuer  # noqa: PLC0415  # it knows actors

    if folder:
        return read_issuer(Path(folder)).token(actor)
    if issuer_of_this_run.cache_info().currsize:
        return issuer_of_this_run().token(actor)
    return ""


def command(
    *,
    role: Annotated[list[str], typer.Option(help="A role of hers; repeatable.")],
    subject: Annotated[str, typer.Option(help="Who it is: a staff code, an account's id.")] = "",
    person: Annotated[str, typer.Option(help="An applicant's own id: per_…")] = "",
    org: Annotated[str, typer.Option(help="A host's own id: org_…")] = "",
    counselor: Annotated[str, typer.Option(help="A counselor's own id: cns_…")] = "",
    issuer: Annotated[
        str,
        typer.Option(
            envvar=ISSUER, help="A development issuer's folder or address; secrets/issuer-key."
        ),
    ],
) -> None:
    """Print a token of a development issuer, or signed with an operator's own key:
    `curl -H "Authorization: Bearer $(…)"`.
    """
    from ops.issuer import IssuerError, read_issuer  # noqa: PLC0415  # it knows actors

    own = person or org or counselor
    actor = Actor(
        subject=subject or own or "-".join(role),
        roles=tuple(role),
        person_id=person,
        org_id=org,
        counselor_id=counselor,
    )
    try:
        if issuer.startswith("http"):
            asked = _ask(issuer, actor)
            with httpx.Client(trust_env=False) as http:
                print(http.send(asked).raise_for_status().json()["access_token"])
        else:
            print(read_issuer(Path(issuer)).token(actor))
    except (IssuerError, httpx.HTTPError) as error:
        typer.secho(f"{error}: `make dev` and `make up` print where theirs is", fg="red", err=True)
        raise typer.Exit(1) from None
