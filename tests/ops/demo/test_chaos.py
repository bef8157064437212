"""What is drawn, what it does to a city of stand-ins, and that a city left dead is noticed."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.audit import Finding
from ops.city import SERVICES, City, process_name
from ops.demo import chaos as module
from ops.demo.chaos import (
    DEATHS_MIN,
    Blow,
    Chaos,
    Figures,
    busy_days,
    check_chaos,
    deal,
    draw,
)
from ops.demo.checks import Check
from ops.demo.outcome import Outcome
from ops.policies import read_policy
from ops.processes import ProcessError, Processes, Supervisor, free_ports
from ops.stack import Stack
from tests.ops.demo.told import AUDIT, OUTCOME

POLICY = read_policy("2022-h1")
BUSY = busy_days([POLICY])
DAY, QUIET = date(2022, 4, 4), date(2022, 4, 10)
ONE_EACH = dict.fromkeys(SERVICES, 1)


def days(first: date, count: int) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(count))


def test_the_busy_days_are_those_on_which_most_falls_due() -> None:
    assert BUSY[POLICY.selection_on] == ("intake",)
    assert BUSY[POLICY.matching_on] == ("placement",)
    assert BUSY[POLICY.attendance_closes_on("2022-05")] == ("placement",)
    assert BUSY[POLICY.pay_date("2022-05")] == ("payroll",)
    assert BUSY[date(2023, 6, 30)] == ("counseling",)


@given(st.integers())
def test_each_service_dies_three_times_on_busy_days_whatever_the_seed(seed: int) -> None:
    dealt = deal(seed, BUSY)
    deaths = Counter(
        blow.service
        for day in BUSY
        for blow in draw(seed, day, dealt[day], ONE_EACH)
        if blow.how != "stop"
    )

    assert all(deaths[service] >= 3 for service in SERVICES)


@given(st.integers(), st.integers(1, 3))
def test_few_busy_days_are_enough_for_three_deaths_of_each(seed: int, count: int) -> None:
    dealt = deal(seed, dict.fromkeys(days(DAY, count), ("intake",)))
    deaths = Counter(
        blow.service
        for day, services in dealt.items()
        for blow in draw(seed, day, services, ONE_EACH)
        if services and blow.how != "stop"
    )

    assert all(deaths[service] >= DEATHS_MIN for service in SERVICES)
    assert "intake" in dealt[DAY]
    assert deal(seed, {}) == {}


@given(st.integers())
def test_the_busiest_service_of_a_busy_day_is_always_killed(seed: int) -> None:
    dealt = deal(seed, BUSY)
    for day, services in BUSY.items():
        struck = {blow.service: blow.how for blow in draw(seed, day, dealt[day], ONE_EACH)}
        assert all(struck[service] in {"kill", "double-kill"} for service in services)


@given(st.integers(), st.integers(1, 4))
def test_blows_keep_their_bounds_and_repeat_with_their_seed(seed: int, instances: int) -> None:
    each = dict.fromkeys(SERVICES, instances)
    blows = draw(seed, DAY, ("payroll",), each)

    assert blows == draw(seed, DAY, ("payroll",), each)
    assert len({blow.service for blow in blows}) == len(blows)
    for blow in blows:
        assert 0 <= blow.after_ms <= 400
        assert 1 <= blow.number <= instances


def test_over_a_year_every_instance_is_hit_in_every_way() -> None:
    each = dict.fromkeys(SERVICES, 2)
    blows = [blow for day in days(DAY, 2000) for blow in draw(7, day, (), each)]

    assert {blow.process for blow in blows} == {
        process_name(s, n) for s in SERVICES for n in (1, 2)
    }
    assert {blow.how for blow in blows} == {"kill", "double-kill", "stop"}
    assert 100 < len(blows) < 300  # one day in ten


def test_figures_of_nobody_who_died_are_zero() -> None:
    assert (Figures().median_seconds, Figures().worst_seconds) == (0.0, 0.0)
    assert Figures(recovery_seconds=[1.0, 3.0, 2.0]).median_seconds == 2.0
    assert Figures(recovery_seconds=[1.0, 3.0, 2.0]).worst_seconds == 3.0


# Two plays, compared.

KILLED = {service: Figures(kills=DEATHS_MIN) for service in SERVICES}
MISSED = replace(OUTCOME, checks=(Check("audit", is_met=False, says="₩1 is missing"),))


def red(
    figures: dict[str, Figures] = KILLED, calm: Outcome = OUTCOME, wild: Outcome = OUTCOME
) -> dict[str, str]:
    return {c.name: c.says for c in check_chaos(figures, calm, wild) if not c.is_met}


def test_equal_plays_of_which_one_was_disturbed_are_met() -> None:
    assert red() == {}


def test_a_play_in_which_somebody_was_spared_proves_nothing() -> None:
    stopped = Figures(kills=DEATHS_MIN - 1, stops=9)
    spared = "each at least 3 times by kill -9: "

    assert red({**KILLED, "payroll": stopped}) == {"every service died": f"{spared}payroll 2 times"}
    assert red({}).keys() == {"every service died"}


def test_either_play_must_meet_its_own_checks() -> None:
    assert red(calm=MISSED) == {"undisturbed play": "1 checks are not met: audit"}
    assert red(wild=MISSED) == {"play under chaos": "1 checks are not met: audit"}


def test_digests_that_differ_are_named() -> None:
    other = replace(OUTCOME, digest="bb", digests={**OUTCOME.digests, "payroll": "b2"})

    assert red(wild=other) == {"equal digests": "1 differ: payroll"}


def test_audits_that_differ_are_seen_though_the_digests_are_equal() -> None:
    line = replace(AUDIT.lines[0], entitled_krw=99, paid_krw=99)
    found = Finding("slp_a", "is not in the store")

    for other in (replace(AUDIT, lines=(line,)), replace(AUDIT, findings=(found,))):
        assert red(wild=replace(OUTCOME, audit=other)).keys() == {"equal audits"}


@asynccontextmanager
async def city_of_stand_ins(tmp_path: Path, instances: int = 1) -> AsyncIterator[City]:
    """Processes that are ready as services are, and do nothing else."""
    (tmp_path / "health").mkdir()
    (tmp_path / "health" / "ready").write_text("{}")
    serve = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1")
    urls: dict[str, tuple[str, ...]] = {}
    async with Processes(tmp_path / "logs") as processes:
        for service in SERVICES:
            ports = free_ports(instances)
            for number, port in enumerate(ports, start=1):
                command = (*serve, "--directory", str(tmp_path), str(port))
                processes.start(process_name(service, number), command)
            urls[service] = tuple(f"http://127.0.0.1:{port}" for port in ports)
        first = {service: found[0] for service, found in urls.items()}
        city = City(Stack("", "", ()), "", tmp_path, processes, first, "", urls)
        for name, url in city.addresses.items():
            await processes.wait_for_url(name, f"{url}/health/ready")
        yield city


def drawing(monkeypatch: pytest.MonkeyPatch, *blows: Blow) -> None:
    monkeypatch.setattr(module, "draw", lambda _seed, day, *_: blows if day == DAY else ())


async def test_who_is_killed_twice_in_a_row_comes_back_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing(
        monkeypatch,
        Blow("payroll", 2, "double-kill", 0, 0),
        Blow("intake", 1, "kill", 20, 0),
        Blow("placement", 1, "stop", 0, 0),
    )
    async with city_of_stand_ins(tmp_path, instances=2) as city:
        before = {name: city.processes[name].process.pid for name in city.addresses}
        async with Chaos(7, {}, quiet_from=QUIET) as chaos:
            began = asyncio.get_running_loop().time()
            await chaos.on_day(DAY, city)
            assert asyncio.get_running_loop().time() - began < 0.1
            await chaos.on_day(QUIET, city)
            after = {name: city.processes[name].process.pid for name in city.addresses}

        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"payroll-2", "intake", "placement"}
        assert all(city.processes[name].is_running for name in city.addresses)
    payroll, intake = chaos.figures["payroll"], chaos.figures["intake"]
    assert (payroll.kills, payroll.double_kills, payroll.restarts) == (2, 1, 2)
    assert (intake.kills, intake.double_kills, intake.restarts) == (1, 0, 1)
    assert (chaos.figures["placement"].stops, chaos.figures["placement"].restarts) == (1, 1)
    assert 0 < payroll.median_seconds <= payroll.worst_seconds < 30
    assert chaos.figures["counseling"] == Figures()


async def test_leaving_the_block_waits_for_blows_that_have_not_fallen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing(monkeypatch, Blow("intake", 1, "kill", 300, 0))
    async with city_of_stand_ins(tmp_path) as city:
        async with Chaos(7, {}, quiet_from=QUIET) as chaos:
            await chaos.on_day(DAY, city)
            assert chaos.figures["intake"].kills == 0

        assert chaos.figures["intake"].kills == chaos.figures["intake"].restarts == 1
        assert city.processes["intake"].is_running


async def test_a_city_that_is_gone_before_the_block_stays_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing(monkeypatch, Blow("intake", 1, "kill", 100, 0))
    async with Chaos(7, {}, quiet_from=QUIET) as chaos, city_of_stand_ins(tmp_path) as city:
        await chaos.on_day(DAY, city)

    assert chaos.figures["intake"].kills == 0
    assert not city.processes["intake"].is_running


async def test_planted_a_supervisor_that_restarts_nobody_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing(monkeypatch, Blow("placement", 1, "kill", 0, 0))
    monkeypatch.setattr(module, "QUIET_SECONDS", 1.0)

    async def sleep_on(_: Supervisor) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Supervisor, "run", sleep_on)
    async with city_of_stand_ins(tmp_path) as city:
        with pytest.raises(ExceptionGroup) as found:  # noqa: PT012  # the block is what raises
            async with Chaos(7, {}, quiet_from=QUIET) as chaos:
                await chaos.on_day(DAY, city)
                await chaos.on_day(QUIET, city)

    (trouble,) = found.value.exceptions
    assert isinstance(trouble, ProcessError)
    assert str(trouble) == "not over after 1 s: placement"
