"""The verdict: per person and cohort one equation, per month a sum, and every finding by name."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from ops.audit.balance import Line, balance
from ops.audit.checks import check
from ops.audit.evidence import Finding
from ops.audit.gather import Scope, UnknownPerson, gather
from ops.bank import Row
from ops.topics import Record

Group = tuple[str, str, str]
AMOUNTS = (
    *("entitled_krw", "overpaid_krw", "paid_krw", "pending_krw"),
    *("in_doubt_krw", "failed_krw", "recovered_krw"),
)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`lines` are months of people; `by_person` and `by_month` are sums of the same lines.
    `owners` says whose an id is, for `of_person`.
    """

    today: str
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]
    owners: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def difference_krw(self) -> int:
        """Of all lines, each without its sign: two wrongs never make a right."""
        return sum(abs(line.difference_krw) for line in self.lines)

    @property
    def is_clean(self) -> bool:
        return not self.findings and self.difference_krw == 0

    def of_person(self, person_id: str) -> "AuditReport":
        """Her lines, and the findings that name her, what is hers, or a stream of hers. Raises
        `UnknownPerson`.
        """
        if person_id not in {*self.owners.values(), *(line.person_id for line in self.lines)}:
            raise UnknownPerson(
                f"no event names {person_id!r}: is the id whole, and of this stack?"
            )
        found = (f for f in self.findings if self._is_about(f, person_id))
        lines = (line for line in self.lines if line.person_id == person_id)
        return replace(self, lines=tuple(lines), findings=tuple(found))

    def by_person(self) -> tuple[Line, ...]:
        return _sum(self.lines, lambda line: (line.cohort_id, line.person_id, ""))

    def by_month(self) -> tuple[Line, ...]:
        return _sum(self.lines, lambda line: (line.cohort_id, "", line.month))

    def total(self) -> Line:
        return Line("", "", "", **_amounts(self.lines))

    def _is_about(self, finding: Finding, person_id: str) -> bool:
        is_owner = self.owners.get(finding.culprit) == person_id
        return is_owner or person_id in re.findall(r"\w+", str(finding))

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
    records: Iterable[Record],
    bank_rows: Iterable[Row],
    payslips: Sequence[Mapping[str, Any]],
    *,
    cohort_no: int | None = None,
    as_of: date | None = None,
) -> AuditReport:
    """Pure. `payslips` are the items of payroll's GET /cohorts/{id}/payslips. `as_of`: the evening
    of that day, or of the last one that began.

    Raises `UnknownRule` where a policy cannot be worked out, `UnknownCohort` where no cohort has
    that number: then nothing was audited.
    """
    evidence = gather(records, bank_rows, payslips, Scope(cohort_no, as_of))
    findings = tuple(sorted({*check(evidence)}))
    return AuditReport(evidence.today, balance(evidence), findings, evidence.owners)


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
    sums = {"outstanding_krw": line.outstanding_krw, "difference_krw": line.difference_krw}
    return {**asdict(line), **sums}
