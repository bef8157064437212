"""What is stored with a decision so that it can be checked later: the digest of its inputs."""

import hashlib
from typing import Any

from shared.mongo import canonical_json


def digest_of(inputs: Any) -> str:
    """SHA-256, in hex, of the canonical JSON of these JSON values."""
    return hashlib.sha256(canonical_json(inputs).encode()).hexdigest()
