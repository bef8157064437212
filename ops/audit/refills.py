"""Refills: every vacancy was opened, is given once, to who is next.

Next is, of those known before the day of the call: who was selected and has no place (in any order
among themselves, their ranks are on no topic), then the reserves by round and rank. Vacancies of a
day are given in the order of (recorded_on, vacancy_id). Who withdrew is not called.
"""

from collections.abc import Iterator

from ops.audit.evidence import Evidence, Finding, Json

Place = tuple[int, int, int]
"""0 without a place or 1 a reserve, then round and rank."""


def check_refills(evidence: Evidence) -> Iterator[Finding]:
    yield from _check_placed(evidence)
    yield from _check_calls(evidence)
    yield from _check_ranks(evidence)


def _check_placed(evidence: Evidence) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for placement_id, placed in evidence.placements.items():
        vacancy_id = placed.get("vacancy_id")
        if vacancy_id is None:
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
