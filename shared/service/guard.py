"""The door of a service: who asks is known, and not too often, before a byte of the body is read.

What they may do is the routes' own to say: `shared/service/rules.py`.
"""

import math
from dataclasses import dataclass

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.service.keys import KeysAwayError
from shared.service.limits import Buckets
from shared.service.problems import problem
from shared.service.tokens import NOBODY, TokenRefused, Tokens

OPEN_PATHS = frozenset(
    {
        "/health/live",
        "/health/ready",
        "/docs",
        "/docs/oauth2-redirect",
        "/redoc",
        "/openapi.json",
        "/metrics",  # numbers and no ids (docs/metrics.md); Prometheus has no token
    }
)
"""What is answered without a token. A test compares it with the routes that say so themselves."""


@dataclass(frozen=True)
class Limits:
    """`callers` by subject, `addresses` for what is asked without a token that counts."""

    callers: Buckets
    addresses: Buckets


class Guard:
    """`tokens` is None where AUTH is off: then everyone is nobody, and nobody may do all."""

    def __init__(self, app: ASGIApp, tokens: Tokens | None, limits: Limits | None) -> None:
        self._app = app
        self._tokens = tokens
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> JSONResponse | None:
        if scope["path"] in OPEN_PATHS:
            return self._of_address(scope)
        caller = NOBODY
        if self._tokens:
            try:
                caller = await self._tokens.caller(_authorization(scope))
            except KeysAwayError as error:
                return problem(503, "unavailable", str(error))
            except TokenRefused as error:
                return self._of_address(scope) or _unauthorized(error)
        scope.setdefault("state", {})["caller"] = caller
        if not caller.is_known:
            return self._of_address(scope)
        return _too_many(self._limits.callers.take(caller.subject)) if self._limits else None

    def _of_address(self, scope: Scope) -> JSONResponse | None:
        address = scope["client"][0] if scope.get("client") else ""
        return _too_many(self._limits.addresses.take(address)) if self._limits else None


def _authorization(scope: Scope) -> str:
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _unauthorized(error: TokenRefused) -> JSONResponse:
    """RFC 6750: a request without a token is told the scheme only."""
    says = "" if error.code == "token-required" else f', error="invalid_token", code="{error.code}"'
    headers = {"WWW-Authenticate": f'Bearer realm="womanup"{says}'}
    return problem(401, error.code, str(error), headers=headers)


def _too_many(wait_seconds: float) -> JSONResponse | None:
    if not wait_seconds:
        return None
    detail = "this is more than one caller may ask in so short a time: wait as Retry-After says"
    headers = {"Retry-After": str(math.ceil(wait_seconds))}
    return problem(429, "too-many-requests", detail, headers=headers)
