"""The verdict: per person and cohort one equation, per month a sum, and every finding by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ops.audit.balance import Line, balance
from ops.audit.checks import check
from ops.audit.evidence import Finding, gather
from ops.bank import Row
from ops.topics import Record

Group = tuple[str, str, str]
AMOUNTS = ("entitled_krw", "paid_krw", "pending_krw", "in_doubt_krw", "failed_krw")


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`lines` are months of people; `by_person` and `by_month` are sums of the same lines."""

    today: str
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]

    @property
    def difference_krw(self) -> int:
        """Of all lines, each without its sign: two wrongs never make a right."""
        return sum(abs(line.difference_krw) for line in self.lines)

    @property
    def is_clean(self) -> bool:
        return not self.findings and self.difference_krw == 0

    def by_person(self) -> tuple[Line, ...]:
        return _sum(self.lines, lambda line: (line.cohort_id, line.person_id, ""))

    def by_month(self) -> tuple[Line, ...]:
        return _sum(self.lines, lambda line: (line.cohort_id, "", line.month))

    def total(self) -> Line:
        return Line("", "", "", **_amounts(self.lines))

    def to_json(self) -> dict[str, Any]:
        return {
            "today": self.today,
            "difference_krw": self.difference_krw,
            "total": _row(self.total()),
            "months": [_row(line) for line in self.by_month()],
            "people": [_row(line) for line in self.by_person()],
            "findings": [asdict(finding) for finding in self.findings],
        }


def audit(
    records: Iterable[Record], bank_rows: Iterable[Row], payslips: Sequence[Mapping[str, Any]]
) -> AuditReport:
    """Pure. `payslips` are the items of payroll's GET /cohorts/{id}/payslips.

    Raises `UnknownRule` where a policy cannot be worked out: then nothing was audited.
    """
    evidence = gather(records, bank_rows, payslips)
    findings = {*check(evidence)}
    return AuditReport(evidence.today, balance(evidence), tuple(sorted(findings)))


def _sum(lines: Iterable[Line], group: Callable[[Line], Group]) -> tuple[Line, ...]:
    groups: dict[Group, list[Line]] = {}
    for line in lines:
        groups.setdefault(group(line), []).append(line)
    return tuple(
        Line(cohort_id, person_id, month, **_amounts(found))
        for (cohort_id, person_id, month), found in sorted(groups.items())
    )


def _amounts(lines: Iterable[Line]) -> dict[str, int]:
    found = list(lines)
    return {name: sum(getattr(line, name) for line in found) for name in AMOUNTS}


def _row(line: Line) -> dict[str, Any]:
    return {**asdict(line), "difference_krw": line.difference_krw}
