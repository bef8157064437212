"""A small cohort, played once for all tests that look at it, and once more to compare."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ops.audit.command import cohort_ids
from ops.city import City
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play
from ops.demo.programme import COHORT_2, Programme, Size
from ops.provision import provision, withdraw
from ops.services import client
from ops.stack import Stack
from ops.topics import Record, read_records
from shared.events.policy import CohortPolicy

SEED = 7
SIZE = Size(applicants=12, unfit=4, hosts=4, openings=6)
KILLS = {
    date(2022, 3, 4): "intake",  # people apply
    date(2022, 3, 9): "placement",  # matches
    date(2022, 4, 4): "payroll",  # pays
    date(2022, 5, 6): "counseling",  # is in touch
}


def short_policy(policy: CohortPolicy = COHORT_2.policy) -> CohortPolicy:
    """Ten weeks instead of sixteen months, so two months begun or ended in their middle."""
    counseling = policy.counseling.model_copy(
        update={"months": 1, "follow_up_after_days": (20, 28)}
    )
    days = {
        "notice_date": date(2022, 3, 3),
        "application_from": date(2022, 3, 3),
        "application_until": date(2022, 3, 5),
        "screening_on": date(2022, 3, 6),
        "selection_on": date(2022, 3, 7),
        "matching_on": date(2022, 3, 9),
        "starts_on": date(2022, 3, 14),
        "latest_start_on": date(2022, 3, 18),
        "ends_on": date(2022, 4, 20),
        "attendance_closes_after_days": 2,
        "pay": policy.pay.model_copy(update={"pay_day": 4}),
    }
    return policy.model_copy(update={**days, "counseling": counseling})


def small_programme() -> Programme:
    return replace(COHORT_2, policy=short_policy(), size=SIZE)


@dataclass(frozen=True)
class Played:
    outcome: Outcome
    records: list[Record]
    payslips: list[dict[str, Any]]
    logs: Path


@pytest.fixture(scope="session")
def small_cohorts(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Played, Played]]:
    """Two plays of one seed, side by side, each with processes, topics and databases of its own.

    In the second, services are killed on days when they have much to do.
    """
    prefixes = [f"s{secrets.token_hex(3)}{n}." for n in (1, 2)]
    folders = [tmp_path_factory.mktemp(f"play{n}") for n in (1, 2)]
    try:
        first, second = asyncio.run(_play_both(stack, prefixes, folders))
        yield first, second
    finally:
        asyncio.run(_withdraw(stack, prefixes))


@pytest.fixture(scope="session")
def small_cohort(small_cohorts: tuple[Played, Played]) -> Played:
    return small_cohorts[0]


async def _play_both(stack: Stack, prefixes: list[str], folders: list[Path]) -> list[Played]:
    plays = zip(prefixes, folders, ({}, KILLS), strict=True)
    return await asyncio.gather(*(_play(stack, *play) for play in plays))


async def _play(stack: Stack, prefix: str, logs: Path, kills: Mapping[date, str]) -> Played:
    records: list[Record] = []
    payslips: list[dict[str, Any]] = []

    async def kill(day: date, city: City) -> None:
        """The day is announced: it is killed in the middle of it, and comes back."""
        if name := kills.get(day):
            await city.processes.kill9(name)
            await city.processes.restart(name)

    async def keep(city: City, _: Outcome) -> None:
        records.extend(await read_records(city.stack.kafka, city.prefix))
        payslips.extend(await fetch_payslips(city, records))

    await provision(stack, prefix=prefix)
    options = Options((small_programme(),), logs, SEED, prefix)
    outcome = await play(stack, options, Hooks(on_day=kill, at_end=keep))
    return Played(outcome, records, payslips, logs)


async def fetch_payslips(city: City, records: list[Record]) -> list[dict[str, Any]]:
    """Payroll's, of every cohort that the topics tell of: one page each, as small as they are."""
    found: list[dict[str, Any]] = []
    async with client() as http:
        for cohort_id in cohort_ids(records):
            url = f"{city.services['payroll']}/cohorts/{cohort_id}/payslips"
            found.extend((await http.get(url, params={"limit": 500})).json()["items"])
    return found


async def _withdraw(stack: Stack, prefixes: list[str]) -> None:
    for prefix in prefixes:
        await withdraw(stack, prefix=prefix)
