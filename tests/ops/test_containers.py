"""How a project is found, and what an engine that refuses says. The rest: tests/compose."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.containers import ContainerError, Containers, moment, project_name
from ops.processes import ROOT


def test_a_project_is_named_by_the_environment_or_else_by_its_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# names\nOTHER=x\nCOMPOSE_PROJECT_NAME = town\n")

    assert project_name(tmp_path, {}) == "town"
    assert project_name(tmp_path, {"COMPOSE_PROJECT_NAME": "mine"}) == "mine"
    assert project_name(ROOT, {}) == "womanup"
    (tmp_path / ".env").write_text("OTHER=x\n")
    with pytest.raises(ContainerError, match="does not say COMPOSE_PROJECT_NAME"):
        project_name(tmp_path, {})


@pytest.mark.parametrize("text", ["2026-11-28T04:28:31.123456789Z", "2026-11-28T04:28:31.123456Z"])
def test_an_engines_moment_is_read_to_the_microsecond(text: str) -> None:
    assert moment(text) == datetime(2026, 11, 28, 4, 28, 31, 123456, tzinfo=UTC)


def test_a_moment_may_be_a_whole_second() -> None:
    assert moment("2026-11-28T04:28:31Z") == datetime(2026, 11, 28, 4, 28, 31, tzinfo=UTC)


async def test_an_engines_refusal_is_told_in_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'no engine answers' >&2\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    with pytest.raises(ContainerError, match="docker ps: no engine answers"):
        await Containers("town").parts()
