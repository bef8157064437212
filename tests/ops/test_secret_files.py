"""Secrets are made once, for their owner's eyes; each part is handed its own and no other."""

import base64
import json
import os
from pathlib import Path

import pytest

from ops.issuer import LOCAL, read_issuer
from ops.secret_files import (
    BANK_TOKEN,
    ISSUER_JWKS,
    ISSUER_KEY,
    SERVICES,
    SecretError,
    Share,
    hand_out,
    make,
    make_password,
    make_rest,
    names,
    shares,
)
from shared.security import Vault

ME = os.getuid()


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    (tmp_path / "volumes" / "intake").mkdir(parents=True)
    return tmp_path / "volumes"


def mine() -> dict[str, Share]:
    return {"intake": Share(ME, shares()["intake"].names)}


def made_all(folder: Path, volumes: Path) -> None:
    folder.mkdir()
    make_rest(folder, volumes, (os.getuid(), os.getgid()))


def test_everything_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    assert make(folder) == [*names()]
    before = {path.name: path.read_text() for path in folder.iterdir()}
    (folder / "kafka-clock").unlink()

    assert make(folder) == ["kafka-clock"]
    assert make(folder) == []
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    after = {path.name: path.read_text() for path in folder.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"kafka-clock"}
    assert len(set(after.values())) == len(names())


def test_what_is_made_is_what_its_reader_takes(tmp_path: Path) -> None:
    make(tmp_path)

    Vault((tmp_path / "vault-payroll").read_text())
    assert (
        len(base64.b64decode((tmp_path / "mongo-key").read_text(), validate=True)) <= 1024 * 3 / 4
    )
    assert (tmp_path / "kafka-admin").read_text().replace("-", "").replace("_", "").isalnum()


def test_a_folder_in_place_of_a_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "kafka-admin").mkdir()

    with pytest.raises(SecretError, match="kafka-admin is a folder: remove it"):
        make(tmp_path)


def test_no_part_sees_the_secrets_of_another() -> None:
    parts = shares()
    for name in SERVICES:
        own = {f"kafka-{name}", f"mongo-{name}", f"vault-{name}"}
        assert set(parts[name].names) == own | {ISSUER_JWKS}
    vaults = {name for name in names() if name.startswith("vault-")}
    for part in ("kafka", "mongo", "provision", "clock"):
        assert vaults & set(parts[part].names) == set()
    assert set(parts["clock"].names) == {"kafka-clock"}
    assert {n for share in parts.values() for n in share.names} == {
        *names(),
        ISSUER_JWKS,
        BANK_TOKEN,
    }


US = (os.getuid(), os.getgid())


def test_handout_makes_what_is_missing_for_the_owner_of_the_clone(
    tmp_path: Path, volumes: Path
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    make(folder)
    (folder / "kafka-clock").unlink()

    assert make_rest(folder, volumes, US) == [
        "kafka-clock",
        ISSUER_KEY,
        ISSUER_JWKS,
        BANK_TOKEN,
    ]
    key = (folder / ISSUER_KEY).read_text()
    assert make_rest(folder, volumes, US) == []
    (folder / ISSUER_JWKS).unlink()
    assert make_rest(folder, volumes, US) == [ISSUER_JWKS]
    assert (folder / ISSUER_KEY).read_text() == key
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert read_issuer(folder / ISSUER_KEY).name == LOCAL
    assert json.loads((folder / ISSUER_JWKS).read_text()) == read_issuer(folder / ISSUER_KEY).jwks()
    assert '"d"' not in (folder / ISSUER_JWKS).read_text()


def test_another_secret_is_never_made_for_a_vault_that_has_sealed(
    tmp_path: Path, volumes: Path
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    make_rest(folder, volumes, US)
    hand_out(folder, volumes, mine())
    (folder / "vault-intake").unlink()

    with pytest.raises(SecretError, match="vault-intake is missing, and intake's data was sealed"):
        make_rest(folder, volumes, US)
    assert not (folder / "vault-intake").exists()


def test_a_part_can_read_its_own_and_is_handed_it_once(tmp_path: Path, volumes: Path) -> None:
    made_all(tmp_path / "secrets", volumes)

    first = hand_out(tmp_path / "secrets", volumes, mine())

    assert "kafka-intake handed to intake" in first
    assert hand_out(tmp_path / "secrets", volumes, mine()) == []
    assert {path.name for path in (volumes / "intake").iterdir()} == set(mine()["intake"].names)
    assert {path.stat().st_mode & 0o777 for path in (volumes / "intake").iterdir()} == {0o400}


def test_a_password_may_change_and_what_seals_data_may_not(tmp_path: Path, volumes: Path) -> None:
    given = tmp_path / "secrets"
    made_all(given, volumes)
    hand_out(given, volumes, mine())
    for name in ("kafka-intake", "vault-intake"):
        (given / name).unlink()
    sealed = (volumes / "intake" / "vault-intake").read_text()
    make(given)

    with pytest.raises(SecretError, match="sealed with another secret than secrets/vault-intake"):
        hand_out(given, volumes, mine())
    assert sealed == (volumes / "intake" / "vault-intake").read_text()
    (given / "vault-intake").write_text(sealed)
    hand_out(given, volumes, mine())
    new = (given / "kafka-intake").read_text()
    assert new == (volumes / "intake" / "kafka-intake").read_text()


def test_who_forgot_to_make_them_is_told_how(tmp_path: Path, volumes: Path) -> None:
    with pytest.raises(SecretError, match="run `make secrets`"):
        hand_out(tmp_path, volumes, mine())


def test_a_subscribers_password_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "subscriber-office"

    assert make_password(path)
    before = path.read_text()
    assert not make_password(path)
    assert before == path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
