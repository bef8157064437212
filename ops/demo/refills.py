"""Vacancies: who was called for them, in rank order and within each host's cap. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ops.demo.checks import Check, named
from ops.demo.client import Json
from ops.demo.words import Words

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Refills:
    """`calls`: applicants whom intake called; `placed`: those of them who began, or may begin."""

    vacancies: int
    called: int
    lapsed: int
    reserves_called: int
    unplaced_called: int
    placed: int


def count_refills(words: Words) -> Refills:
    called = [a for a in words.applications if a["called_for"]]
    placed = {p["application_id"] for p in words.placements if p["status"] != "declined"}
    statuses = [vacancy["status"] for vacancy in words.vacancies]
    return Refills(
        vacancies=len(statuses),
        called=sum(status in ("called", "untaken") for status in statuses),
        lapsed=statuses.count("lapsed"),
        reserves_called=sum(a["reserve_rank"] is not None for a in called),
        unplaced_called=sum(a["reserve_rank"] is None for a in called),
        placed=sum(a["application_id"] in placed for a in called),
    )


def check_refills(words: Words, interns_max: int) -> Iterator[Check]:
    open_ = [v["vacancy_id"] for v in words.vacancies if v["status"] == "open"]
    says = f"{len(words.vacancies)} vacancies, {len(open_)} left open{named(open_)}"
    yield Check("each vacancy was called for or lapsed", not open_, says)
    wrong = list(_passed_over(words))
    called = sum(a["reserve_rank"] is not None for a in _called(words))
    says = f"{called} reserves called, {len(wrong)} passed over{named(wrong)}"
    yield Check("reserves in rank order", not wrong, says)
    wrong = list(_over_cap(words.placements, interns_max))
    says = f"at most {interns_max} interns a day at each host, {len(wrong)} above{named(wrong)}"
    yield Check("hosts within their cap", not wrong, says)


def _called(words: Words) -> list[Json]:
    return [a for a in words.applications if a["called_for"]]


def _passed_over(words: Words) -> Iterator[str]:
    """Reserves of a better rank than one who was called on a day on which they were there still.

    The calls of a day come before what is said on it: who withdraws on that day is still there.
    """
    called_on = {
        v["application_id"]: v["called_on"] for v in words.vacancies if v["application_id"]
    }
    reserves = [a for a in words.applications if a["reserve_rank"] is not None]
    for reserve in reserves:
        mine, gone = called_on.get(reserve["application_id"]), reserve["withdrawn_on"]
        for other in reserves:
            theirs = called_on.get(other["application_id"])
            is_there = theirs and (mine is None or theirs < mine) and (not gone or theirs <= gone)
            if is_there and reserve["reserve_rank"] < other["reserve_rank"]:
                yield f"{reserve['application_id']}, rank {reserve['reserve_rank']}"
                break


def _over_cap(placements: Sequence[Json], interns_max: int) -> Iterator[str]:
    of_host: dict[str, list[tuple[date, date]]] = {}
    for placement in placements:
        if served := _service(placement):
            of_host.setdefault(placement["org_id"], []).append(served)
    for org_id, services in sorted(of_host.items()):
        # It can only grow on a day on which somebody begins.
        for day in sorted({first for first, _ in services}):
            count = sum(first <= day <= last for first, last in services)
            if count > interns_max:
                yield f"{org_id} has {count} on {day}"


def _service(placement: Json) -> tuple[date, date] | None:
    """Her first and last day of service; None where she never began."""
    lasts = [sheet["service_until"] for sheet in placement["months"].values()]
    served = [date.fromisoformat(last) for last in lasts if last]
    if placement["status"] == "declined" or not served:
        return None
    return date.fromisoformat(placement["starts_on"]), max(served)
