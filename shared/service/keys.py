"""The issuer's public keys: a JWKS from a file or an address, kept, and asked for again in time.

Bounded in every way: how long an answer may take, how large it may be, how often it is asked for
because of a key that is not known, and how long keys count whose issuer no longer answers.
"""

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.logs import logger

log = logger()
FRESH_SECONDS = 600.0  # a key that the issuer takes back is refused ten minutes later at most
STALE_SECONDS_MAX = 3600.0  # how long known keys count while their issuer is away
UNKNOWN_SECONDS_MIN = 30.0  # a caller with invented key ids makes us ask no more often than this
FIRST_SECONDS_MIN = 1.0  # between looks while no key is known at all
FETCH_SECONDS_MAX = 3.0
BYTES_MAX = 262_144  # a set has a few keys of 2 KiB
SIGNING = {"RSA", "EC"}  # never a shared secret, whatever the set says
DEVELOPMENT = "development-"  # begins the id of each key that ops/issuer.py makes


# No answer, or none that is a key set; it is the issuer's text, so anything may be in it.
AWAY = (OSError, ValueError, TypeError, KeyError, AttributeError, JoseError, TimeoutError)


class KeysAwayError(Exception):
    """No key is known, and the issuer does not answer."""


class Keys:
    """`source` is a path or an https address. `clock` counts seconds and never goes back."""

    def __init__(
        self,
        source: str,
        *,
        load: Callable[[str], bytes] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._load = load or fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: KeySet | None = None
        self._found_at = self._asked_at = float("-inf")
        self.is_development = False

    async def current(self) -> KeySet:
        """Asks again when the keys are no longer fresh. Raises `KeysAwayError`."""
        if self._age() > FRESH_SECONDS:
            await self._ask(FIRST_SECONDS_MIN if self._found is None else UNKNOWN_SECONDS_MIN)
        if self._found is None or self._age() > STALE_SECONDS_MAX:
            raise KeysAwayError("the issuer's keys cannot be had: try again in a moment")
        return self._found

    async def after_unknown(self) -> KeySet:
        """For a token of a key that is not among them: the issuer may have a new one."""
        await self._ask(UNKNOWN_SECONDS_MIN)
        return await self.current()

    async def _ask(self, seconds_min: float) -> None:
        """Once for all who wait for it, and not again before `seconds_min` are over."""
        async with self._lock:
            if self._clock() - self._asked_at < seconds_min:
                return
            self._asked_at = self._clock()
            try:
                async with asyncio.timeout(FETCH_SECONDS_MAX):
                    found = read_keys(await asyncio.to_thread(self._load, self._source))
            except AWAY as error:
                log.warning("issuer_keys_away", error=type(error).__name__)
                return
            self._found, self._found_at = found, self._clock()
            self._look_for_development(found)

    def _look_for_development(self, found: KeySet) -> None:
        was, ids = self.is_development, [str(key.kid) for key in found.keys]
        self.is_development = any(kid.startswith(DEVELOPMENT) for kid in ids)
        if self.is_development and not was:
            log.warning(
                "development_issuer_is_trusted", says="anyone can sign: never in production"
            )

    def _age(self) -> float:
        return self._clock() - self._found_at


def read_keys(raw: bytes) -> KeySet:
    """The public signing keys of a JWKS. Raises `ValueError` where there is none."""
    listed: Any = json.loads(raw)["keys"]
    fit = [key for key in listed if key.get("kty") in SIGNING and key.get("use", "sig") == "sig"]
    if not fit:
        raise ValueError("no signing key among them")
    return KeySet.import_key_set({"keys": fit})


def fetch(source: str) -> bytes:
    """At most `BYTES_MAX`. An address goes the way that the environment's proxy settings say."""
    if not source.startswith(("https://", "http://")):
        with Path(source).open("rb") as file:
            return _bounded(file.read(BYTES_MAX + 1))
    with urllib.request.urlopen(source, timeout=FETCH_SECONDS_MAX) as answer:  # noqa: S310  # see above
        return _bounded(answer.read(BYTES_MAX + 1))


def _bounded(raw: bytes) -> bytes:
    if len(raw) > BYTES_MAX:
        raise ValueError(f"a key set of more than {BYTES_MAX} bytes")
    return raw
