"""Taking, parking and releasing: `shared/bus/inbox.py`, `parking.py`, `operate.py`."""

from proofs.mutants.mutants import Mutant

INBOX, PARKING = "shared/bus/inbox.py", "shared/bus/parking.py"
BUS, TAKING = "tests/shared/test_bus.py::test_", "tests/shared/bus/test_inbox.py::test_"
LANES, PAST = "tests/shared/bus/test_parking.py::test_", "tests/shared/bus/test_past.py::test_"
SERVICE = "tests/shared/test_service.py::test_"
DAYS = "tests/shared/bus/test_days.py::test_"

MUTANTS = (
    Mutant(
        "inbox-check",
        "what is not above a stream's last sequence is a duplicate, and skipped",
        INBOX,
        "if envelope.sequence <= last or lanes.is_parked(envelope.id):",
        "if lanes.is_parked(envelope.id):",
        (f"{BUS}a_duplicate_is_skipped[memory]",),
    ),
    Mutant(
        "inbox-check-parked",
        "what is parked already is a duplicate, too, and does not run",
        INBOX,
        "if envelope.sequence <= last or lanes.is_parked(envelope.id):",
        "if envelope.sequence <= last:",
        (f"{BUS}a_redelivered_parked_record_does_not_run[memory]",),
    ),
    Mutant(
        "gap-check",
        "what comes after a gap is parked behind it",
        INBOX,
        "if envelope.sequence > last + 1:",
        "if envelope.sequence > last + 1_000_000:",
        (f"{BUS}a_gap_parks_its_stream_only_and_closes_in_order[memory]",),
    ),
    Mutant(
        "unhandled-types-move",
        "a type that is not handled moves its stream's sequence, too",
        INBOX,
        "            return Item(record, envelope)\n",
        "            return None\n",
        (f"{BUS}an_unknown_type_is_passed_over_but_counted[memory]",),
    ),
    Mutant(
        "unreadable-parked",
        "a record whose envelope cannot be read is parked with its bytes, not dropped",
        INBOX,
        "                lanes.park_unreadable(record, item.reason)\n",
        "                len(item.reason)\n",
        (f"{BUS}garbage_is_parked_with_its_bytes_and_holds_up_nobody[memory]",),
    ),
    Mutant(
        "invalid-body-parked",
        "a body that is not what its type says is parked",
        INBOX,
        'return Setback("failed", str(event), f"invalid:{item.envelope.type}")',
        'return "passed_over"',
        (f"{BUS}a_body_that_is_not_what_it_says_is_parked_and_its_stream_waits[memory]",),
    ),
    Mutant(
        "failed-changes-dropped",
        "what a failed event has changed is thrown away",
        INBOX,
        '            return Setback("failed", type(error).__name__, fingerprint(error))',
        "            batch.absorb(work)\n"
        '            return Setback("failed", type(error).__name__, fingerprint(error))',
        (
            f"{BUS}a_failing_handler_leaves_no_trace_and_its_release_keeps_order[memory]",
            f"{TAKING}what_was_saved_before_it_failed_waited_or_was_refused_is_not_stored",
        ),
    ),
    Mutant(
        "rejected-changes-dropped",
        "what an event has changed before a rule refused it is thrown away",
        INBOX,
        '            return "rejected"',
        '            batch.absorb(work)\n            return "rejected"',
        (f"{TAKING}what_was_saved_before_it_failed_waited_or_was_refused_is_not_stored",),
    ),
    Mutant(
        "waiting-changes-dropped",
        "what an event has changed before it waits is thrown away",
        INBOX,
        "            return await lanes.waiting(waits.stream)",
        "            batch.absorb(work)\n            return await lanes.waiting(waits.stream)",
        (f"{TAKING}what_was_saved_before_it_failed_waited_or_was_refused_is_not_stored",),
    ),
    Mutant(
        "interruption-no-failure",
        "what came from the store is no failure of the event: it is raised again",
        INBOX,
        "            if self._store.is_interruption(error):\n                raise\n",
        "",
        (f"{TAKING}a_conflict_inside_a_handler_is_no_failure_of_its_event",),
    ),
    Mutant(
        "halving-refused",
        "a batch that the store refuses is halved until the culprit stands alone",
        INBOX,
        "                if len(part) > 1:\n",
        "                if len(part) > 1 and isinstance(error, Overdue):\n",
        (f"{BUS}the_store_s_refusal_is_pinned_on_the_culprit_alone[memory]",),
    ),
    Mutant(
        "halving-overdue",
        "a batch that outlives its transaction is halved",
        INBOX,
        "            except (Refused, Overdue) as error:\n                if len(part)",
        "            except Refused as error:\n                if len(part)",
        (f"{TAKING}a_batch_that_outlives_its_transaction_is_halved_and_nothing_is_parked",),
    ),
    Mutant(
        "overdue-never-parked",
        "a record that stands alone is not parked because the store is slow",
        INBOX,
        "                if isinstance(error, Overdue):\n"
        "                    continue  # no smaller part to try: the store is slow, not the record "
        "wrong\n",
        "",
        (f"{TAKING}a_slow_store_is_no_fault_of_a_record_that_stands_alone",),
    ),
    Mutant(
        "seen-in-its-snapshot",
        "a head waits from the sequence that its own transaction has read",
        PARKING,
        'waits = {"stream": stream, "seen": self.last(stream)}',
        'waits = {"stream": stream, "seen": -1}',
        (f"{TAKING}a_waiting_head_runs_only_when_its_stream_has_moved",),
    ),
    Mutant(
        "waiting-keeps-its-lane",
        "who waits for a stream does not undo what moved it in the same batch",
        PARKING,
        "        if stream not in self._lanes:\n            await self._open_streams([stream])\n",
        "        await self._open_streams([stream])\n",
        (f"{TAKING}who_waits_for_a_stream_does_not_undo_what_moved_it_in_the_same_batch",),
    ),
    Mutant(
        "gate-for-news",
        "news of a day behind an operator's gate waits for it",
        INBOX,
        "if batch.gate and event.recorded_on > batch.gate:",
        "if batch.gate and event.recorded_on > date.max:",
        (f"{PAST}news_of_a_day_behind_the_gate_waits_for_it_and_keeps_its_order",),
    ),
    Mutant(
        "day-with-its-ends",
        "a day is noted with the ends that the other topics had when it came",
        INBOX,
        "Announced(event.effective_on, item.envelope.id, ends)",
        "Announced(event.effective_on, item.envelope.id, ())",
        (f"{TAKING}a_day_is_noted_with_the_ends_it_was_announced_with",),
    ),
    Mutant(
        "parked-day-keeps-its-ends",
        "a day that was parked keeps the ends that it came with",
        INBOX,
        "await self._attempt(batch, lanes, item, _ends(parked))",
        "await self._attempt(batch, lanes, item, ())",
        (f"{DAYS}a_day_that_came_out_of_order_still_waits_for_the_other_topics",),
    ),
    Mutant(
        "parking-writes-inbox",
        "parking writes the stream's inbox row",
        PARKING,
        "        lane.parked += 1\n        lane.is_changed = True\n",
        "        lane.parked += 1\n",
        (
            f"{LANES}an_operator_s_release_that_a_parking_overtakes_is_run_again",
            f"{LANES}a_parking_that_a_release_overtakes_is_run_again_and_not_left_behind",
        ),
    ),
    Mutant(
        "release-writes-inbox",
        "a release writes the stream's inbox row",
        PARKING,
        "        lane.last_sequence = envelope.sequence\n        lane.is_changed = True\n",
        "        lane.last_sequence = envelope.sequence\n",
        (f"{BUS}a_duplicate_is_skipped[memory]",),
    ),
    Mutant(
        "failed-release-writes-inbox",
        "a release that fails again writes the stream's inbox row, too",
        PARKING,
        """        self._lanes[parked["stream"]].is_changed = True\n""",
        "",
        (f"{LANES}a_release_that_fails_again_and_that_a_parking_overtakes_is_run_again",),
    ),
    Mutant(
        "operator-writes-inbox",
        "an operator's release writes the stream's inbox row",
        "shared/bus/operate.py",
        """    await session.write("inbox", [Put(inbox[row["stream"]])])\n""",
        "",
        (f"{LANES}an_operator_s_release_that_a_parking_overtakes_is_run_again",),
    ),
    Mutant(
        "unpark-marks-row",
        "taking a record out of the parked ones marks its inbox row as changed",
        PARKING,
        "        lane.parked -= 1\n        lane.is_changed = True\n",
        "        lane.parked -= 1\n",
        equivalent_because="`_release` is its only caller and advances the same row right after, "
        "which marks it",
    ),
    Mutant(
        "no-message-in-fingerprint",
        "a failure is told by its type and place, never by its words",
        PARKING,
        '''return f"{type(error).__name__}:{place}"''',
        '''return f"{error}:{place}"''',
        (f"{SERVICE}a_fault_of_ours_tells_its_place_and_not_its_words[memory]",),
    ),
)
