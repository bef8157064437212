"""Parked records that run again: `shared/bus/heads.py`, and the release in `inbox.py`."""

from proofs.mutants.mutants import Mutant

INBOX, HEADS = "shared/bus/inbox.py", "shared/bus/heads.py"
PARKING = "shared/bus/parking.py"
TAKING, DAYS = "tests/shared/bus/test_inbox.py::test_", "tests/shared/bus/test_days.py::test_"
LANES = "tests/shared/bus/test_parking.py::test_"

MUTANTS = (
    Mutant(
        "heads-in-pages",
        "a page of heads that may not run does not hide those behind it",
        HEADS,
        "if found or len(rows) < HEADS_MAX:",
        "if found or rows is not None:",
        (f"{DAYS}however_many_streams_are_held_up_what_may_run_runs_before_the_next_day",),
    ),
    Mutant(
        "seen-compared",
        "a waiting head runs when its stream has moved past what was seen of it",
        HEADS,
        'return bool(row and row["last_sequence"] > head["waits"]["seen"])',
        "return bool(row)",
        (f"{TAKING}a_waiting_head_runs_only_when_its_stream_has_moved",),
    ),
    Mutant(
        "failed-head-stays",
        "a failed head does not run by itself",
        HEADS,
        'return bool(head["kind"] == "behind")',
        "return True",
        (f"{TAKING}a_failed_head_runs_only_when_an_operator_releases_it",),
    ),
    Mutant(
        "failed-stops-release",
        "a release stops at what has failed, whatever an earlier look has said",
        INBOX,
        """ or parked["kind"] == "failed":""",
        ":",
        (f"{TAKING}a_failed_head_runs_only_when_an_operator_releases_it",),
    ),
    Mutant(
        "release-in-order",
        "a release stops at the next gap",
        INBOX,
        """if parked["sequence"] != lanes.last(stream) + 1 or parked""",
        "if parked",
        (f"{TAKING}a_release_stops_at_the_next_gap",),
    ),
    Mutant(
        "release-halved",
        "what a store refuses of a release together is released one by one",
        INBOX,
        "            except (Refused, Overdue) as refusal:\n",
        "            except Overdue as refusal:\n",
        (f"{TAKING}events_that_a_store_refuses_together_are_released_one_by_one",),
    ),
    Mutant(
        "slow-is-no-fault",
        "what is released or swept alone is not parked or set aside because the store is slow",
        PARKING,
        "isinstance(refusal, Overdue) or self._tried",
        "self._tried",
        (
            f"{TAKING}a_slow_store_is_no_fault_of_an_event_that_is_released_alone",
            f"{DAYS}what_is_swept_alone_is_not_set_aside_because_the_store_is_slow",
        ),
    ),
    Mutant(
        "refusal-of-that-one",
        "a refusal is borne by what was refused, as it was then, and by nothing else",
        PARKING,
        "        return document == self._refused\n",
        "        return self._refused is not None\n",
        (
            f"{LANES}a_refusal_from_before_an_operator_s_release_does_not_outlive_it",
            f"{LANES}a_refusal_is_not_borne_by_who_stands_there_by_then",
            f"{DAYS}a_refusal_of_a_sweep_is_not_borne_by_who_is_due_by_then",
        ),
    ),
    Mutant(
        "releases-counted",
        "a record that was released is not what it was before, also where all else is equal",
        "shared/bus/operate.py",
        """, "releases": row.get("releases", 0) + 1}""",
        "}",
        (f"{LANES}a_refusal_from_before_an_operator_s_release_does_not_outlive_it",),
    ),
    Mutant(
        "unparkable-stops",
        "what the store does not even let be parked stops the service",
        PARKING,
        "isinstance(refusal, Overdue) or self._tried == self._refused:",
        "isinstance(refusal, Overdue):",
        (f"{LANES}what_cannot_even_be_parked_stops_the_service",),
    ),
    Mutant(
        "release-by-halving",
        "what a slow store releases at once is found by halving, once",
        PARKING,
        "            self.limit //= 2\n",
        "            self.limit = 1\n",
        (f"{TAKING}what_a_slow_store_releases_at_once_is_found_once",),
    ),
    Mutant(
        "parked-again-is-no-progress",
        "a release goes on as long as its stream moves, not as long as it finds something",
        INBOX,
        "            if found.advanced < blame.limit:\n",
        "            if found.outcomes.total() < blame.limit:\n",
        (f"{TAKING}a_head_that_waits_again_is_not_tried_for_ever",),
    ),
    Mutant(
        "unreadable-head-parked",
        "a released head whose envelope cannot be read any more is parked as failed",
        INBOX,
        '                lanes.park_again(parked, Setback("failed", item.reason, "unreadable"))\n',
        "",
        (f"{TAKING}a_released_event_whose_envelope_this_version_cannot_read_is_parked_as_failed",),
    ),
    Mutant(
        "gate-for-heads",
        "what waits for the gate may run when the gate has come there, not before",
        HEADS,
        'return gate is None or head["waits"]["until"] <= gate.isoformat()',
        "return True",
        (f"{TAKING}a_head_behind_the_gate_may_run_only_when_the_gate_is_there",),
    ),
)
