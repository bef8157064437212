"""The issuer's keys: kept, asked for again in time and no more often, never trusted blindly."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey

from ops import issuer as development
from ops.issuer import DevelopmentIssuer, new_issuer
from ops.tokens import Actor
from shared.service import keys as module
from shared.service.keys import (
    BYTES_MAX,
    FRESH_SECONDS,
    STALE_SECONDS_MAX,
    UNKNOWN_SECONDS_MIN,
    Keys,
    KeysAwayError,
    fetch,
    read_keys,
)
from shared.service.tokens import TokenRefused, Tokens

FIRST, SECOND = new_issuer(), new_issuer()
ANYONE = Actor(subject="o-1", roles=("officer",))


class Issuer:
    """Answers with `jwks`, or with an error, and counts how often it was asked."""

    def __init__(self, *issuers: DevelopmentIssuer) -> None:
        self.now = 0.0
        self.asked = 0
        self.error: Exception | None = None
        self.answers(*issuers)

    def answers(self, *issuers: DevelopmentIssuer) -> None:
        self.jwks: dict[str, Any] = {"keys": [k for i in issuers for k in i.jwks()["keys"]]}

    def load(self, _: str) -> bytes:
        self.asked += 1
        if self.error:
            raise self.error
        return json.dumps(self.jwks).encode()

    def keys(self) -> Keys:
        return Keys("there", load=self.load, clock=lambda: self.now)


def tokens(issuer: Issuer) -> Tokens:
    return Tokens(FIRST.name, "womanup", issuer.keys())


def bearer(issuer: DevelopmentIssuer) -> str:
    return f"Bearer {issuer.token(ANYONE)}"


async def test_keys_are_asked_for_once_and_again_when_no_longer_fresh() -> None:
    issuer = Issuer(FIRST)
    keys = issuer.keys()
    for _ in range(3):
        await keys.current()
    assert issuer.asked == 1

    issuer.now = FRESH_SECONDS + 1
    await keys.current()
    assert issuer.asked == 2


async def test_a_new_key_is_learnt_at_once_and_invented_ones_make_us_ask_no_more() -> None:
    issuer = Issuer(FIRST)
    seen = tokens(issuer)
    await seen.caller(bearer(FIRST))
    issuer.answers(FIRST, SECOND)
    issuer.now = UNKNOWN_SECONDS_MIN + 1

    assert (await seen.caller(bearer(SECOND))).subject == "o-1"
    for stranger in (new_issuer(), new_issuer(), new_issuer()):
        with pytest.raises(TokenRefused):
            await seen.caller(bearer(stranger))
    assert issuer.asked == 2


async def test_known_keys_outlive_their_issuer_for_so_long_and_no_longer() -> None:
    issuer = Issuer(FIRST)
    keys = issuer.keys()
    await keys.current()
    issuer.error = OSError("away")
    issuer.now = FRESH_SECONDS + 1
    await keys.current()
    issuer.now = STALE_SECONDS_MAX + 1

    with pytest.raises(KeysAwayError):
        await keys.current()


async def test_a_key_that_was_taken_back_counts_no_more() -> None:
    issuer = Issuer(FIRST, SECOND)
    seen = tokens(issuer)
    await seen.caller(bearer(SECOND))
    issuer.answers(FIRST)
    issuer.now = FRESH_SECONDS + 1

    with pytest.raises(TokenRefused):
        await seen.caller(bearer(SECOND))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": []}',
        b'{"keys": [{}]}',
        b'{"keys": [1]}',
        b'{"keys": [{"kty": "EC"}]}',
        b"\xff",
    ],
)
async def test_what_is_no_key_set_is_no_answer(raw: bytes) -> None:
    keys = Keys("there", load=lambda _: raw)

    with pytest.raises(KeysAwayError):
        await keys.current()


def test_a_shared_secret_in_a_key_set_is_no_key() -> None:
    secret = OctKey.import_key("a secret that everybody can read", {"kid": "s"}).as_dict()

    with pytest.raises(ValueError, match="no signing key"):
        read_keys(json.dumps({"keys": [secret]}).encode())


def test_a_file_is_read_so_far_and_no_further(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b" " * (BYTES_MAX + 1))
    FIRST.write(tmp_path)

    assert json.loads(fetch(str(tmp_path / "jwks.json"))) == FIRST.jwks()
    with pytest.raises(ValueError, match="more than"):
        fetch(str(tmp_path / "large"))


async def test_a_development_issuers_keys_are_known_by_their_ids() -> None:
    issuer = Issuer(FIRST)
    seen = tokens(issuer)
    assert seen.describe() == "required"
    await seen.caller(bearer(FIRST))

    assert seen.describe() == "development"
    assert development.KID == module.DEVELOPMENT
