"""A backup on disk: a folder with a manifest and, for each collection, its documents.

Documents are BSON, one behind the other, in gzip, as `mongodump --gzip` writes them: byte for byte
what the store had. The folder appears whole or not at all, and is read whole or refused.
"""

import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from bson import CodecOptions, decode_file_iter
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.digests import digest_of

FORMAT = 1
MANIFEST = "manifest.json"
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
LEVEL = 3  # of gzip: half the time of 6, and a tenth larger


class ArchiveError(Exception):
    """This is no backup that may be restored; the message names the file and what is wrong."""


class Part(BaseModel):
    """A collection and the file of its documents."""

    model_config = ConfigDict(frozen=True)

    collection: str
    documents: int
    bytes: int
    sha256: str

    @property
    def file(self) -> str:
        return f"{self.collection}.bson.gz"


class Manifest(BaseModel):
    """What the backup is of. `offsets`: up to where the service's group had stored its inputs, at
    the most; topics are named without their prefix.
    """

    model_config = ConfigDict(frozen=True)

    format: int
    service: str
    database: str
    prefix: str
    taken_at: datetime
    day: date | None
    offsets: tuple[tuple[str, int, int], ...]
    parts: tuple[Part, ...]

    @property
    def documents(self) -> int:
        return sum(part.documents for part in self.parts)


class Writer:
    """Writes an archive beside its place and moves it there when it is whole.

    The folder is readable by its owner only: what is in the vault is sealed, the journal is not.
    """

    def __init__(self, place: Path) -> None:
        if place.exists():
            raise ArchiveError(f"{place} is there already: a backup is never written over")
        self._place = place
        place.parent.mkdir(parents=True, exist_ok=True)
        self._partial = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        self.parts: list[Part] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        shutil.rmtree(self._partial, ignore_errors=True)  # nothing is left of it once it is moved

    async def add(self, collection: str, documents: AsyncIterator[RawBSONDocument]) -> Part:
        path, count = self._partial / f"{collection}.bson.gz", 0
        with path.open("wb") as file:
            with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
                async for document in documents:
                    packed.write(document.raw)
                    count += 1
            _sync(file.fileno())
        size, sha256 = path.stat().st_size, _sha256(path)
        self.parts.append(Part(collection=collection, documents=count, bytes=size, sha256=sha256))
        return self.parts[-1]

    def finish(self, manifest: Manifest) -> None:
        content = manifest.model_dump(mode="json")
        with (self._partial / MANIFEST).open("w") as file:
            json.dump({**content, "sha256": digest_of(content)}, file, indent=2)
            file.flush()
            _sync(file.fileno())
        _sync_folder(self._partial)
        self._partial.rename(self._place)
        _sync_folder(self._place.parent)


def read_archive(place: Path, service: str, prefix: str) -> Manifest:
    """Its manifest, after everything in it was looked at. Raises `ArchiveError`."""
    manifest = _read_manifest(place)
    if manifest.service != service:
        raise ArchiveError(f"{place} is a backup of {manifest.service}, not of {service}")
    if manifest.prefix != prefix:
        raise ArchiveError(f"{place} is of topics with prefix {manifest.prefix!r}, not {prefix!r}")
    found = {path.name for path in place.iterdir()} - {MANIFEST}
    if strange := found - {part.file for part in manifest.parts}:
        raise ArchiveError(f"{place}: the manifest does not name {', '.join(sorted(strange))}")
    for part in manifest.parts:
        _check(place, part)
    return manifest


def read_documents(place: Path, part: Part) -> Iterator[RawBSONDocument]:
    """Raises `ArchiveError` where the file breaks off or holds no documents."""
    try:
        with gzip.open(place / part.file) as packed:
            yield from decode_file_iter(cast("IO[bytes]", packed), RAW)
    except (EOFError, OSError, zlib.error, InvalidBSON) as error:
        raise ArchiveError(f"{place / part.file} is torn ({type(error).__name__})") from None


def _read_manifest(place: Path) -> Manifest:
    path = place / MANIFEST
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        sealed = content.pop("sha256")
        if content["format"] > FORMAT:
            raise ArchiveError(
                f"{path} has format {content['format']}, newer than {FORMAT}: use a newer version"
            )
        if sealed != digest_of(content):
            raise ArchiveError(f"{path} was changed after it was written")
        return Manifest.model_validate(content)
    except FileNotFoundError:
        raise ArchiveError(f"there is no {path}: that is no backup, or not a whole one") from None
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
        raise ArchiveError(f"{path} is torn, or no manifest") from None


def _check(place: Path, part: Part) -> None:
    path = place / part.file
    if not path.is_file():
        raise ArchiveError(f"{path} is missing")
    if path.stat().st_size != part.bytes or _sha256(path) != part.sha256:
        raise ArchiveError(f"{path} is not what was written: its size or SHA-256 differs")
    count = sum(1 for _ in read_documents(place, part))
    if count != part.documents:
        raise ArchiveError(f"{path} has {count} documents, the manifest says {part.documents}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)
