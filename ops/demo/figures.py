"""Each cohort's funnel and money, as everybody who can know says it, beside what was published.

Pure: each check ships with a planted fault in its tests.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ops.audit import AuditReport
from ops.demo.checks import Check
from ops.demo.client import Json
from ops.demo.programme import COHORT_1, COHORT_2, Programme
from ops.demo.words import Words


@dataclass(frozen=True, slots=True)
class Expected:
    """What the article's cohort must give: the article's own figure, or ours that follows.
    `if_all_stay`: it says nothing of a play in which women leave.
    """

    value: int
    is_article: bool
    source: str
    if_all_stay: bool = False


def _article(value: int) -> Expected:
    return Expected(value, is_article=True, source="S1")


def _ours(value: int, source: str, *, if_all_stay: bool = False) -> Expected:
    return Expected(value, is_article=False, source=f"ours: {source}", if_all_stay=if_all_stay)


EXPECTED = {
    COHORT_1.title: {
        "applied": _ours(90, "NOT FOUND how many"),
        "lack a condition": _ours(28, "90 - 62"),
        "eligible": _ours(62, "all are selected"),
        "selected": _article(62),
        "matched": _ours(62, "62 openings"),
        "host companies": _article(46),
        "started": _article(62),
        "completed": _ours(62, "nobody leaves", if_all_stay=True),
        "wages paid": _ours(248, "62 x 4 months", if_all_stay=True),
        "counseling cases": _ours(62, "one for each completion", if_all_stay=True),
    },
    COHORT_2.title: {
        "applied": _article(140),
        "lack a condition": _ours(64, "140 - 76"),
        "eligible": _ours(76, "all are selected"),
        "selected": _article(76),
        "matched": _ours(76, "76 openings"),
        "host companies": _article(62),
        "started": _article(76),
        "completed": _ours(76, "nobody leaves", if_all_stay=True),
        "wages paid": _ours(228, "76 x 3 months", if_all_stay=True),
        "counseling cases": _ours(76, "one for each completion", if_all_stay=True),
    },
}
# Figures that only stand there where there is something to tell.
TROUBLED = (
    "left early",
    "declined before the first day",
    "called from the reserves",
    "won claimed back",
    "won recovered",
)
PUBLISHED = {programme.title: programme.size for programme in (COHORT_1, COHORT_2)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the funnel. `expected` is None where there is nothing to compare with."""

    name: str
    services: int
    office: int
    expected: Expected | None

    @property
    def is_met(self) -> bool:
        is_expected = self.expected is None or self.expected.value == self.services
        return is_expected and self.services == self.office


@dataclass(frozen=True, slots=True)
class Month:
    """The won paid for one month, by three who each know it from somewhere else."""

    month: str
    payroll_krw: int
    office_krw: int
    bank_krw: int


def is_published(programme: Programme) -> bool:
    """Played in the size that the sources tell of, so that their figures must come out."""
    return PUBLISHED.get(programme.title) == programme.size


def percent(part: int, whole: int) -> str:
    """The exact fraction, rounded half-up to one decimal: 29 of 62 is 46.8 %."""
    if whole == 0:
        return "-"
    tenths = int(Fraction(1000 * part, whole) + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10} %"


def compare_figures(words: Words, office: Json, programme: Programme) -> tuple[Figure, ...]:
    intake, placement = words.intake, words.placement
    told = {
        "applied": (intake["applied"], "applied"),
        "eligible": (intake["accepted"], "eligible"),
        "selected": (intake["selected"], "selected"),
        "matched": (len({p["person_id"] for p in words.placements}), "placed"),
        "host companies": (placement["hosts"], "hosts"),
        "started": (placement["started"], "started"),
        "completed": (placement["completed"], "completed"),
        "wages paid": (words.payroll["overall"]["paid"], "wages_paid"),
        "counseling cases": (len(words.cases), "cases"),
        "left early": (placement["withdrew"], "withdrew"),
        "declined before the first day": (placement["declined"], "declined"),
        "called from the reserves": (_called_from_reserve(words), "called_from_reserve"),
        "won claimed back": (words.payroll["overall"]["overpaid_krw"], "overpaid_krw"),
        "won recovered": (words.payroll["overall"]["recovered_krw"], "recovered_krw"),
    }
    found = {name: (said, office.get(counted, 0)) for name, (said, counted) in told.items()}
    lacking = (intake["rejected"], found["applied"][1] - found["eligible"][1])
    in_order = {"applied": found.pop("applied"), "lack a condition": lacking, **found}
    return tuple(
        Figure(name, services, counted, _expected(programme, name))
        for name, (services, counted) in in_order.items()
        if name not in TROUBLED or services or counted
    )


def compare_months(
    words: Words, office: Json, audit: AuditReport, cohort_id: str
) -> tuple[Month, ...]:
    """The bank's column is the audit's sum of the bank's own rows."""
    payroll = {month["month"]: month["paid_krw"] for month in words.payroll["months"]}
    counted = office.get("paid_krw_by_month", {})
    bank: Counter[str] = Counter()
    for line in audit.lines:
        if line.cohort_id == cohort_id:
            bank[line.month] += line.paid_krw
    return tuple(
        Month(month, payroll.get(month, 0), counted.get(month, 0), bank[month])
        for month in sorted({*payroll, *counted, *bank})
    )


def check_figures(figures: tuple[Figure, ...]) -> Iterator[Check]:
    for figure in figures:
        says = f"services {figure.services}, statistics office {figure.office}"
        yield Check(f"{figure.name}: counted alike", figure.services == figure.office, says)
        if figure.expected:
            who = "the article" if figure.expected.is_article else "we"
            is_met = figure.services == figure.expected.value
            says = f"{figure.services}, {who} said {figure.expected.value}"
            yield Check(f"{figure.name}: as expected", is_met, says)


def check_months(months: tuple[Month, ...]) -> Iterator[Check]:
    for month in months:
        paid = {month.payroll_krw, month.office_krw, month.bank_krw}
        says = f"payroll, topics and bank: {', '.join(f'₩{krw:,}' for krw in sorted(paid))}"
        yield Check(f"wages of {month.month}", len(paid) == 1, says)


def _called_from_reserve(words: Words) -> int:
    return sum(
        application["reserve_rank"] is not None and application["called_for"] is not None
        for application in words.applications
    )


def _expected(programme: Programme, name: str) -> Expected | None:
    expected = EXPECTED[programme.title].get(name) if is_published(programme) else None
    if expected and expected.if_all_stay and not programme.all_stay:
        return None
    return expected
