"""A digest is the same for everyone who computes it from the same values."""

import hashlib

from shared.digests import digest_of


def test_the_order_of_keys_does_not_matter_and_every_value_does() -> None:
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})


def test_anyone_can_compute_it_with_sha_256() -> None:
    assert hashlib.sha256(b'{"a":1}').hexdigest() == digest_of({"a": 1})
