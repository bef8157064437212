"""The bank's own file: a CSV, append-only, one writer, synced before anyone is told."""

import csv
import fcntl
import io
import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

RECEIVED = "received"


class BankError(Exception):
    """The bank cannot work with this file."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was done with one order. `paid_on` is the file's pay day, also for a refusal.

    `outcome` is paid or refused, or received: then it is a deposit, with its deposit_id in the
    place of the order_id, the claim_id in that of the file_id, and the day on which it came.
    """

    order_id: str
    file_id: str
    paid_on: str
    amount_krw: int
    outcome: str
    reason_code: str
    account_sha256: str


COLUMNS = tuple(field.name for field in fields(Row))
_ROWS = TypeAdapter(list[Row])


class Book:
    """The bank's file, open for writing, and its rows by their id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, Row] = {}

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._recover()
        except BlockingIOError:
            self._file.close()
            raise BankError(f"another bank writes {self.path}: one file, one bank") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, rows: Sequence[Row]) -> None:
        self._write(*(astuple(row) for row in rows))
        self.rows |= {row.order_id: row for row in rows}

    def _recover(self) -> None:
        """Learns what was done. The last line counts only if it was written to its end."""
        self._file.seek(0)
        whole, newline, _ = self._file.read().rpartition(b"\n")
        self._file.truncate(len(whole + newline))
        if not whole:
            self._write(COLUMNS)
        self.rows = {row.order_id: row for row in read_bank_file(self.path)}

    def _write(self, *lines: Sequence[Any]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(lines)
        self._file.write(text.getvalue().encode())
        self._file.flush()
        os.fsync(self._file.fileno())


def read_bank_file(path: Path) -> list[Row]:
    """Every row of a bank's file. Raises `BankError` for a file that is none."""
    return parse_bank_file(path.read_text(), str(path))


def parse_bank_file(text: str, name: str) -> list[Row]:
    """Every row of such a text, without a last one that was torn off. `name` is for `BankError`."""
    whole, newline, _ = text.rpartition("\n")
    reader = csv.DictReader(io.StringIO(whole + newline, newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise BankError(f"{name} is no bank file: its columns are not {', '.join(COLUMNS)}")
    try:
        return _ROWS.validate_python(list(reader))
    except ValidationError as error:
        row = error.errors(include_input=False)[0]["loc"][0]
        raise BankError(f"{name} is no bank file: row {row} cannot be read") from None
