"""Takes plain data out of the twins and asks the invariants: at every step, and once at rest."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any

from proofs.simulation import invariants, story, toy
from proofs.simulation.log import SimLog
from proofs.simulation.store import NOTHING, Documents
from shared.mongo import Aggregate, Document, read_journal

SETTLED = {story.stream_of(person): 1 for person, _ in [story.UNDECODABLE]}


class Checks:
    """Collects breaches. `guilty`: ids of events and aggregates that were made to fail."""

    def __init__(self, log: SimLog, guilty: set[str]) -> None:
        self.breaches: list[str] = []
        self._log = log
        self._guilty = guilty
        self._committed: dict[str, bytes] = {}

    def on_commit(self, seen: Documents, after: Documents, changed: AbstractSet[str]) -> None:
        """After every transaction that has `changed` these collections; `seen` is its snapshot."""
        if "outbox" in changed:
            for row in after["outbox"].values():
                headers = dict(row["headers"])
                self._committed.setdefault(headers["ce_id"].decode(), row["value"])
        if changed <= {"outbox", "relayed"}:
            return
        tallies = after.get("tallies", NOTHING)
        heard = {key: d["state"]["heard"] for key, d in tallies.items()}
        inbox, parked = after.get("inbox", NOTHING), after.get("parked", NOTHING)
        last = _last(inbox)
        self.breaches += invariants.misheard(heard, story.expected(), at_rest=False)
        self.breaches += invariants.overtaken(
            _sequences(parked),
            last,
            {stream: row["parked"] for stream, row in inbox.items() if row["parked"]},
            {story.stream_of(person): numbers for person, numbers in heard.items()},
        )
        failed = [i for i, row in parked.items() if row["kind"] == "failed" and row["stream"]]
        failed += [key for key, d in tallies.items() if d.get("set_aside")]
        self.breaches += invariants.wrongly_parked(failed, self._guilty)
        self._check_won(after)
        if "calendar" in changed:
            self._check_day(seen, after)
        self.on_offsets(after)

    def on_offsets(self, documents: Documents) -> None:
        """After every commit of offsets, and of a transaction."""
        inbox, parked = documents.get("inbox", NOTHING), documents.get("parked", NOTHING)
        committed = self._log.committed_offsets
        self.breaches += invariants.passed(committed, self._log.places, _last(inbox), parked)

    def on_told(self) -> None:
        """After every produced batch."""
        for messages in self._log.told.values():
            told = [(m.id, m.value) for m in messages]
            self.breaches += invariants.unfounded(told, self._committed)
        self.breaches += self._disorder()

    def at_rest(self, documents: Documents) -> None:
        told = [(m.id, m.value) for messages in self._log.told.values() for m in messages]
        self.breaches += invariants.untold(told, self._committed)
        self.breaches += invariants.repeated(_effects(documents))
        tallies = documents.get("tallies", NOTHING)
        states = {key: d["state"] for key, d in tallies.items()}
        heard = {key: state["heard"] for key, state in states.items()}
        self.breaches += invariants.misheard(heard, story.expected(), at_rest=True)
        won = {key: state["won_krw"] for key, state in states.items()}
        self.breaches += invariants.mistold(won, self._amounts())
        self._check_left(documents)
        self._check_folds(documents)
        self._check_rests(documents, states)

    def figures(self, documents: Documents) -> Counter[str]:
        """What the promises come to in numbers, all counted: 0 lost, 0 duplicated, 0 reordered."""
        effects = Counter(_effects(documents))
        tallies = documents.get("tallies", NOTHING)
        heard = {person: d["state"]["heard"] for person, d in tallies.items()}
        told = [m.id for messages in self._log.told.values() for m in messages]
        numbers = [n for person in heard for n in heard[person]]
        unheard = sum(len({*w} - {*heard.get(p, ())}) for p, w in story.expected().items())
        found = Counter(effects=effects.total(), told=len(set(told)), told_again=len(told))
        found["told_again"] -= found["told"]
        found["lost"] = unheard + len(self._committed.keys() - told)
        found["duplicated"] = effects.total() - len(effects)
        found["duplicated"] += len(numbers) - sum(len(set(h)) for h in heard.values())
        found["reordered"] = sum(b < a for h in heard.values() for a, b in pairwise(h))
        found["reordered"] += len(self._disorder())
        return found

    def _disorder(self) -> list[str]:
        found = []
        for place, messages in self._log.told.items():
            order = [(m.stream, m.sequence) for m in messages]
            found += [f"{b} ({place[1]})" for b in invariants.out_of_order(order)]
        return found

    def _check_won(self, after: Documents) -> None:
        purse = after.get("purses", NOTHING).get(toy.COHORT)
        if purse is None:
            return
        won = {key: d["state"]["won_krw"] for key, d in after.get("tallies", NOTHING).items()}
        left = purse["state"]["left_krw"]
        self.breaches += invariants.lost_won(toy.PURSE_KRW, left, won)

    def _check_day(self, seen: Documents, after: Documents) -> None:
        before, now = _day(seen), _day(after)
        if before == now or before is None or now is None:
            return
        inbox, parked = seen.get("inbox", NOTHING), seen.get("parked", NOTHING)
        ends = next(e for day, e in self._log.ends_at.items() if day.isoformat() == now)
        day = next(day for day in self._log.ends_at if day.isoformat() == now)
        places, last = self._log.places, _last(inbox)
        self.breaches += invariants.too_early(day, ends, places, last, parked)
        due = [
            key
            for key, d in seen.get("tallies", NOTHING).items()
            if d["due_on"] and d["due_on"] <= before and not d.get("set_aside")
        ]
        ready = [row["stream"] for row in parked.values() if _may_run(row, last)]
        self.breaches += invariants.undone(day, due, ready)

    def _check_left(self, documents: Documents) -> None:
        inbox, parked = documents.get("inbox", NOTHING), documents.get("parked", NOTHING)
        ends: dict[str, int] = {}
        for places in self._log.places.values():
            for stream, sequence in places:
                if stream:
                    ends[stream] = max(sequence, ends.get(stream, 0))
        held = {stream: len(found) for stream, found in _sequences(parked).items()}
        outbox = len(documents.get("outbox", NOTHING))
        self.breaches += invariants.left_over(outbox, ends, _last(inbox), held, SETTLED)

    def _check_folds(self, documents: Documents) -> None:
        journals: dict[tuple[str, str], list[Document]] = {}
        for id_ in sorted(documents.get("journal", NOTHING)):
            row = documents["journal"][id_]
            if "version" in row:
                journals.setdefault((row["kind"], row["key"]), []).append(row)
        kinds: dict[str, Aggregate[Any]] = {kind.name: kind for kind in toy.KINDS}
        states = {
            f"{name}/{key}": d["state"]
            for name in kinds
            for key, d in documents.get(name, NOTHING).items()
        }
        folds = {}
        for (name, key), rows in journals.items():
            kind = kinds[name]
            state = kind.fold(read_journal(r["type"], r["event"]) for r in rows)
            folds[f"{name}/{key}"] = kind.to_json(state)
        self.breaches += invariants.not_the_fold(states, folds)

    def _check_rests(self, documents: Documents, states: Mapping[str, Any]) -> None:
        for key, state in states.items():
            if state["rests"] != 1:
                self.breaches.append(f"{key} rested {state['rests']} times, once was due")
        if _day(documents) != story.DAYS[-1].isoformat():
            self.breaches.append(f"the last day was not entered: it is {_day(documents)}")

    def _amounts(self) -> dict[str, int]:
        """What a reader has heard who skips what is not above the last sequence."""
        amounts: dict[str, int] = {}
        for messages in self._log.told.values():
            last: dict[str, int] = {}
            for m in messages:
                if m.sequence > last.get(m.stream, 0):
                    last[m.stream] = m.sequence
                    person = m.stream.rpartition("/")[2]
                    amounts[person] = amounts.get(person, 0) + m.amount_krw
        return amounts


def _effects(documents: Documents) -> list[tuple[str, str, str]]:
    """Cause, aggregate and type of every effect on a person; the purse's go with them."""
    return [
        (row["causation_id"], f"{row['kind']}/{row['key']}", row["type"])
        for row in documents.get("journal", NOTHING).values()
        if row["kind"] == toy.TALLIES.name
    ]


def _last(inbox: Mapping[Any, Document]) -> dict[str, int]:
    return {stream: row["last_sequence"] for stream, row in inbox.items()}


def _sequences(parked: Mapping[Any, Document]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in parked.values():
        if row["stream"]:
            found.setdefault(row["stream"], []).append(row["sequence"])
    return found


def _may_run(row: Document, last: Mapping[str, int]) -> bool:
    if not row["stream"] or row["sequence"] != last.get(row["stream"], 0) + 1:
        return False
    if row["kind"] == "waits":
        return bool(last.get(row["waits"]["stream"], 0) > row["waits"]["seen"])
    return bool(row["kind"] == "behind")


def _day(documents: Documents) -> str | None:
    row = documents.get("calendar", NOTHING).get("calendar")
    return row["state"]["day"] if row else None
