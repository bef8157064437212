"""The bank: a participant outside, simulated. It fetches payment files, pays, and posts results.

Its own file is the truth about what was paid: a row per order, written and synced before payroll
hears of it. So a bank that is killed anywhere pays no order twice: what it has written it knows,
what it had not written it has not paid, and a row that was torn off is cut off.

The file names an account by its SHA-256 only: enough to see that it was swapped, no account data.
"""

import asyncio
import csv
import fcntl
import hashlib
import io
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, fields
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import httpx
import typer
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from ops.services import ServiceError, ask, ask_pages, client

POLL_SECONDS = 0.25  # between looks for open files; /idle looks at once


class BankError(Exception):
    """The bank cannot work with this file."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was done with one order. `paid_on` is the file's pay day, also for a refusal."""

    order_id: str
    file_id: str
    paid_on: str
    amount_krw: int
    outcome: str
    reason_code: str
    account_sha256: str


COLUMNS = tuple(field.name for field in fields(Row))
_ROWS = TypeAdapter(list[Row])


class Order(BaseModel):
    """One order of a payment file, as payroll gives it."""

    order_id: str
    bank_code: str
    account_number: str
    amount_krw: int


class PaymentFile(BaseModel):
    file_id: str
    pay_on: str
    orders: list[Order]


@dataclass(frozen=True, slots=True)
class Refusals:
    """Which orders the bank refuses: those named, and a share of all, drawn by the seed."""

    share: Fraction = Fraction(0)
    seed: str = ""
    order_ids: frozenset[str] = frozenset()
    reason_code: str = "account-closed"

    def refuses(self, order_id: str) -> bool:
        drawn = hashlib.sha256(f"{self.seed}:{order_id}".encode()).digest()
        is_drawn = Fraction(int.from_bytes(drawn), 256 ** len(drawn)) < self.share
        return is_drawn or order_id in self.order_ids


class Book:
    """The bank's file: append-only, one writer, synced before anyone is told."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: dict[str, Row] = {}

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._recover()
        except BlockingIOError:
            self._file.close()
            raise BankError(f"another bank writes {self._path}: one file, one bank") from None
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
        self.rows = {row.order_id: row for row in read_bank_file(self._path)}

    def _write(self, *lines: Sequence[Any]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(lines)
        self._file.write(text.getvalue().encode())
        self._file.flush()
        os.fsync(self._file.fileno())


def read_bank_file(path: Path) -> list[Row]:
    """Every row of a bank's file. Raises `BankError` for a file that is none."""
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise BankError(f"{path} is no bank file: its columns are not {', '.join(COLUMNS)}")
        return _ROWS.validate_python(list(reader))


class Bank:
    """Answers payroll's open files. `trouble` is the last reason why a file stays open."""

    def __init__(
        self, payroll: str, book: Book, refusals: Refusals, http: httpx.AsyncClient
    ) -> None:
        self._files = f"{payroll.rstrip('/')}/payment-files"
        self._refusals = refusals
        self._http = http
        self._working = asyncio.Lock()
        self.book = book
        self.trouble: str | None = None

    async def work(self) -> bool:
        """Answers all open files. True if it found none: a look that began after the call."""
        async with self._working:
            troubles, is_idle = [], True
            try:
                async for file in ask_pages(self._http, self._files, {"status": "open"}):
                    is_idle = False
                    try:
                        await self._answer(file["file_id"])
                    except ServiceError as error:  # this file stays open, the others go on
                        troubles.append(str(error))
            except ServiceError as error:
                troubles.append(str(error))
            self.trouble = "; ".join(troubles) or None
            return is_idle and not troubles

    async def _answer(self, file_id: str) -> None:
        file = await self._fetch(file_id)
        new = {o.order_id: o for o in file.orders if o.order_id not in self.book.rows}
        self.book.append([self._pay(file, order) for order in new.values()])
        done = [self.book.rows[order.order_id] for order in file.orders]
        await ask(
            self._http,
            f"{self._files}/{file_id}/results",
            body={"results": [_result(row) for row in done]},
            key=file_id,
        )

    async def _fetch(self, file_id: str) -> PaymentFile:
        answer = await ask(self._http, f"{self._files}/{file_id}")
        try:
            return PaymentFile.model_validate(answer)
        except ValidationError:  # its message would quote accounts
            raise ServiceError(f"payment file {file_id} is not what a bank can read") from None

    def _pay(self, file: PaymentFile, order: Order) -> Row:
        is_refused = self._refusals.refuses(order.order_id)
        account = hashlib.sha256(f"{order.bank_code}:{order.account_number}".encode())
        return Row(
            order_id=order.order_id,
            file_id=file.file_id,
            paid_on=file.pay_on,
            amount_krw=order.amount_krw,
            outcome="refused" if is_refused else "paid",
            reason_code=self._refusals.reason_code if is_refused else "",
            account_sha256=account.hexdigest(),
        )


def _result(row: Row) -> dict[str, Any]:
    return {
        "order_id": row.order_id,
        "outcome": row.outcome,
        "reason_code": row.reason_code or None,
        "amount_krw": row.amount_krw,
    }


def build_app(payroll: str, path: Path, refusals: Refusals) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with client() as http:
            with Book(path) as book:
                app.state.bank = Bank(payroll, book, refusals, http)
                task = asyncio.create_task(_poll(app.state.bank))
                yield
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    app = FastAPI(title="A bank, simulated", lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, Any]:
        """Looks for open files at once, so that `idle` is true now and not a moment ago."""
        bank: Bank = app.state.bank
        is_idle = await bank.work()
        outcomes = [row.outcome for row in bank.book.rows.values()]
        counts = {"paid": outcomes.count("paid"), "refused": outcomes.count("refused")}
        return {"idle": is_idle, **counts, "trouble": bank.trouble}

    return app


async def _poll(bank: Bank) -> None:
    while True:
        await bank.work()
        await asyncio.sleep(POLL_SECONDS)


def command(
    *,
    payroll: Annotated[str, typer.Option(envvar="WOMANUP_PAYROLL", help="Payroll's address.")],
    file: Annotated[Path, typer.Option(help="The bank's own file, a CSV.")],
    port: Annotated[int, typer.Option(help="Where it listens on 127.0.0.1.")] = 8091,
    refuse: Annotated[str, typer.Option(help="Share of orders to refuse: 0.05 or 1/20.")] = "0",
    seed: Annotated[str, typer.Option(help="Draws the orders that are refused.")] = "womanup",
    refuse_order: Annotated[
        list[str] | None, typer.Option(help="An order to refuse, by its id; repeatable.")
    ] = None,
    reason: Annotated[str, typer.Option(help="The reason it gives.")] = "account-closed",
) -> None:
    """Play the bank: pay every order of payroll's files once, and post the results."""
    refusals = Refusals(Fraction(refuse), seed, frozenset(refuse_order or ()), reason)
    uvicorn.run(build_app(payroll, file, refusals), port=port, access_log=False)
