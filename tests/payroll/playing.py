"""Plays drawn lives on a bench, day by day: news comes early or late, the bank pays or refuses,
officers order again and book what came back. What officers and bank do hangs on ids and days only,
so two plays of one cast differ in nothing but the order of their news.
"""

import hashlib
from datetime import date, timedelta
from typing import Any, Literal, TypeVar

from services.payroll import handlers
from services.payroll.domain import (
    RecoverOverpayment,
    ReissuePayslip,
    record_id_of,
)
from services.payroll.handlers import HANDLERS, SWEEPS
from services.payroll.storage import CLAIMS, KINDS, PAYSLIPS, RECORDS
from shared.events import IntegrationEvent
from shared.events.calendar import DayStarted
from shared.events.payroll import (
    OverpaymentFound,
    OverpaymentRecovered,
    PaymentFailed,
    PaymentOrdered,
    PayrollRecordClosed,
    PayslipIssued,
    WagePaid,
)
from shared.ids import derive
from shared.money import days_of
from shared.mongo import Aggregate
from shared.testing import Bench
from tests.payroll.builders import COHORT, cohort_opened
from tests.payroll.leaving import FIRST_DAY, LAST_DAY, Cast
from tests.payroll.steps import answer, open_files, register

E = TypeVar("E")
Delivery = Literal["in time", "before its day", "after its day", "a month ahead", "any"]
END = LAST_DAY + timedelta(days=3)
SETTLED_WITHIN_DAYS = 10


class Play:
    """One play of a cast. `chance` decides by ids what the bank and the officers do."""

    def __init__(self, cast: Cast, delivery: Delivery, seed: str) -> None:
        self.cast = cast
        self.bench = Bench("payroll", KINDS, HANDLERS, SWEEPS)
        self._delivery = delivery
        self._seed = seed
        self._waiting = [event for day in sorted(cast.news) for event in cast.news[day]]

    async def run(self) -> None:
        await self._begin(FIRST_DAY)
        await self._give([cohort_opened()])
        for day in days_of(FIRST_DAY + timedelta(days=1), END):
            await self._deliver(before=day)
            await self._begin(day)
            await self._deliver(until=day)
            await self._work(day)
        await self.bench.look()

    async def settle(self) -> None:
        """Everyone gets an account, the bank pays all, everything overpaid comes back."""
        for life in self.cast.lives:
            await self._register(life.number)
        for n in range(SETTLED_WITHIN_DAYS):
            await self._begin(END + timedelta(days=n + 1))
            for payslip in await self._all(PAYSLIPS):
                if payslip["status"] == "failed":
                    await self._reissue(payslip["payslip_id"])
            for file in await open_files(self.bench):
                await answer(self.bench, file)
            for claim in await self._all(CLAIMS):
                await self._recover(claim, claim["outstanding_krw"], n)
        await self.bench.look()

    async def _deliver(self, *, before: date | None = None, until: date | None = None) -> None:
        """What of the news has come by now: all that must have, and, by the delivery, more."""
        if before is not None:
            ahead = {"before its day": 1, "a month ahead": 31}.get(self._delivery, 0)
            if self._delivery == "any":
                ahead = self._chance(f"ahead{before}", 4)
            limit = before + timedelta(days=ahead)
            await self._take(limit)
        elif until is not None and self._delivery == "in time":
            await self._take(until + timedelta(days=1))

    async def _take(self, before: date) -> None:
        come = [event for event in self._waiting if event.recorded_on < before]
        self._waiting = self._waiting[len(come) :]
        await self._give(come)

    async def _begin(self, day: date) -> None:
        await self._give(
            [DayStarted(effective_on=day, recorded_on=day, is_business_day=day.weekday() < 5)]
        )

    async def _give(self, events: list[IntegrationEvent]) -> None:
        """As `Bench.given`, without reading everything again each time."""
        await self.bench.prepare()
        await self.bench.inbox.take([self.bench.record(event) for event in events])
        while await self.bench.days.step():
            pass

    async def _work(self, day: date) -> None:
        for life in self.cast.lives:
            if self._chance(f"account{life.number}", 80) == (day - FIRST_DAY).days // 2:
                await self._register(life.number)
        for payslip in await self._all(PAYSLIPS):
            is_chosen = self._chance(f"{payslip['payslip_id']}{day}", 4) == 0
            if payslip["status"] == "failed" and is_chosen:
                await self._reissue(payslip["payslip_id"])
        for file in await open_files(self.bench):
            if self._chance(f"{file['file_id']}{day}", 3) == 0:
                orders = [order["order_id"] for order in file["orders"]]
                await answer(self.bench, file, *[o for o in orders if self._chance(o, 4) == 0])
        for claim in await self._all(CLAIMS):
            if self._chance(f"{claim['claim_id']}{day}", 8) == 0 and claim["outstanding_krw"]:
                part = 1 + self._chance(f"part{claim['claim_id']}{day}", claim["outstanding_krw"])
                await self._recover(claim, part, day.toordinal())

    async def _register(self, number: int) -> None:
        record_id = record_id_of(f"plc_{number}")
        record = await self.bench.state(RECORDS, record_id)
        if not record.has_account:
            await register(self.bench, number)

    async def _reissue(self, payslip_id: str) -> None:
        await self.bench.command(
            lambda work: handlers.reissue_payslip(payslip_id, ReissuePayslip(), work)
        )

    async def _recover(self, claim: dict[str, Any], amount_krw: int, number: int) -> None:
        if not amount_krw:
            return
        command = RecoverOverpayment(
            deposit_id=derive("dep", claim["claim_id"], number),
            amount_krw=amount_krw,
            received_on=FIRST_DAY,
        )
        await self.bench.command(
            lambda work: handlers.recover_overpayment(claim["claim_id"], command, work)
        )

    async def _all(self, kind: Aggregate[Any]) -> list[dict[str, Any]]:
        listing = handlers.list_claims if kind is CLAIMS else handlers.list_payslips
        page = await self.bench.query(lambda work: listing(COHORT, "", 500, work))
        return list(page["items"])

    def _chance(self, of: str, sides: int) -> int:
        return int(hashlib.sha256(f"{self._seed}{of}".encode()).hexdigest(), 16) % sides


class Papers:
    """What an auditor sees on payroll's topic, and nothing else."""

    def __init__(self, bench: Bench) -> None:
        self.payslips = published_of(bench, PayslipIssued)
        self.claims = published_of(bench, OverpaymentFound)
        self.recoveries = published_of(bench, OverpaymentRecovered)
        self.orders = published_of(bench, PaymentOrdered)
        self.paid = published_of(bench, WagePaid)
        self.failed = published_of(bench, PaymentFailed)
        self.closed = published_of(bench, PayrollRecordClosed)

    def settled_krw(self, record_id: str, month: str) -> int:
        """Payslips less claims."""
        return sum(
            p.net_krw for p in self.payslips if (p.record_id, p.month) == (record_id, month)
        ) - sum(c.amount_krw for c in self.claims if (c.record_id, c.month) == (record_id, month))

    def accounted_krw(self) -> int:
        """Paid, with the bank, refused and not ordered again, or never ordered: of all payslips."""
        latest = {o.payslip_id: o for o in sorted(self.orders, key=lambda o: o.attempt)}
        unordered = [p.net_krw for p in self.payslips if p.payslip_id not in latest]
        return sum(unordered) + sum(order.amount_krw for order in latest.values())


def published_of(bench: Bench, kind: type[E]) -> list[E]:
    return [event for event in bench.published if isinstance(event, kind)]
