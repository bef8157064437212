"""Refills: every vacancy was opened, is given once, to who is next.

Next is, of those known before the day of the call: who was selected and has no place (in any order
among themselves, their ranks are on no topic), then the reserves by round and rank. Vacancies of a
day are given in the order of (recorded_on, vacancy_id). Who withdrew is not called.
"""

from collections.abc import Iterator

from ops.audit.evidence import Evidence, Finding, Json, plus
from ops.audit.wages import next_business_day

Place = tuple[int, int, int]
"""0 without a place or 1 a reserve, then round and rank."""


def check_refills(evidence: Evidence) -> Iterator[Finding]:
    yield from _check_reserves(evidence)
    yield from _check_placed(evidence)
    yield from _check_calls(evidence)
    yield from _check_ranks(evidence)
    yield from _check_vacancies(evidence)
    yield from _check_uncalled(evidence)


def _check_reserves(evidence: Evidence) -> Iterator[Finding]:
    """Two of one rank, and nobody could say who was next."""
    former: dict[tuple[str, int, int], str] = {}
    for application_id, reserve in evidence.reserved.items():
        place = (reserve["cohort_id"], reserve["round"], reserve["reserve_rank"])
        if place in former:
            yield Finding(application_id, f"is reserve {place[2]}, as {former[place]} is")
        former[place] = application_id


def _check_placed(evidence: Evidence) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for placement_id, placed in evidence.placements.items():
        vacancy_id = placed.get("vacancy_id")
        if vacancy_id is None:
            if placed["application_id"] in evidence.reserved:
                yield Finding(placement_id, "places a reserve, and fills no vacancy")
            continue
        vacancy = evidence.vacancies.get(vacancy_id)
        if vacancy is None:
            yield Finding(placement_id, f"fills {vacancy_id}, which was never opened")
        elif vacancy["position_id"] != placed["position_id"]:
            yield Finding(placement_id, f"fills {vacancy_id} of {vacancy['position_id']} elsewhere")
        if vacancy_id in taken:
            yield Finding(placement_id, f"fills {vacancy_id}, which {taken[vacancy_id]} has filled")
        taken[vacancy_id] = placement_id
        selections = evidence.selections.get(placed["application_id"], [])
        if vacancy_id not in {selected.get("vacancy_id") for selected in selections}:
            yield Finding(placement_id, f"fills {vacancy_id}, for which she was never called")


def _check_calls(evidence: Evidence) -> Iterator[Finding]:
    """A vacancy is called for again only when who was called for it cannot come any more."""
    former: dict[str, Json] = {}
    failed = {(body["application_id"], body.get("vacancy_id")) for body in evidence.unmatched}
    for call in _calls(evidence):
        vacancy_id, who = call["vacancy_id"], call["person_id"]
        if vacancy_id not in evidence.vacancies:
            yield Finding(who, f"is called for {vacancy_id}, which was never opened")
        if vacancy_id in former:
            other = former[vacancy_id]["application_id"]
            if (other, vacancy_id) not in failed and other not in evidence.withdrawn:
                yield Finding(who, f"is called for {vacancy_id}, as {other} was before")
        former[vacancy_id] = call


def _check_ranks(evidence: Evidence) -> Iterator[Finding]:
    called: dict[str, str] = {}
    for call in _calls(evidence):
        application_id, who, vacancy_id = (
            call[name] for name in ("application_id", "person_id", "vacancy_id")
        )
        waiting = _waiting(evidence, call, called)
        if application_id not in waiting:
            says = f"is called for {vacancy_id}, neither a free reserve nor without a place"
            yield Finding(who, says)
        else:
            own = waiting[application_id]
            before = [id_ for id_, place in waiting.items() if place < own]
            found = [id_ for id_ in before if _should_fill(evidence, id_, call)]
            if found:
                next_ = min(found, key=lambda id_: (waiting[id_], id_))
                yield Finding(who, f"is called out of rank for {vacancy_id}: {next_} was next")
        called[application_id] = call["recorded_on"]


def _check_vacancies(evidence: Evidence) -> Iterator[Finding]:
    """A place that was given and is free again is opened, while anybody can still begin there."""
    opened = {(v["position_id"], v["recorded_on"]) for v in evidence.vacancies.values()}
    for placement_id, ended in {**evidence.declined, **evidence.left}.items():
        position_id, day = ended["position_id"], ended["recorded_on"]
        is_opened = (position_id, day) in opened or not _can_be_given_again(evidence, ended)
        if not is_opened and evidence.is_settled(ended):
            yield Finding(placement_id, f"ended on {day}, and {position_id} was not opened")


def _can_be_given_again(evidence: Evidence, ended: Json) -> bool:
    cohort_id = ended["cohort_id"]
    policy = evidence.policies.get(cohort_id)
    return (
        policy is not None
        and ended["recorded_on"] < policy["latest_start_on"]
        and cohort_id not in evidence.cancelled
        and (ended["org_id"], cohort_id) not in evidence.suspended
        and ended["position_id"] not in evidence.closed
    )


def _check_uncalled(evidence: Evidence) -> Iterator[Finding]:
    """The next day's sweep calls somebody, where somebody waits who could still begin."""
    calls = _calls(evidence)
    first = {call["vacancy_id"]: call["recorded_on"] for call in reversed(calls)}
    for vacancy_id, vacancy in evidence.vacancies.items():
        policy = evidence.policies.get(vacancy["cohort_id"])
        due, called_on = plus(vacancy["recorded_on"], 1), first.get(vacancy_id)
        if policy is None or vacancy["cohort_id"] in evidence.cancelled or called_on == due:
            continue
        if called_on:
            yield Finding(vacancy_id, f"is called for on {called_on}, due was {due}")
        elif evidence.today > due and _first_day(policy, due) <= policy["latest_start_on"]:
            call = {**vacancy, "recorded_on": due}
            called = {c["application_id"]: c["recorded_on"] for c in calls if _is_by_then(c, due)}
            waiting = _waiting(evidence, call, called)
            if found := sorted(id_ for id_ in waiting if _should_fill(evidence, id_, call)):
                yield Finding(vacancy_id, f"was never called for, and {found[0]} waited")


def _is_by_then(call: Json, day: str) -> bool:
    return bool(call["recorded_on"] <= day)


def _first_day(policy: Json, called_on: str) -> str:
    """Placement hears of a call, places her the day after, and she begins on a business day."""
    first: str = policy["starts_on"]
    return max(first, next_business_day(policy, plus(called_on, 1)).isoformat())


def _calls(evidence: Evidence) -> list[Json]:
    """In the order in which intake makes them."""
    calls = [
        selected
        for found in evidence.selections.values()
        for selected in found
        if selected.get("vacancy_id")
    ]
    return sorted(calls, key=lambda call: _turn(evidence, call))


def _turn(evidence: Evidence, call: Json) -> tuple[str, str, str]:
    vacancy = evidence.vacancies.get(call["vacancy_id"], {})
    return call["recorded_on"], vacancy.get("recorded_on", ""), call["vacancy_id"]


def _waiting(evidence: Evidence, call: Json, called: dict[str, str]) -> dict[str, Place]:
    """Who could be called on that day, with her place in the queue. `called`: when, until now."""
    day, cohort_id = call["recorded_on"], call["cohort_id"]
    places: dict[str, Place] = {
        application_id: (1, reserve["round"], reserve["reserve_rank"])
        for application_id, reserve in evidence.reserved.items()
        if application_id not in called
        and reserve["cohort_id"] == cohort_id
        and reserve["recorded_on"] <= day
    }
    for lost in _lost_places(evidence):
        application_id, lost_on = lost["application_id"], lost["recorded_on"]
        is_known = lost["cohort_id"] == cohort_id and lost_on < day
        if is_known and called.get(application_id, "") < lost_on:
            places[application_id] = (0, 0, 0)
    return {id_: place for id_, place in places.items() if not _is_gone(evidence, id_, day)}


def _lost_places(evidence: Evidence) -> Iterator[Json]:
    yield from evidence.unmatched
    yield from (b for b in evidence.declined.values() if b["declined_by"] != "intern")


def _is_gone(evidence: Evidence, application_id: str, day: str) -> bool:
    """A withdrawal of the very day may have come before the call."""
    withdrawn = evidence.withdrawn.get(application_id)
    return withdrawn is not None and withdrawn["recorded_on"] <= day


def _should_fill(evidence: Evidence, application_id: str, call: Json) -> bool:
    """Whether nothing speaks against her: not a reserve of that very day, nor one whom this host
    declined; where only listed positions will do, she listed it. The wishes of a reserve are told
    when she is called.
    """
    vacancy = evidence.vacancies.get(call["vacancy_id"], {})
    if evidence.reserved.get(application_id, {}).get("recorded_on") == call["recorded_on"]:
        return False
    for declined in evidence.declined.values():
        is_hers = declined["application_id"] == application_id
        if (
            is_hers
            and declined["declined_by"] == "host"
            and declined["org_id"] == vacancy.get("org_id")
        ):
            return False
    policy = evidence.policies.get(call["cohort_id"], {})
    if policy.get("accepts_unlisted_positions", True):
        return True
    told = evidence.selections.get(application_id, [])
    return any(vacancy.get("position_id") in s["preferred_position_ids"] for s in told)
