"""The form on disk: whole or not there, and refused when a byte of it is not what was written."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from bson.raw_bson import RawBSONDocument

from ops.backup.archive import (
    FORMAT,
    MANIFEST,
    RAW,
    ArchiveError,
    Manifest,
    Part,
    Writer,
    read_archive,
    read_documents,
)
from shared.digests import digest_of

ROWS = [{"_id": f"rec_{n}", "state": {"n": n}, "at": datetime(2022, 3, 3)} for n in range(50)]
OUTBOX = [{"_id": {"clock": 1, "stream": "per_a"}, "key": b"per_a", "headers": [["x", b"\xff"]]}]


async def documents(rows: list[dict[str, Any]]) -> AsyncIterator[RawBSONDocument]:
    for row in rows:
        yield RawBSONDocument(bson.encode(row), RAW)


def manifest_of(parts: list[Part]) -> Manifest:
    return Manifest(
        format=FORMAT,
        service="payroll",
        database="womanup_payroll",
        prefix="",
        taken_at=datetime(2022, 3, 3, tzinfo=UTC),
        day=date(2022, 3, 3),
        offsets=(("womanup.intake.v1", 0, 7),),
        parts=tuple(parts),
    )


async def written(place: Path) -> Manifest:
    with Writer(place) as writer:
        await writer.add("payroll_records", documents(ROWS))
        await writer.add("outbox", documents(OUTBOX))
        await writer.add("vault", documents([]))
        writer.finish(manifest_of(writer.parts))
    return manifest_of(writer.parts)


def read(place: Path) -> Manifest:
    return read_archive(place, "payroll", "")


async def test_what_was_written_is_read_byte_for_byte(tmp_path: Path) -> None:
    place = tmp_path / "backups" / "payroll"
    manifest = await written(place)

    assert read(place) == manifest
    records, outbox, vault = manifest.parts
    assert [d.raw for d in read_documents(place, records)] == [bson.encode(r) for r in ROWS]
    assert [d.raw for d in read_documents(place, outbox)] == [bson.encode(r) for r in OUTBOX]
    assert list(read_documents(place, vault)) == []
    assert manifest.documents == 51
    assert place.stat().st_mode & 0o077 == 0


async def test_the_same_store_gives_the_same_bytes(tmp_path: Path) -> None:
    await written(tmp_path / "one")
    await written(tmp_path / "two")

    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


async def test_a_backup_is_never_written_over(tmp_path: Path) -> None:
    await written(tmp_path / "payroll")
    before = (tmp_path / "payroll" / MANIFEST).read_bytes()

    with pytest.raises(ArchiveError, match="never written over"):
        await written(tmp_path / "payroll")
    assert (tmp_path / "payroll" / MANIFEST).read_bytes() == before


async def test_a_backup_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def torn() -> AsyncIterator[RawBSONDocument]:
        yield RawBSONDocument(bson.encode(ROWS[0]), RAW)
        raise ConnectionError

    with pytest.raises(ConnectionError), Writer(tmp_path / "payroll") as writer:
        await writer.add("payroll_records", torn())
    assert list(tmp_path.iterdir()) == []


def flip_a_byte(place: Path) -> str:
    path = place / "payroll_records.bson.gz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return "payroll_records.bson.gz is not what was written"


def tear(place: Path) -> str:
    path = place / "outbox.bson.gz"
    path.write_bytes(path.read_bytes()[:-10])
    return "outbox.bson.gz is not what was written"


def remove(place: Path) -> str:
    (place / "outbox.bson.gz").unlink()
    return "outbox.bson.gz is missing"


def add_a_file(place: Path) -> str:
    (place / "ledger.bson.gz").write_bytes(b"")
    return "the manifest does not name ledger.bson.gz"


def tear_the_manifest(place: Path) -> str:
    path = place / MANIFEST
    path.write_text(path.read_text()[:-20])
    return "manifest.json is torn"


def edit_the_manifest(place: Path) -> str:
    path = place / MANIFEST
    path.write_text(path.read_text().replace('"documents": 50', '"documents": 49'))
    return "manifest.json was changed after it was written"


def remove_the_manifest(place: Path) -> str:
    (place / MANIFEST).unlink()
    return "not a whole one"


def take_a_row(place: Path) -> str:
    """As someone would who knows of the hashes: only the count of the manifest is left to tell."""
    path = place / "payroll_records.bson.gz"
    data = gzip.compress(b"".join(bson.encode(r) for r in ROWS[1:]))
    path.write_bytes(data)
    reseal(place, lambda m: m["parts"][0].update(bytes=len(data), sha256=sha256(data)))
    return "payroll_records.bson.gz has 49 documents, the manifest says 50"


def tear_the_documents(place: Path) -> str:
    path = place / "payroll_records.bson.gz"
    data = gzip.compress(b"".join(bson.encode(r) for r in ROWS)[:-7])
    path.write_bytes(data)
    reseal(place, lambda m: m["parts"][0].update(bytes=len(data), sha256=sha256(data)))
    return "payroll_records.bson.gz is torn"


def come_from_the_future(place: Path) -> str:
    reseal(place, lambda m: m.update(format=FORMAT + 1))
    return "newer than 1: use a newer version"


def reseal(place: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads((place / MANIFEST).read_text())
    del content["sha256"]
    change(content)
    (place / MANIFEST).write_text(json.dumps({**content, "sha256": digest_of(content)}))


def sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "spoil",
    [
        flip_a_byte,
        tear,
        remove,
        add_a_file,
        tear_the_manifest,
        edit_the_manifest,
        remove_the_manifest,
        take_a_row,
        tear_the_documents,
        come_from_the_future,
    ],
)
async def test_a_spoiled_backup_is_refused_and_the_file_is_named(
    tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    await written(tmp_path / "payroll")
    says = spoil(tmp_path / "payroll")

    with pytest.raises(ArchiveError) as refused:
        read(tmp_path / "payroll")
    assert says in str(refused.value)


async def test_another_service_s_backup_is_refused(tmp_path: Path) -> None:
    await written(tmp_path / "payroll")

    with pytest.raises(ArchiveError, match="a backup of payroll, not of intake"):
        read_archive(tmp_path / "payroll", "intake", "")
    with pytest.raises(ArchiveError, match="topics with prefix"):
        read_archive(tmp_path / "payroll", "payroll", "t1.")
