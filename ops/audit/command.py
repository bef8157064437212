"""`python -m ops audit`: no won lost, none paid twice, by code that paid none of them."""

import json
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ops.audit.report import AMOUNTS, AuditReport, audit
from ops.audit.wages import UnknownRule
from ops.bank import BankError, read_bank_file
from ops.processes import run_until_signal
from ops.services import ServiceError, ask_pages, client
from ops.topics import Record, TopicsError, read_records

FINDINGS_SHOWN_MAX = 50  # on a terminal; --json has all


async def run_audit(kafka: str, payroll: str, bank_file: Path, *, prefix: str = "") -> AuditReport:
    """Reads topics, store and the bank's file, in this order, and judges them."""
    records = await read_records(kafka, prefix)
    payslips = await _fetch_payslips(payroll, cohort_ids(records))
    return audit(records, read_bank_file(bank_file), payslips)


def cohort_ids(records: list[Record]) -> list[str]:
    """The cohorts that were opened: their record keys."""
    opened = b"womanup.intake.CohortOpened.v1"
    return sorted({(r.key or b"").decode() for r in records if ("ce_type", opened) in r.headers})


def command(
    *,
    kafka: Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")],
    payroll: Annotated[str, typer.Option(envvar="WOMANUP_PAYROLL", help="Payroll's address.")],
    bank_file: Annotated[Path, typer.Option(exists=True, help="The bank's own file.")],
    prefix: Annotated[
        str, typer.Option(envvar="WOMANUP_TOPIC_PREFIX", help="Goes before each topic's name.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Derive what is owed, compare with what was paid; exit status 1 if not all is well."""

    async def work() -> int:
        report = await run_audit(kafka, payroll, bank_file, prefix=prefix)
        if as_json:
            print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
        else:
            show(report, Console())
        return 0 if report.is_clean else 1

    try:
        code = run_until_signal(work())
    except (BankError, ServiceError, TopicsError, UnknownRule) as error:
        typer.secho(f"no audit: {error}", fg="red", err=True)
        code = 1
    raise typer.Exit(code)


def show(report: AuditReport, console: Console) -> None:
    """The sums by month, the total, the difference, and who is to be looked at."""
    columns = [name.removesuffix("_krw").replace("_", " ") for name in AMOUNTS]
    console.print(f"What is owed and what was paid, in won, {report.today}", highlight=False)
    for cohort_id, lines in groupby(report.by_month(), key=lambda line: line.cohort_id):
        table = Table("month", title=cohort_id, title_justify="left", box=SIMPLE, pad_edge=False)
        for column in (*columns, "difference"):  # in 80 columns: an amount is never cut
            table.add_column(column, justify="right", no_wrap=True)
        for line in lines:
            table.add_row(line.month, *_amounts(line))
        console.print(table)
    total = zip((*columns, "difference"), _amounts(report.total()), strict=True)
    console.print("in all: " + ", ".join(f"{name} ₩{amount}" for name, amount in total))
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


def _amounts(line: Any) -> list[str]:
    return [f"{getattr(line, name):,}" for name in (*AMOUNTS, "difference_krw")]


async def _fetch_payslips(payroll: str, cohorts: list[str]) -> list[dict[str, Any]]:
    async with client() as http:
        return [
            payslip
            for cohort_id in cohorts
            async for payslip in ask_pages(http, f"{payroll}/cohorts/{cohort_id}/payslips")
        ]
