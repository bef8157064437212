"""The recordings that are kept, one folder a version, and what today's code must make of each.

`records.jsonl.gz` is the log, never changed. `outcomes.json` says what is in the log, and what each
service makes of it. `CHANGES.md` has a line for each time that the outcomes were written, with
their digest and the reason: outcomes that changed without a reason are found.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.topics import Record
from proofs.recording.privacy import personal
from proofs.recording.replay import Outcomes, differences
from proofs.recording.topics import (
    RecordingError,
    counts_of,
    missing,
    pack,
    read_told,
    unpack,
)
from shared.digests import digest_of

ROOT = Path(__file__).resolve().parent.parent.parent
COLLECTION = ROOT / "tests" / "recordings"
LOG, OUTCOMES, CHANGES = "records.jsonl.gz", "outcomes.json", "CHANGES.md"
BYTES_MAX = 1_000_000  # the repository keeps each for ever
SHOWN = 12  # characters of a digest


@dataclass(frozen=True, slots=True)
class Recording:
    """`log`: the SHA-256 of its file, and how many events it has of each type and stream.
    `services`: what each made of it when `changes` was last written.
    """

    version: str
    records: list[Record]
    sha256: str
    log: dict[str, Any]
    services: Outcomes
    changes: str


def this_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def versions(collection: Path = COLLECTION) -> list[str]:
    return sorted(path.parent.name for path in collection.glob(f"*/{LOG}"))


def read_recording(version: str, collection: Path = COLLECTION) -> Recording:
    """Raises `RecordingError` where there is none, or it cannot be read."""
    folder = collection / version
    try:
        kept = json.loads((folder / OUTCOMES).read_text())
        raw, changes = (folder / LOG).read_bytes(), (folder / CHANGES).read_text()
    except (OSError, ValueError) as error:
        raise RecordingError(f"{folder} is no recording: {error}") from None
    sha256 = hashlib.sha256(raw).hexdigest()
    return Recording(version, unpack(raw), sha256, kept["log"], kept["services"], changes)


def keep(
    version: str, records: list[Record], services: Outcomes, collection: Path = COLLECTION
) -> None:
    """A new folder. Raises `RecordingError` where there is one, or this log may not be kept."""
    told, faults = read_told(records)
    counts, raw = counts_of(told), pack(records)
    faults = [*faults, *missing(told, counts["streams"]), *personal(told)]
    if len(raw) > BYTES_MAX:
        faults.append(f"{len(raw):,} bytes are too many to be kept for ever")
    if faults:
        raise RecordingError("\n".join(faults))
    folder = collection / version
    refuse_existing(folder)
    folder.mkdir(parents=True)
    (folder / LOG).write_bytes(raw)
    (folder / CHANGES).write_text(f"# Outcomes of {version}\n\n")
    log = {"sha256": hashlib.sha256(raw).hexdigest(), **counts}
    _write_outcomes(folder, log, services, "recorded")


def refuse_existing(folder: Path) -> None:
    if folder.exists():
        raise RecordingError(f"{folder} is there: a recording is never changed")


def accept(
    recording: Recording, services: Outcomes, reason: str, collection: Path = COLLECTION
) -> None:
    """From now on these are the outcomes. What was said of the log when it was recorded stays."""
    _write_outcomes(collection / recording.version, recording.log, services, reason)


def _write_outcomes(folder: Path, log: dict[str, Any], services: Outcomes, reason: str) -> None:
    kept = {"log": log, "services": services}
    (folder / OUTCOMES).write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    with (folder / CHANGES).open("a") as changes:
        changes.write(f"- `{digest_of(services)[:SHOWN]}`: {reason}\n")


def log_faults(recording: Recording) -> list[str]:
    """What is wrong with the log, as today's contracts read it. Nothing here may be accepted."""
    told, faults = read_told(recording.records)
    unreadable = len(recording.records) - len(told)
    if not unreadable:  # else what cannot be read would be missing, too
        faults += missing(told, recording.log["streams"])
        faults += _other_types(counts_of(told)["types"], recording.log["types"])
    faults += personal(told)
    if not faults and recording.sha256 != recording.log["sha256"]:
        faults.append("the log is another one than was recorded")
    return _of(recording, faults)


def _other_types(found: dict[str, int], listed: dict[str, int]) -> Iterable[str]:
    for type_ in sorted({*found, *listed}):
        was, now = listed.get(type_, 0), found.get(type_, 0)
        if was != now:
            yield f"{type_}: {was} are listed, {now} are there"


def outcome_faults(recording: Recording, found: Outcomes) -> list[str]:
    """Where today's code makes something else of it than was written down."""
    return _of(recording, differences(recording.services, found))


def change_faults(recording: Recording) -> list[str]:
    """Outcomes were written without a line that says why."""
    lines = [line for line in recording.changes.splitlines() if line.startswith("- ")]
    written = digest_of(recording.services)[:SHOWN]
    last = lines[-1] if lines else ""
    if not last.startswith(f"- `{written}`: ") or last.endswith(": "):
        return _of(recording, [f"{CHANGES} gives no reason for the outcomes {written}"])
    return []


def _of(recording: Recording, faults: Iterable[str]) -> list[str]:
    return [f"{recording.version}: {fault}" for fault in faults]
