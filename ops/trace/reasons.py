"""Why the services decided as they did: asked of them, where the answer opens no vault.

Not asked: counseling, whose answers hold employers and notes, and intake's people. Not told on:
what an applicant declared, and for what she got her points: a priority group is harmful in wrong
hands (domain.md §3.4).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from ops.services import ServiceError
from ops.trace.told import Told
from ops.trace.words import won

Json = dict[str, Any]
NOT_DECIDED = {404, 409}  # not there yet, or no longer: the event stands without a reason
RANKED = {"ApplicantSelected", "ApplicantReserved", "ApplicantNotSelected"}


@dataclass(frozen=True)
class Reasons:
    """The services' answers, by id. Empty tables leave the events without reasons."""

    applications: Mapping[str, Json] = field(default_factory=dict)
    selections: Mapping[str, Json] = field(default_factory=dict)
    matchings: Mapping[str, Json] = field(default_factory=dict)
    payslips: Mapping[str, Json] = field(default_factory=dict)


async def ask_reasons(
    http: httpx.AsyncClient, services: Mapping[str, str], told: Sequence[Told]
) -> Reasons:
    """Raises `ServiceError` when a service is away."""
    intake, placement, payroll = (_address(services, n) for n in ("intake", "placement", "payroll"))
    matched = [one for one in told if one.name == "InternPlaced"]
    ranked = [one for one in told if one.name in RANKED]
    issued = [one for one in told if one.name == "PayslipIssued"]
    applications, selections, matchings, payslips = await asyncio.gather(
        _ask_all(http, f"{intake}/applications/{{}}", _ids(told, "application_id")),
        _ask_all(http, f"{intake}/cohorts/{{}}/selection", _ids(ranked, "cohort_id")),
        _ask_all(http, f"{placement}/cohorts/{{}}/matching", _ids(matched, "cohort_id")),
        _ask_all(http, f"{payroll}/payslips/{{}}", _ids(issued, "payslip_id")),
    )
    return Reasons(applications, selections, matchings, payslips)


def why(one: Told, told: Sequence[Told], reasons: Reasons) -> tuple[str, ...]:
    """The reasons of a decision, a line each."""
    match one.name:
        case "ApplicationAccepted" | "ApplicationRejected":
            return _why_screened(one, told, reasons)
        case "ApplicantSelected" if one.body.get("vacancy_id"):
            return _why_called(one, told)
        case "ApplicantSelected" | "ApplicantReserved" | "ApplicantNotSelected":
            return _why_ranked(one, reasons)
        case "InternPlaced":
            return _why_placed(one, told, reasons)
        case "PayslipIssued":
            return _why_paid(one, reasons)
        case _:
            return ()


def _why_screened(one: Told, told: Sequence[Told], reasons: Reasons) -> tuple[str, ...]:
    """Each rule that was not met, with what it asks for: from the policy as announced."""
    rules = {
        rule["rule"]: rule
        for opened in told
        if opened.name == "CohortOpened" and opened.has("cohort_id", {one.body["cohort_id"]})
        for rule in opened.body["policy"]["eligibility"]
    }
    failed = [
        f"not met: {code}{_parameters(rules.get(code, {}))}"
        for code in one.body.get("reason_codes", ())
    ]
    check = reasons.applications.get(one.body["application_id"], {}).get("check") or {}
    return (*failed, *([f"by {check['rule_version']}"] if check.get("rule_version") else []))


def _parameters(rule: Mapping[str, Any]) -> str:
    asked = [f"{name} {value}" for name, value in rule.items() if name != "rule"]
    return f" ({', '.join(asked)})" if asked else ""


def _why_called(one: Told, told: Sequence[Told]) -> tuple[str, ...]:
    """She stood on the reserve list, or had a place and lost it."""
    before = [
        other
        for other in told
        if other.order < one.order
        and other.name in {"ApplicantReserved", "ApplicantUnmatched", "PlacementDeclined"}
        and other.body.get("application_id") == one.body["application_id"]
    ]
    match before[-1:]:
        case [Told(name="ApplicantReserved", body=body)]:
            return (f"as reserve {body['reserve_rank']} of round {body['round']}",)
        case [Told(name="ApplicantUnmatched")]:
            return ("as one who was selected and found no place",)
        case [Told(name="PlacementDeclined")]:
            return ("as one whose placement was declined",)
        case _:
            return ()


def _why_ranked(one: Told, reasons: Reasons) -> tuple[str, ...]:
    application = reasons.applications.get(one.body["application_id"], {})
    if application.get("rank") is None:
        return ()
    selection = reasons.selections.get(one.body["cohort_id"], {})
    rounds = {of["round"]: of for of in selection.get("rounds", [selection]) if of}
    version = rounds.get(one.body["round"], {}).get("rule_version")
    points = application["points"]["total"]
    lines = [f"rank {application['rank']}, {points} points{f', by {version}' if version else ''}"]
    if application.get("tie_break") and selection.get("tie_break_seed"):
        hash_, seed = application["tie_break"][:12], selection["tie_break_seed"]
        lines.append(f"among equal points by hash {hash_}…, seed {seed}")
    return tuple(lines)


def _why_placed(one: Told, told: Sequence[Told], reasons: Reasons) -> tuple[str, ...]:
    """Which wish it is. Who was called takes the vacancy; the others were matched by a rule."""
    wishes: list[str] = []
    for other in told:
        if other.name == "ApplicantSelected" and other.order < one.order:
            wishes = other.body["preferred_position_ids"] or wishes
    position = one.body["position_id"]
    listed = (
        f"her wish {wishes.index(position) + 1} of {len(wishes)}"
        if position in wishes
        else "a place that she did not list"
    )
    if one.body.get("vacancy_id"):
        return (f"{listed}, by her call for {one.body['vacancy_id']}",)
    matching = reasons.matchings.get(one.body["cohort_id"], {})
    if not matching.get("rule_version"):
        return (listed,)
    return (f"{listed}, by {matching['rule_version']}, seed {matching.get('seed')}",)


def _why_paid(one: Told, reasons: Reasons) -> tuple[str, ...]:
    payslip = reasons.payslips.get(one.body["payslip_id"], {})
    rows = [
        f"{row['item']}: {row['basis']} = {won(row['amount_krw'])}"
        for row in payslip.get("rows", ())
    ]
    method = payslip.get("proration")
    return (*rows, *([f"a month not fully worked is paid by: {method}"] if method else []))


async def _ask_all(http: httpx.AsyncClient, url: str, ids: Iterable[str]) -> dict[str, Json]:
    wanted = sorted(ids)
    found = await asyncio.gather(*(_ask(http, url.format(id_)) for id_ in wanted))
    return {id_: answer for id_, answer in zip(wanted, found, strict=True) if answer}


async def _ask(http: httpx.AsyncClient, url: str) -> Json | None:
    try:
        answer = await http.get(url)
        if answer.status_code in NOT_DECIDED:
            return None
        answer.raise_for_status()
        found: Json = answer.json()
    except httpx.HTTPStatusError:
        raise ServiceError(f"{url} says {answer.status_code}") from None
    except (httpx.TransportError, ValueError) as error:
        raise ServiceError(f"{url} does not answer ({type(error).__name__}): is it up?") from None
    return found


def _ids(told: Iterable[Told], name: str) -> set[str]:
    return {one.body[name] for one in told if one.body.get(name)}


def _address(services: Mapping[str, str], name: str) -> str:
    if name not in services:
        raise ServiceError(f"--services names no {name}, who knows why: add {name}=http://…")
    return services[name]
