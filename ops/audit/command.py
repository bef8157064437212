"""`python -m ops audit`: no won lost, none paid twice, by code that paid none of them."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ops.audit.balance import Line
from ops.audit.gather import UnknownCohort, UnknownPerson
from ops.audit.report import AuditReport, audit
from ops.audit.wages import UnknownRule
from ops.bank import BankError, Row, parse_bank_file, read_bank_file
from ops.login import PasswordFileOption, UserOption, asked_login
from ops.processes import run_until_signal
from ops.services import ServiceError, ask_pages, client
from ops.topics import Record, TopicsError, read_records
from shared.login import Login

FINDINGS_SHOWN_MAX = 50  # on a terminal; --json has all
WIDTH_MAX = 120  # columns of a table: eight amounts of a billion won
MONEY = ("entitled", "overpaid", "paid", "pending", "in doubt", "failed", "difference")
CLAIMS = ("overpaid", "recovered", "outstanding")
TROUBLES = (BankError, ServiceError, TopicsError, UnknownCohort, UnknownPerson, UnknownRule)


async def run_audit(
    kafka: str,
    payroll: str,
    bank: Path | str,
    *,
    prefix: str = "",
    cohort_no: int | None = None,
    as_of: date | None = None,
    login: Login | None = None,
) -> AuditReport:
    """Reads topics, store and the bank's file, in this order, and judges them.

    `bank` is the path of its file, or its http address, which gives the same file.
    """
    records = await read_records(kafka, prefix, login=login)
    payslips = await _fetch_payslips(payroll, cohort_ids(records))
    rows = read_bank_file(bank) if isinstance(bank, Path) else await _fetch_bank_file(bank)
    return audit(records, rows, payslips, cohort_no=cohort_no, as_of=as_of)


def cohort_ids(records: list[Record]) -> list[str]:
    """The cohorts that were opened: their record keys."""
    opened = b"womanup.intake.CohortOpened.v1"
    return sorted({(r.key or b"").decode() for r in records if ("ce_type", opened) in r.headers})


def command(
    *,
    kafka: Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")],
    payroll: Annotated[str, typer.Option(envvar="WOMANUP_PAYROLL", help="Payroll's address.")],
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    bank_file: Annotated[
        Path | None, typer.Option(exists=True, help="The bank's own file; or --bank.")
    ] = None,
    bank: Annotated[str | None, typer.Option(help="The bank's address.")] = None,
    prefix: Annotated[
        str, typer.Option(envvar="WOMANUP_TOPIC_PREFIX", help="Goes before each topic's name.")
    ] = "",
    cohort: Annotated[int | None, typer.Option(help="Only this cohort, by its cohort_no.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As it stood on the evening of this day."),
    ] = None,
    person: Annotated[str | None, typer.Option(help="Only this person, by her id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Derive what is owed, compare with what was paid; exit status 1 if not all is well."""
    where = bank_file or bank
    if where is None or (bank_file and bank):
        raise typer.BadParameter("name the bank's file or its address, one of both")
    day, login = as_of.date() if as_of else None, asked_login(user, password_file)

    async def work() -> int:
        report = await run_audit(
            kafka, payroll, where, prefix=prefix, cohort_no=cohort, as_of=day, login=login
        )
        if not report.today:
            raise UnknownCohort("no day has begun on these topics: there is nothing to audit")
        if person:
            report = report.of_person(person)
        if as_json:
            print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
        else:
            show(report, Console())
        return 0 if report.is_clean else 1

    try:
        code = run_until_signal(work())
    except TROUBLES as error:
        typer.secho(f"no audit: {error}", fg="red", err=True)
        code = 1
    raise typer.Exit(code)


def show(report: AuditReport, console: Console) -> None:
    """The sums by month, the total, the difference, and who is to be looked at."""
    console.print(f"What is owed and what was paid, in won, {report.today}", highlight=False)
    for cohort_id, lines in groupby(report.by_month(), key=lambda line: line.cohort_id):
        console.print(_table(cohort_id, list(lines), MONEY), width=WIDTH_MAX, crop=False)
    claimed = [line for line in report.by_month() if line.overpaid_krw or line.recovered_krw]
    for cohort_id, lines in groupby(claimed, key=lambda line: line.cohort_id):
        title = f"overpayments of {cohort_id}"
        console.print(_table(title, list(lines), CLAIMS), width=WIDTH_MAX, crop=False)
    total = report.total()
    names = dict.fromkeys((*MONEY[:-1], *CLAIMS, *MONEY[-1:]))
    console.print("in all: " + ", ".join(f"{n} ₩{a}" for n, a in _amounts(total, names)))
    for line in report.by_person():
        if line.difference_krw:
            console.print(f"{line.person_id} in {line.cohort_id}: ₩{line.difference_krw:+,}")
    for finding in report.findings[:FINDINGS_SHOWN_MAX]:
        console.print(str(finding), style="red", markup=False)
    left = len(report.findings) - FINDINGS_SHOWN_MAX
    if left > 0:
        console.print(f"and {left} more: --json has all")
    style = "green" if report.is_clean else "red"
    audited = f"{len(report.lines)} months of {len(report.by_person())} people"
    verdict = f"difference ₩{report.difference_krw:,}, {len(report.findings)} findings"
    console.print(f"{audited}: {verdict}", style=style)


def _table(title: str, lines: list[Line], columns: tuple[str, ...]) -> Table:
    """Within 80 columns as a rule; an amount is never cut."""
    table = Table("month", title=title, title_justify="left", box=SIMPLE, padding=0)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for line in lines:
        table.add_row(line.month, *(amount for _, amount in _amounts(line, columns)))
    return table


def _amounts(line: Line, columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    for column in columns:
        name = f"{column.replace(' ', '_')}_krw"
        yield column, f"{getattr(line, name):,}"


async def _fetch_payslips(payroll: str, cohorts: list[str]) -> list[dict[str, Any]]:
    async with client() as http:
        return [
            payslip
            for cohort_id in cohorts
            async for payslip in ask_pages(http, f"{payroll}/cohorts/{cohort_id}/payslips")
        ]


async def _fetch_bank_file(bank: str) -> list[Row]:
    url = f"{bank.rstrip('/')}/file"
    async with client(None) as http:
        try:
            answer = await http.get(url)
        except httpx.TransportError as error:
            raise ServiceError(
                f"{url} does not answer ({type(error).__name__}): is it up?"
            ) from None
    if not answer.is_success:
        raise ServiceError(f"{url} answers {answer.status_code}")
    return parse_bank_file(answer.text, url)
