"""Leaving: pay stops on the day, what was confirmed beyond it is corrected, and nobody stays on
where her application, her host or her cohort has ended.

`effective_on` of each is the first day on which she is no longer in service.
"""

from collections.abc import Iterator
from datetime import date

from ops.audit.evidence import Evidence, Finding, Json, plus
from ops.audit.wages import pay_date

PAID_WITHIN_DAYS = 14  # after leaving: Labour Standards Act Art. 36 (domain.md §2.7)


def check_leaving(evidence: Evidence) -> Iterator[Finding]:
    for placement_id, left in evidence.left.items():
        yield from _check_day(evidence, placement_id, left)
        yield from _check_last_pay(evidence, placement_id, left)
    yield from _check_months(evidence)
    for placement_id, placed in evidence.placements.items():
        yield from _check_stays(evidence, placement_id, placed)


def _check_day(evidence: Evidence, placement_id: str, left: Json) -> Iterator[Finding]:
    placed, day = evidence.placements.get(placement_id), left["effective_on"]
    if placed is None:
        yield Finding(placement_id, "is left, and was never placed")
    elif placement_id in evidence.declined:
        yield Finding(placement_id, "is both declined and left")
    elif not placed["starts_on"] <= day <= plus(placed["ends_on"], 1):
        yield Finding(placement_id, f"is left on {day}, outside its days")
    if day > plus(left["recorded_on"], 1):
        yield Finding(placement_id, f"is left on {day}, which was told days before it")


def _check_months(evidence: Evidence) -> Iterator[Finding]:
    for work, confirmed in evidence.attendances.items():
        placement_id, month = work
        figures, who = evidence.figures(work) or confirmed, confirmed["person_id"]
        if placement_id not in evidence.placements:
            continue
        last = evidence.last_day(placement_id)
        ended = evidence.declined.get(placement_id) or evidence.left.get(placement_id)
        first, until = figures["service_from"], figures["service_until"]
        if first is None:
            if last >= max(evidence.placements[placement_id]["starts_on"], f"{month}-01"):
                yield Finding(who, f"{month} is void, and she had not left before it")
        elif ended and first > last:
            yield Finding(who, f"{month} is confirmed and not corrected: she left before it")
        elif (due := _span(evidence, placement_id, month)) != (first, until) and until <= last:
            says = f"{month} is confirmed for {first} to {until}: she served {due[0]} to {due[1]}"
            yield Finding(who, says)
        elif ended and until > last:
            says = f"{month} is confirmed until {until}: her last day was {last}"
            yield Finding(who, says)


def _span(evidence: Evidence, placement_id: str, month: str) -> tuple[str, str]:
    """Her days of service in that month, by her placement alone."""
    end = plus(plus(f"{month}-01", 31)[:8] + "01", -1)
    first = max(evidence.placements[placement_id]["starts_on"], f"{month}-01")
    return first, min(evidence.last_day(placement_id), end)


def _check_last_pay(evidence: Evidence, placement_id: str, left: Json) -> Iterator[Finding]:
    """Nobody can pay for a leaving before it is known: one found out late counts from that day."""
    if placement_id not in evidence.placements:
        return
    last = evidence.last_day(placement_id)
    attendance = evidence.attendances.get((placement_id, last[:7]))
    policy = evidence.policies.get(left["cohort_id"])
    if attendance and policy:
        until = plus(max(last, left["recorded_on"]), PAID_WITHIN_DAYS)
        due = pay_date(policy, attendance)
        if due > date.fromisoformat(until):
            says = f"left on {left['effective_on']}: her last month is paid on {due}"
            yield Finding(left["person_id"], f"{says}, due was {until}")


def _check_stays(evidence: Evidence, placement_id: str, placed: Json) -> Iterator[Finding]:
    """Placement hears of it and ends her service the day after, so not on that very day."""
    last = evidence.last_day(placement_id)
    for from_, why in _ends(evidence, placement_id, placed):
        if last >= max(from_, placed["starts_on"]):
            yield Finding(placement_id, f"serves until {last}, though {why} from {from_}")


def _ends(evidence: Evidence, placement_id: str, placed: Json) -> Iterator[tuple[str, str]]:
    """From when, and why, she must no longer be in service there."""
    application_id, org_id, cohort_id = (
        placed[name] for name in ("application_id", "org_id", "cohort_id")
    )
    left = evidence.left.get(placement_id)
    withdrawn = evidence.withdrawn.get(application_id)
    if withdrawn and left and left["recorded_on"] <= withdrawn["recorded_on"]:
        withdrawn = None  # she had left by the other door: what was told first stands
    if withdrawn and evidence.is_settled(withdrawn):
        yield withdrawn["effective_on"], f"{application_id} is withdrawn"
    cancelled = evidence.cancelled.get(cohort_id)
    if cancelled and evidence.is_settled(cancelled):
        yield cancelled["effective_on"], "its cohort is cancelled"
    suspended = evidence.suspended.get((org_id, cohort_id))
    if suspended and evidence.is_settled(suspended):
        yield plus(suspended["recorded_on"], 1), f"{org_id} is suspended"
