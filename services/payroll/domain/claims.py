"""Overpayment claims: what was made out for a month beyond what is due by its corrected figures.

A claim is paid back, or stays outstanding; it is never taken from another wage (domain.md §2.7).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, assert_never

from pydantic import BaseModel, ConfigDict, Field

from services.payroll.domain.records import MonthRecovered, Record
from shared.errors import InTheFuture, Rejected
from shared.events import Event
from shared.events.payroll import OverpaymentFound, OverpaymentRecovered
from shared.ids import DepositId, derive
from shared.money import Won

DEPOSITS_MAX = 100  # a claim: it is one document, and nobody pays a wage back in more parts

ClaimEvent = OverpaymentFound | OverpaymentRecovered


class RecoverOverpayment(BaseModel):
    """She paid back part or all of a claim: as the bank's statement says it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deposit_id: DepositId
    amount_krw: Annotated[Won, Field(ge=1)]
    received_on: date


class MoreThanOutstanding(Rejected):
    code = "more-than-outstanding"

    def __init__(self, outstanding_krw: int) -> None:
        super().__init__(f"₩{outstanding_krw:,} of this claim are outstanding: book no more on it")


class DepositAlreadyBooked(Rejected):
    code = "deposit-already-booked"

    def __init__(self) -> None:
        super().__init__("this deposit was booked before: money that came once is booked once")


class TooManyDeposits(Rejected):
    code = "too-many-deposits"

    def __init__(self) -> None:
        super().__init__(
            f"this is the last of {DEPOSITS_MAX} deposits on a claim: it must be the whole rest"
        )


@dataclass(frozen=True, slots=True)
class Deposit:
    deposit_id: str
    amount_krw: int
    received_on: date


@dataclass(frozen=True, slots=True)
class Claim:
    claim_id: str
    record_id: str
    person_id: str
    cohort_id: str
    month: str
    correction_no: int
    amount_krw: int
    found_on: date
    deposits: tuple[Deposit, ...] = ()

    @property
    def recovered_krw(self) -> int:
        return sum(deposit.amount_krw for deposit in self.deposits)

    @property
    def outstanding_krw(self) -> int:
        return self.amount_krw - self.recovered_krw


def claim_id_of(record_id: str, month: str, correction_no: int) -> str:
    return derive("clm", record_id, month, correction_no)


def decide_find_overpayment(
    record: Record, month: str, correction_no: int, amount_krw: int, today: date
) -> OverpaymentFound:
    return OverpaymentFound(
        effective_on=today,
        recorded_on=today,
        claim_id=claim_id_of(record.record_id, month, correction_no),
        record_id=record.record_id,
        person_id=record.person_id,
        cohort_id=record.cohort_id,
        month=month,
        correction_no=correction_no,
        amount_krw=amount_krw,
    )


def decide_recover(
    claim: Claim, command: RecoverOverpayment, *, is_booked: bool, today: date
) -> OverpaymentRecovered:
    """`is_booked`: the ledger has this deposit already, for this claim or another one."""
    if is_booked:
        raise DepositAlreadyBooked
    if command.received_on > today:
        raise InTheFuture("received_on is after today: book money when it has come")
    if command.amount_krw > claim.outstanding_krw:
        raise MoreThanOutstanding(claim.outstanding_krw)
    is_last = len(claim.deposits) == DEPOSITS_MAX - 1
    if is_last and command.amount_krw < claim.outstanding_krw:
        raise TooManyDeposits
    return OverpaymentRecovered(
        effective_on=command.received_on,
        recorded_on=today,
        claim_id=claim.claim_id,
        deposit_id=command.deposit_id,
        person_id=claim.person_id,
        cohort_id=claim.cohort_id,
        month=claim.month,
        amount_krw=command.amount_krw,
    )


def decide_note_recovery(record: Record, recovered: OverpaymentRecovered) -> list[Event]:
    return [
        MonthRecovered(
            effective_on=recovered.effective_on,
            recorded_on=recovered.recorded_on,
            record_id=record.record_id,
            month=recovered.month,
            amount_krw=recovered.amount_krw,
        )
    ]


def evolve_claim(claim: Claim | None, event: ClaimEvent) -> Claim:
    if isinstance(event, OverpaymentFound):
        return Claim(
            claim_id=event.claim_id,
            record_id=event.record_id,
            person_id=event.person_id,
            cohort_id=event.cohort_id,
            month=event.month,
            correction_no=event.correction_no,
            amount_krw=event.amount_krw,
            found_on=event.recorded_on,
        )
    if claim is None:
        raise LookupError("an OverpaymentRecovered before the claim itself")
    match event:
        case OverpaymentRecovered():
            deposit = Deposit(event.deposit_id, event.amount_krw, event.effective_on)
            return replace(claim, deposits=(*claim.deposits, deposit))
        case _:
            assert_never(event)
