"""What payroll keeps, and the questions it asks of it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

from services.payroll import domain
from services.payroll.domain import (
    Claim,
    Cohort,
    Entry,
    Order,
    PaymentFile,
    PayRun,
    Payslip,
    Record,
)
from shared.mongo import Aggregate, Index, Page, Work

S = TypeVar("S")

PAGE = 1_000  # states a round trip, where a question walks over all of a kind
OF_COHORT = (Index(("cohort_id",)),)

COHORTS = Aggregate("cohorts", Cohort, domain.evolve_cohort)
RECORDS = Aggregate("payroll_records", Record, domain.evolve_record, domain.due_record, OF_COHORT)
PAY_RUNS = Aggregate("pay_runs", PayRun, domain.evolve_run, domain.due_run, OF_COHORT)
PAYSLIPS = Aggregate("payslips", Payslip, domain.evolve_payslip, indexes=OF_COHORT)
ORDERS = Aggregate("payment_orders", Order, domain.evolve_order)
PAYMENT_FILES = Aggregate(
    "payment_files", PaymentFile, domain.evolve_file, indexes=(Index(("status",)),)
)
CLAIMS = Aggregate("overpayment_claims", Claim, domain.evolve_claim, indexes=OF_COHORT)
LEDGER = Aggregate("ledger_entries", Entry, domain.evolve_entry)

KINDS = (COHORTS, RECORDS, PAY_RUNS, PAYSLIPS, ORDERS, PAYMENT_FILES, CLAIMS, LEDGER)


async def count_in_time(work: Work, cohort_id: str, month: str) -> int:
    """How many attendances of the month are here that its closing counts, void ones included."""
    count = 0
    async for record in _walk(work, RECORDS, cohort_id=cohort_id):
        count += domain.month_in_time(record, month) is not None
    return count


async def page_of_records(
    work: Work, cohort_id: str, after: str, limit: int, **only: str
) -> Page[Record]:
    """The cohort's next records by id: what a pay run goes through, and a page of a GET."""
    return await work.page(RECORDS, after=after, limit=limit, cohort_id=cohort_id, **only)


async def page_of_payslips(
    work: Work, cohort_id: str, after: str, limit: int, **only: str
) -> Page[Payslip]:
    return await work.page(PAYSLIPS, after=after, limit=limit, cohort_id=cohort_id, **only)


async def page_of_claims(
    work: Work, cohort_id: str, after: str, limit: int, **only: str
) -> Page[Claim]:
    return await work.page(CLAIMS, after=after, limit=limit, cohort_id=cohort_id, **only)


async def page_of_files(
    work: Work, status: str | None, after: str, limit: int
) -> Page[PaymentFile]:
    equals = {"status": status} if status else {}
    return await work.page(PAYMENT_FILES, after=after, limit=limit, **equals)


async def pay_runs_of(work: Work, cohort_id: str) -> list[PayRun]:
    return await work.find(PAY_RUNS, cohort_id=cohort_id)


def walk_payslips(work: Work, cohort_id: str) -> AsyncIterator[Payslip]:
    return _walk(work, PAYSLIPS, cohort_id=cohort_id)


def walk_claims(work: Work, cohort_id: str) -> AsyncIterator[Claim]:
    return _walk(work, CLAIMS, cohort_id=cohort_id)


def walk_ledger(work: Work) -> AsyncIterator[Entry]:
    return _walk(work, LEDGER)


async def read_account(work: Work, person_id: str) -> dict[str, str]:
    """The account that she is paid to; empty when there is none."""
    return _account(await work.read_vault(person_id), "")


async def write_account(work: Work, person_id: str, account: Mapping[str, str]) -> None:
    """Into the vault under the person, so that erasing her erases it."""
    await work.write_vault(person_id, account)


async def read_requested_account(work: Work, person_id: str, record_id: str) -> dict[str, str]:
    """The account that a change asks for; it lies under her, too, apart for each record."""
    return _account(await work.read_vault(person_id), f"{record_id}/")


async def write_requested_account(
    work: Work, person_id: str, record_id: str, account: Mapping[str, str]
) -> None:
    """An empty account drops what was asked for before."""
    fields = {f"{record_id}/{name}": account.get(name, "") for name in domain.ACCOUNT_FIELDS}
    await work.write_vault(person_id, fields)


def _account(vault: Mapping[str, str], prefix: str) -> dict[str, str]:
    found = {name: vault.get(prefix + name, "") for name in domain.ACCOUNT_FIELDS}
    return found if all(found.values()) else {}


async def _walk(work: Work, kind: Aggregate[S], **equals: Any) -> AsyncIterator[S]:
    """Every state with these field values, page by page, as stored before this transaction."""
    after: str | None = ""
    while after is not None:
        page = await work.page(kind, after=after, limit=PAGE, **equals)
        for state in page.states:
            yield state
        after = page.next
