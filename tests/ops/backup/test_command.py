"""What `restore` refuses before it touches anything, and in which order `backup` looks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer

from ops.backup.archive import ArchiveError, Manifest, Part, Writer
from ops.backup.command import Place, back_up, put_back, uri_of
from ops.backup.database import DatabaseError
from ops.backup.group import GroupActive
from shared.mongo import Calendar
from tests.ops.backup.test_archive import documents, flip_a_byte

PLACE = Place("payroll", "mongodb://x", "womanup_payroll", "kafka:1", "t1.")
DAY = date(2022, 3, 3)


class World:
    """Kafka and MongoDB as far as the commands touch them; `touched` is what was done, in order."""

    def __init__(self) -> None:
        self.touched: list[str] = []
        self.is_filled = False
        self.members: list[str] = []
        self.rewound: Any = None

    @asynccontextmanager
    async def opened(self, *_: str) -> AsyncIterator["World"]:
        yield self

    def group(self, *_: str) -> "World":
        return self

    async def offsets(self) -> dict[tuple[str, int], int]:
        self.touched.append("offsets")
        return {("t1.womanup.intake.v1", 3): 7}

    async def back_up(self, writer: Writer, say: Any) -> Calendar:
        self.touched.append("snapshot")
        say(await writer.add("payroll_records", documents([{"_id": n} for n in range(50)])))
        return Calendar(DAY, "x")

    async def refuse_filled(self) -> None:
        if self.is_filled:
            raise DatabaseError("not empty")

    async def refuse_active(self, wait_seconds: float) -> None:
        if self.members:
            raise GroupActive("has members")

    async def restore(self, folder: Path, manifest: Manifest, say: Any) -> None:
        self.touched.append("restore")

    async def rewind(self, offsets: Any) -> int:
        self.touched.append("rewind")
        self.rewound = offsets
        return 5

    async def finish(self) -> None:
        self.touched.append("finish")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr("ops.backup.command.opened", world.opened)
    monkeypatch.setattr("ops.backup.command.Group", world.group)
    return world


@pytest.fixture
async def folder(world: World, tmp_path: Path) -> Path:
    said: list[Part] = []
    await back_up(PLACE, tmp_path / "payroll", said.append)
    assert [part.documents for part in said] == [50]
    return tmp_path / "payroll"


async def test_offsets_are_read_before_the_snapshot(world: World, folder: Path) -> None:
    """After it, they could pass over records that the snapshot does not have."""
    assert world.touched == ["offsets", "snapshot"]


async def test_a_restore_ends_with_the_rewound_group(world: World, folder: Path) -> None:
    world.touched.clear()
    manifest, again = await put_back(PLACE, folder, lambda _: None)

    assert world.touched == ["restore", "rewind", "finish"]
    assert world.rewound == {("t1.womanup.intake.v1", 3): 7}
    assert (manifest.day, again) == (DAY, 5)


async def test_nothing_is_touched_when_the_backup_is_spoiled(world: World, folder: Path) -> None:
    flip_a_byte(folder)
    world.touched.clear()

    with pytest.raises(ArchiveError):
        await put_back(PLACE, folder, lambda _: None, replace=True)
    assert world.touched == []


async def test_nothing_is_touched_while_the_service_runs(world: World, folder: Path) -> None:
    world.members = ["payroll-1"]
    world.touched.clear()

    with pytest.raises(GroupActive):
        await put_back(PLACE, folder, lambda _: None, replace=True)
    assert world.touched == []


async def test_a_filled_store_is_thrown_away_only_when_asked(world: World, folder: Path) -> None:
    world.is_filled = True
    world.touched.clear()
    with pytest.raises(DatabaseError):
        await put_back(PLACE, folder, lambda _: None)
    assert world.touched == []

    await put_back(PLACE, folder, lambda _: None, replace=True)
    assert world.touched == ["restore", "rewind", "finish"]


def test_each_service_may_have_a_mongodb_of_its_own() -> None:
    both = ["intake=mongodb://a/?replicaSet=rs0", "payroll=mongodb://b"]

    assert uri_of(both, "intake") == "mongodb://a/?replicaSet=rs0"
    assert uri_of(["mongodb://c", *both], "placement") == "mongodb://c"
    for mongo in (both, ["mongodb://c", "mongodb+srv://d"]):
        with pytest.raises(typer.BadParameter):
            uri_of(mongo, "counseling")
