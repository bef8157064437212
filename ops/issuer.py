"""A development issuer: it signs a token for whoever asks, so that a play goes through the door.

It is no sign-in. In production the city's own OIDC issuer stands in its place (docs/runbook.md),
and this one refuses to start. Its keys are known by their ids: a service that trusts one says so
in its log and at /health/ready.
"""

import json
import os
import sys
import time
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from ops.secret_files import BANK_TOKEN, ISSUER_JWKS, ISSUER_KEY
from ops.services import ServiceError
from ops.tokens import AUDIENCE, BANK, Actor, Claims

NAME = "http://development-issuer.invalid"  # no such address: nobody takes it for a real one
LOCAL = "http://operator.invalid"  # of whoever may read secrets/ (docker-compose.yml)
KID = "development-"  # shared/service/keys.py knows these keys by it; a test compares
ALGORITHM = "ES256"
KEY_FILE, JWKS_FILE = "key.json", "jwks.json"
LIFE_SECONDS = 8 * 3600  # a working day
BANK_LIFE_SECONDS = 400 * 86_400  # of a part that nobody logs in: a year, and time to rotate it
LOUD = (
    "DEVELOPMENT ISSUER: it signs a token for whoever asks, in any role. "
    "Never let a service with real people's data trust it."
)


class IssuerError(ServiceError):
    """It must not run here, or its key is not to be had."""


class DevelopmentIssuer:
    """Signs with `key`, as `name`."""

    def __init__(self, key: ECKey, name: str = NAME) -> None:
        self._key = key
        self.name = name

    def token(self, actor: Actor, seconds: int = LIFE_SECONDS, audience: str = AUDIENCE) -> str:
        now = int(time.time())
        times = {"iat": now, "nbf": now, "exp": now + seconds}
        claims: Claims = {"iss": self.name, "aud": audience, **times, **actor.claims()}
        header = {"alg": ALGORITHM, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self._key.as_dict(private=False)]}

    def kept(self) -> dict[str, Any]:
        """What makes it again: nobody else's to see."""
        return {"name": self.name, "key": self._key.as_dict(private=True)}

    def write(self, folder: Path) -> None:
        """The key for this user's eyes only, and its public half for the services."""
        folder.mkdir(parents=True, exist_ok=True)
        _write_private(folder / KEY_FILE, self.kept())
        (folder / JWKS_FILE).write_text(json.dumps(self.jwks()))


def new_issuer(name: str = NAME, kid: str = KID) -> DevelopmentIssuer:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True)
    parts = {**key.as_dict(private=True), "kid": f"{kid}{key.thumbprint()[:12]}"}
    return DevelopmentIssuer(ECKey.import_key(parts), name)


def read_issuer(path: Path) -> DevelopmentIssuer:
    """A development issuer's folder, or the file of an operator's key. Raises `IssuerError`."""
    try:
        kept = json.loads((path / KEY_FILE if path.is_dir() else path).read_text())
        return DevelopmentIssuer(ECKey.import_key(kept["key"]), kept["name"])
    except (OSError, ValueError, KeyError) as error:
        why = type(error).__name__
        raise IssuerError(f"there is no issuer's key in {path} ({why})") from None


def local_files(path: Path) -> dict[str, str]:
    """The key of the operator's own issuer, that in the file or a new one; its public half; and a
    token of the simulated bank's. It signs for nobody else: who may read the key does, by `ops
    token`.
    """
    issuer = read_issuer(path) if path.exists() else new_issuer(LOCAL, "operator-")
    return {
        ISSUER_KEY: json.dumps(issuer.kept()),
        ISSUER_JWKS: json.dumps(issuer.jwks()),
        BANK_TOKEN: issuer.token(BANK, BANK_LIFE_SECONDS),
    }


@cache
def issuer_of_this_run() -> DevelopmentIssuer:
    """One for all that this process starts, with a key that is gone when it is."""
    return new_issuer()


def build_app(issuer: DevelopmentIssuer) -> FastAPI:
    app = FastAPI(title="A development issuer: never in production")

    @app.get("/jwks")
    async def jwks() -> dict[str, Any]:
        return issuer.jwks()

    @app.post("/token", status_code=201)
    async def token(body: Actor) -> dict[str, str]:
        return {"access_token": issuer.token(body), "token_type": "Bearer", "warning": LOUD}

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready", "warning": LOUD}

    return app


def command(
    *,
    folder: Annotated[Path, typer.Option(help="Keeps its key; made where there is none.")],
    name: Annotated[str, typer.Option(envvar="WOMANUP_AUTH_ISSUER", help="Its `iss`.")] = NAME,
    mode: Annotated[
        str, typer.Option(envvar="WOMANUP_MODE", help="It refuses to start in `production`.")
    ] = "development",
    clock: Annotated[
        str, typer.Option(envvar="WOMANUP_CLOCK", help="It refuses to start beside a `real` one.")
    ] = "",
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8092,
) -> None:
    """Sign a token for whoever asks: for development and plays, never in production."""
    try:
        refuse_production(mode, clock)
        is_kept = (folder / KEY_FILE).exists()
        issuer = read_issuer(folder) if is_kept else new_issuer(name or NAME)
    except IssuerError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from None
    issuer.write(folder)
    print(LOUD, file=sys.stderr, flush=True)
    uvicorn.run(build_app(issuer), host=host, port=port, access_log=False)


def refuse_production(mode: str, clock: str) -> None:
    """Raises `IssuerError`. What is real has real days: a simulated clock is no programme."""
    if mode == "production" or clock == "real":
        why = "in production" if mode == "production" else "beside a real clock"
        raise IssuerError(
            f"a development issuer does not run {why}: give the services the city's own issuer "
            "by …_AUTH_ISSUER, …_AUTH_AUDIENCE and …_AUTH_JWKS (docs/runbook.md)"
        )


def _write_private(path: Path, content: dict[str, Any]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)
