"""A month of a record: its figures, as confirmed and as corrected, and what was made out for it.

Always: what its payslips pay, less what was claimed back of them, is the wage by the last figures
that were settled. So neither set-off nor negative pay is ever needed (domain.md §2.7).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.payroll.domain.attendances import Attendance

PaymentStatus = Literal["held", "ordered", "paid", "failed", "nothing-due"]
"""held: no account yet (지급 보류); ordered: the bank may fetch it; paid or failed: as the bank
said; nothing-due: the wage is ₩0, so there is nothing to order.
"""
MonthStatus = Literal["confirmed"] | PaymentStatus
OPEN_FIRST: tuple[PaymentStatus, ...] = ("held", "failed", "ordered", "paid", "nothing-due")
OVER: tuple[PaymentStatus, ...] = ("paid", "nothing-due")


@dataclass(frozen=True, slots=True)
class Correction:
    """Figures that replace the former ones whole, numbered from 1."""

    correction_no: int
    attendance: Attendance
    recorded_on: date


@dataclass(frozen=True, slots=True)
class MadeOut:
    """A payslip of the month: 0 is the month's own, a later one pays what a correction added."""

    correction_no: int
    status: PaymentStatus
    net_krw: int


@dataclass(frozen=True, slots=True)
class WorkedMonth:
    """A month with confirmed attendance (`attendance`: as first confirmed).

    `settled_no`: the last correction that payslips and claims have taken in, 0 for none.
    """

    attendance: Attendance
    is_late: bool
    is_final: bool
    payable_on: date
    corrections: tuple[Correction, ...] = ()
    payslips: tuple[MadeOut, ...] = ()
    settled_no: int = 0
    claimed_krw: int = 0
    recovered_krw: int = 0

    @property
    def month(self) -> str:
        return self.attendance.month

    @property
    def is_own(self) -> bool:
        """Paid by the record itself, not by its cohort's pay run: it is not in that one's count."""
        return self.is_late or self.is_final

    @property
    def status(self) -> MonthStatus:
        """That of the payslip which is furthest from being over."""
        found = [payslip.status for payslip in self.payslips]
        return min(found, key=OPEN_FIRST.index, default="confirmed")

    @property
    def net_krw(self) -> int:
        return sum(payslip.net_krw for payslip in self.payslips)

    @property
    def settled_krw(self) -> int:
        """The wage that was settled last: what was made out, less what is claimed back of it."""
        return self.net_krw - self.claimed_krw

    @property
    def outstanding_krw(self) -> int:
        return self.claimed_krw - self.recovered_krw

    @property
    def latest(self) -> Attendance:
        return self.corrections[-1].attendance if self.corrections else self.attendance

    @property
    def unsettled(self) -> tuple[Correction, ...]:
        """Corrections that came after the month was paid, or on the day of it."""
        return tuple(c for c in self.corrections if self.payslips and self._is_unsettled(c))

    def known_before(self, day: date) -> tuple[int, Attendance]:
        """The figures that a sweep on that day decides by, and the number of their correction.

        What is recorded on the day itself may be here or not: it counts from the next day on.
        """
        known = [c for c in self.corrections if c.recorded_on < day]
        return (known[-1].correction_no, known[-1].attendance) if known else (0, self.attendance)

    def is_over(self, day: date) -> bool:
        """All is paid and paid back, by what was recorded before that day."""
        return (
            self.status in OVER
            and self.outstanding_krw == 0
            and all(correction.recorded_on >= day for correction in self.unsettled)
        )

    def move(self, payslip: MadeOut) -> "WorkedMonth":
        """A payslip of this month is new, or has come further."""
        others = {p.correction_no: p for p in self.payslips}
        return replace(self, payslips=tuple({**others, payslip.correction_no: payslip}.values()))

    def _is_unsettled(self, correction: Correction) -> bool:
        return correction.correction_no > self.settled_no
