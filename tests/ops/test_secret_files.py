"""Secrets are made once, for their owner's eyes; each part is handed its own and no other."""

import base64
import os
from pathlib import Path

import pytest

from ops.secret_files import (
    SERVICES,
    SecretError,
    Share,
    hand_out,
    make,
    make_password,
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
        assert set(parts[name].names) == {f"kafka-{name}", f"mongo-{name}", f"vault-{name}"}
    vaults = {name for name in names() if name.startswith("vault-")}
    for part in ("kafka", "mongo", "provision", "clock"):
        assert vaults & set(parts[part].names) == set()
    assert set(parts["clock"].names) == {"kafka-clock"}
    assert {name for share in parts.values() for name in share.names} == set(names())


def test_a_part_can_read_its_own_and_is_handed_it_once(tmp_path: Path, volumes: Path) -> None:
    make(tmp_path / "secrets")

    first = hand_out(tmp_path / "secrets", volumes, mine())

    assert "kafka-intake handed to intake" in first
    assert hand_out(tmp_path / "secrets", volumes, mine()) == []
    assert {path.name for path in (volumes / "intake").iterdir()} == set(mine()["intake"].names)
    assert {path.stat().st_mode & 0o777 for path in (volumes / "intake").iterdir()} == {0o400}


def test_a_password_may_change_and_what_seals_data_may_not(tmp_path: Path, volumes: Path) -> None:
    given = tmp_path / "secrets"
    make(given)
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
