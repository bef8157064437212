"""What operators may do, and what stops a service: `shared/bus/operate.py`, `brake.py`."""

from proofs.mutants.mutants import Mutant

OPERATE, BRAKE = "shared/bus/operate.py", "shared/bus/brake.py"
PARKING = "shared/bus/parking.py"
DOING, STOPPING = "tests/shared/bus/test_operate.py::test_", "tests/shared/bus/test_brake.py::test_"
UNDECODABLE = "a_mended_body_that_does_not_decode_is_refused_and_changes_nothing"
DAYS = "tests/shared/bus/test_days.py::test_"

MUTANTS = (
    Mutant(
        "head-only-discarded",
        "only the head of a stream is discarded",
        OPERATE,
        "    if not _is_head(row, inbox):\n",
        "    if not stream:\n",
        (f"{DOING}a_record_that_is_not_the_head_is_not_discarded[memory]",),
    ),
    Mutant(
        "no-day-discarded",
        "no day is skipped",
        OPERATE,
        '    if row["producer"] == "calendar":\n',
        '    if row["producer"] == "nobody":\n',
        (f"{DOING}no_day_is_discarded[memory]",),
    ),
    Mutant(
        "discard-moves-the-stream",
        "a discard moves its stream past what is gone",
        OPERATE,
        '    await session.write("inbox", [Put({**inbox, **counts})])\n',
        "    len(counts)\n",
        (f"{DOING}a_discarded_head_has_no_effect_and_those_behind_it_run[memory]",),
    ),
    Mutant(
        "discard-keeps-the-record",
        "what is discarded is kept whole in the journal",
        OPERATE,
        """"type": "discarded", "at": now, "record": one}""",
        """"type": "discarded", "at": now}""",
        (f"{DOING}a_discarded_record_is_kept_whole_and_shown_with_who_and_why[memory]",),
    ),
    Mutant(
        "discard-journalled",
        "a discard is journalled with who and why",
        OPERATE,
        """        await note_act(session, "parked", one["_id"], noted)\n""",
        "        len(noted)\n",
        (f"{DOING}a_discarded_record_is_kept_whole_and_shown_with_who_and_why[memory]",),
    ),
    Mutant(
        "whole-only-when-asked",
        "those behind a discarded head stay, unless the whole stream was asked for",
        OPERATE,
        'range(inbox["parked"] if whole else 1)',
        'range(inbox["parked"])',
        (f"{DOING}a_discarded_head_has_no_effect_and_those_behind_it_run[memory]",),
    ),
    Mutant(
        "whole-up-to-a-gap",
        "a whole stream is discarded up to what has not arrived",
        OPERATE,
        "    gone = [found[i] for i in ids[:following]]\n",
        "    gone = list(found.values())\n",
        (f"{DOING}a_whole_stream_is_discarded_only_when_asked_for_and_up_to_a_gap[memory]",),
    ),
    Mutant(
        "mended-must-decode",
        "a mended body that does not decode is refused",
        OPERATE,
        "        decode(contract, envelope, value)\n",
        "        len(value)\n",
        (f"{DOING}{UNDECODABLE}[memory-value2-is not the record key]",),
    ),
    Mutant(
        "first-original-kept",
        "of a record that is mended twice the first bytes are kept",
        OPERATE,
        """before["original"] if before else row["value"]""",
        """row["value"] if before else row["value"]""",
        (f"{DOING}a_mended_record_that_fails_again_shows_by_whom_and_what_it_was[memory]",),
    ),
    Mutant(
        "lifts-counted",
        "an aggregate whose mark was lifted is not what it was before, also where all else is",
        OPERATE,
        """, "lifts": document.get("lifts", 0) + 1}""",
        "}",
        (f"{DAYS}a_refusal_from_before_an_operator_has_lifted_its_mark_does_not_outlive_that",),
    ),
    Mutant(
        "discarded-garbage-stays-gone",
        "an unreadable record that was discarded never comes back",
        PARKING,
        """if place in parked or any(act["type"] == "discarded" for act in acts):""",
        "if place in parked:",
        (f"{DOING}an_unreadable_record_is_discarded_and_never_comes_back[memory]",),
    ),
    Mutant(
        "brake-at-its-limit",
        "at the limit records are taken, above it they wait",
        BRAKE,
        "        limit = self._failed_max + 1\n",
        "        limit = self._failed_max\n",
        (f"{STOPPING}at_the_limit_records_are_taken_and_above_it_they_wait[memory]",),
    ),
    Mutant(
        "brake-counts-failures",
        "what only waits or stands behind stops nobody",
        BRAKE,
        """{"kind": "failed"}""",
        "{}",
        (f"{STOPPING}what_waits_or_stands_behind_never_stops_a_service[memory]",),
    ),
    Mutant(
        "brake-at-the-start",
        "who starts above the limit takes nothing",
        BRAKE,
        "        self._seen = -1  #",
        "        self._seen = 0  #",
        (f"{STOPPING}who_starts_above_the_limit_takes_nothing[memory]",),
    ),
)
