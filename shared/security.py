"""Personal data at rest: AES-GCM under a key per person, that key under the service's secret.

Destroying the one small key makes every copy of her data unreadable, wherever it was copied to:
that is erasure (PIPA Art. 21: domain.md §3.6) in a system whose journals are kept for ever.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12  # what AES-GCM is specified for


class Vault:
    """Seals and opens one person's fields. `secret` is base 64 of 32 bytes."""

    def __init__(self, secret: str) -> None:
        master = base64.b64decode(secret, validate=True)
        if len(master) != 32:  # noqa: PLR2004
            raise ValueError("the secret must be base 64 of 32 bytes: openssl rand -base64 32")
        self._master = AESGCM(hmac.digest(master, b"vault", hashlib.sha256))
        self._hash_key = hmac.digest(master, b"keyed-hash", hashlib.sha256)

    def seal(self, subject: str, fields: Mapping[str, str]) -> dict[str, Any]:
        key = AESGCM.generate_key(256)
        plain = json.dumps(dict(fields), ensure_ascii=False).encode()
        return {
            "_id": subject,
            "key": _encrypt(self._master, key, subject),
            "fields": _encrypt(AESGCM(key), plain, subject),
        }

    def open(self, document: Mapping[str, Any]) -> dict[str, str]:
        """The fields. Raises `cryptography.exceptions.InvalidTag` when they were tampered with."""
        subject = document["_id"]
        key = _decrypt(self._master, document["key"], subject)
        found: dict[str, str] = json.loads(_decrypt(AESGCM(key), document["fields"], subject))
        return found

    def keyed_hash(self, content: str | bytes) -> str:
        """A hash that nobody without the secret can compute from a guessed name and birth date."""
        raw = content.encode() if isinstance(content, str) else content
        return hmac.new(self._hash_key, raw, hashlib.sha256).hexdigest()


def _encrypt(key: AESGCM, plain: bytes, subject: str) -> bytes:
    """Bound to its subject: a sealed value moved under another person's id does not open."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, subject.encode())


def _decrypt(key: AESGCM, sealed: bytes, subject: str) -> bytes:
    return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], subject.encode())
