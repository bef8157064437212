"""What `provision` makes beside topics (tests/ops/test_stack.py): secrets and replica sets."""

import base64
from pathlib import Path

import pytest

from ops.provision import ProvisionError, initiate_sets, make_secrets
from shared.security import Vault


def folders(root: Path, *names: str) -> list[Path]:
    for name in names:
        (root / name).mkdir()
    return [root / name / "secret" for name in names]


def test_each_service_gets_a_secret_of_its_own(tmp_path: Path) -> None:
    intake, payroll = folders(tmp_path, "intake", "payroll")

    assert make_secrets(tmp_path) == ["secret of intake made", "secret of payroll made"]
    assert intake.read_text() != payroll.read_text()
    assert len(base64.b64decode(intake.read_text(), validate=True)) == 32
    assert intake.stat().st_mode & 0o777 == 0o400
    Vault(payroll.read_text())  # takes it


def test_a_secret_is_never_made_anew(tmp_path: Path) -> None:
    (intake,) = folders(tmp_path, "intake")
    make_secrets(tmp_path)
    before = intake.read_text()
    folders(tmp_path, "payroll")

    assert make_secrets(tmp_path) == ["secret of payroll made"]
    assert make_secrets(tmp_path) == []
    assert intake.read_text() == before


def test_a_secret_half_written_is_none(tmp_path: Path) -> None:
    (intake,) = folders(tmp_path, "intake")
    intake.with_name("secret.new").write_text("half")

    assert make_secrets(tmp_path) == ["secret of intake made"]
    assert list(intake.parent.iterdir()) == [intake]


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://one:27017/",
        "mongodb://one:27017/?replicaSet=other",
        "mongodb://one:27017,two:27017/?replicaSet=rs0",
    ],
)
async def test_a_set_is_initiated_only_as_the_services_will_look_for_it(uri: str) -> None:
    with pytest.raises(ProvisionError, match="name one host"):
        await initiate_sets([uri])
