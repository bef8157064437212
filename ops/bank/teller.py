"""What the bank does: answers payroll's open files, takes deposits, and tells payroll of them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops.bank.book import RECEIVED, Book, Row
from ops.services import ServiceError, ask, ask_pages
from shared.ids import ClaimId, DepositId
from shared.money import Won

ALREADY_BOOKED = "deposit-already-booked"


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


class Deposit(BaseModel):
    """A person pays back all or part of an overpayment. `received_on` is the day of the money."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deposit_id: DepositId
    claim_id: ClaimId
    amount_krw: Won = Field(ge=1)
    received_on: date


class DepositDiffers(Exception):
    """This deposit was taken before, with another content."""


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


class Bank:
    """Answers payroll's open files. `trouble` is the last reason why a file stays open, or why a
    deposit is untold. `refused`: deposits that payroll will not book, and why. That is an outcome:
    they are not told again until they are sent again, or the bank comes back.

    Whom a bank that was killed had told it does not know: it tells all of its deposits again when
    it comes back. They carry their id as the key, so that payroll takes each once.
    """

    def __init__(
        self,
        payroll: str,
        book: Book,
        refusals: Refusals,
        http: httpx.AsyncClient,
        say: Callable[[str], None] = print,
    ) -> None:
        self._payroll = payroll.rstrip("/")
        self._files = f"{self._payroll}/payment-files"
        self._refusals = refusals
        self._http = http
        self._say = say
        self._working = asyncio.Lock()
        self._untold = {id_: row for id_, row in book.rows.items() if row.outcome == RECEIVED}
        self.book = book
        self.trouble: str | None = None
        self.refused: dict[str, str] = {}

    def take(self, deposit: Deposit) -> bool:
        """Writes it, once; payroll is told by `work`. False: it stood there already; if payroll
        had refused it, it is told again.

        Raises `DepositDiffers`.
        """
        row = Row(
            order_id=deposit.deposit_id,
            file_id=deposit.claim_id,
            paid_on=deposit.received_on.isoformat(),
            amount_krw=deposit.amount_krw,
            outcome=RECEIVED,
            reason_code="",
            account_sha256="",
        )
        known = self.book.rows.get(row.order_id)
        if known is None:
            self.book.append([row])
            self._untold[row.order_id] = row
        elif known != row:
            raise DepositDiffers(f"{row.order_id} was taken before, with another content")
        elif self.refused.pop(row.order_id, None):
            self._untold[row.order_id] = row
        return known is None

    async def work(self) -> bool:
        """Tells of deposits and answers all open files. True if it found neither: a look that
        began after the call.
        """
        async with self._working:
            is_idle = not self._untold
            troubles = [str(error) async for error in self._tell_all()]
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
            return is_idle and not self._untold and not troubles

    async def _tell_all(self) -> AsyncIterator[ServiceError]:
        """What payroll does not answer stays untold, and the others go on."""
        for deposit_id, row in list(self._untold.items()):
            try:
                await self._tell(row)
            except ServiceError as error:
                if not error.is_refusal:
                    yield error
                    continue
                if error.code != ALREADY_BOOKED:
                    self.refused[deposit_id] = str(error)
                    why = f"{error.status} {error.code}"
                    self._say(f"payroll refuses deposit {deposit_id}: {why}")
            del self._untold[deposit_id]

    async def _tell(self, row: Row) -> None:
        deposit = {
            "deposit_id": row.order_id,
            "amount_krw": row.amount_krw,
            "received_on": row.paid_on,
        }
        url = f"{self._payroll}/overpayment-claims/{row.file_id}/recoveries"
        await ask(self._http, url, body=deposit, key=row.order_id)

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
