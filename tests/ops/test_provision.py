"""What `provision` makes of replica sets and users (topics: tests/ops/test_stack.py; on a broker
and stores with access control: tests/compose).
"""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.__main__ import build
from ops.provision import ProvisionError, initiate_sets
from ops.provision.stores import with_password


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://one:27017/",
        "mongodb://one:27017/?replicaSet=other",
    ],
)
async def test_a_set_is_initiated_only_as_the_services_will_look_for_it(uri: str) -> None:
    with pytest.raises(ProvisionError, match="name its members"):
        await initiate_sets([uri])


def test_a_password_goes_into_the_address_of_its_user_only(tmp_path: Path) -> None:
    (tmp_path / "mongo-root").write_text("river/stone\n")
    uri = "mongodb://root@one:27017/womanup_intake?replicaSet=rs0&authSource=admin"

    told = with_password(uri, tmp_path)

    assert told == uri.replace("root@", "root:river%2Fstone@")
    assert with_password("mongodb://one:27017/", tmp_path) == "mongodb://one:27017/"
    assert with_password(uri, None) == uri


def test_users_without_their_passwords_are_not_made() -> None:
    words = ["provision", "--kafka", "nobody:1", "--mongo", "mongodb://nobody", "--clients", "x:1"]

    result = CliRunner().invoke(build("provision"), words)

    assert result.exit_code == 2
    assert "--passwords" in result.output
