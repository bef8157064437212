"""Who comes to the door in tests: tokens of an issuer of this run, and who takes them."""

import json
from typing import Any

import httpx

from ops.issuer import DevelopmentIssuer, new_issuer
from ops.tokens import AUDIENCE, Actor
from shared.service.keys import Keys
from shared.service.tokens import Tokens

ISSUER = new_issuer()
STRANGER = new_issuer()  # whose tokens nobody takes


def tokens(issuer: DevelopmentIssuer = ISSUER) -> Tokens:
    jwks = json.dumps(issuer.jwks()).encode()
    return Tokens(issuer.name, AUDIENCE, Keys("here", load=lambda _: jwks))


def bearer(actor: Actor, issuer: DevelopmentIssuer = ISSUER, **how: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(actor, **how)}"}


def of(*roles: str, subject: str = "o-1", **own: str) -> dict[str, str]:
    """The header of someone with these roles, and what is hers."""
    return bearer(Actor(subject=subject, roles=roles, **own))


class Visitor:
    """Asks one service as whoever is named, with a new Idempotency-Key for each command that does
    not bring its own.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._commands = 0

    async def post(self, path: str, body: Any, who: dict[str, str]) -> httpx.Response:
        self._commands += 1
        headers = {"Idempotency-Key": f"command-{self._commands}", **who}
        return await self._http.post(path, json=body, headers=headers)

    async def get(self, path: str, who: dict[str, str], **params: str | int) -> httpx.Response:
        return await self._http.get(path, headers=who, params=params)


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
