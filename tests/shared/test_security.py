"""What is sealed opens for its subject only, and shows nothing to who has no key."""

import base64

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from shared.security import Vault
from shared.testing import TEST_SECRET

VAULT = Vault(TEST_SECRET)


@given(fields=st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=5))
def test_what_is_sealed_opens_again(fields: dict[str, str]) -> None:
    assert VAULT.open(VAULT.seal("per_a", fields)) == fields


def test_under_another_person_s_id_it_does_not_open() -> None:
    sealed = VAULT.seal("per_a", {"name": "김하늘"})

    with pytest.raises(InvalidTag):
        VAULT.open({**sealed, "_id": "per_b"})


def test_a_changed_byte_is_noticed() -> None:
    sealed = VAULT.seal("per_a", {"name": "김하늘"})
    sealed["fields"] = sealed["fields"][:-1] + bytes([sealed["fields"][-1] ^ 1])

    with pytest.raises(InvalidTag):
        VAULT.open(sealed)


def test_with_the_key_destroyed_nothing_opens() -> None:
    """Erasure: every copy of the fields is unreadable once the small key is gone."""
    sealed = VAULT.seal("per_a", {"name": "김하늘"})

    with pytest.raises(InvalidTag):
        VAULT.open({**sealed, "key": VAULT.seal("per_a", {})["key"]})


def test_the_keyed_hash_is_stable_and_another_secret_s_differs() -> None:
    other = Vault(base64.b64encode(bytes(32)).decode())

    assert VAULT.keyed_hash("김하늘") == VAULT.keyed_hash("김하늘".encode())
    assert VAULT.keyed_hash("김하늘") != other.keyed_hash("김하늘")


def test_a_secret_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(base64.b64encode(b"short").decode())
