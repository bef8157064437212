"""A recording is written once; only its outcomes may be written again, with a reason."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ops.topics import Record
from proofs.recording.collection import (
    accept,
    change_faults,
    keep,
    log_faults,
    outcome_faults,
    read_recording,
    versions,
)
from proofs.recording.replay import Outcomes
from proofs.recording.topics import RecordingError
from shared.events import envelope_of, topic_of, write_headers
from shared.events.calendar import DayStarted

OUTCOMES: Outcomes = {"payroll": {"kinds": {"payslips": "1 (abc)"}}}
OTHERS: Outcomes = {"payroll": {"kinds": {"payslips": "2 (def)"}}}


def days(*numbers: int, correlation_id: str = "") -> list[Record]:
    """The calendar's records of these numbers, one a day."""
    return [day(number, offset, correlation_id) for offset, number in enumerate(numbers)]


def day(number: int, offset: int, correlation_id: str) -> Record:
    on = date(2022, 3, 1) + timedelta(days=number)
    started = DayStarted(effective_on=on, recorded_on=on, is_business_day=True)
    envelope = envelope_of(started, number, correlation_id or f"/womanup/calendar/seoul/{number}")
    headers = tuple(write_headers(DayStarted, envelope, datetime(2022, 3, 1, tzinfo=UTC)))
    value = started.model_dump_json().encode()
    return Record(topic_of("calendar"), 0, offset, b"seoul", headers, value)


def test_what_is_kept_is_whole_and_found(tmp_path: Path) -> None:
    keep("1.0.0", days(1, 2, 3), OUTCOMES, tmp_path)

    recording = read_recording("1.0.0", tmp_path)

    assert versions(tmp_path) == ["1.0.0"]
    assert recording.records == days(1, 2, 3)
    assert recording.log["types"] == {"womanup.calendar.DayStarted.v1": 3}
    assert log_faults(recording) == outcome_faults(recording, OUTCOMES) == []
    assert change_faults(recording) == []


def test_a_recording_is_never_written_again(tmp_path: Path) -> None:
    keep("1.0.0", days(1), OUTCOMES, tmp_path)

    with pytest.raises(RecordingError, match="never changed"):
        keep("1.0.0", days(1, 2), OUTCOMES, tmp_path)

    assert read_recording("1.0.0", tmp_path).records == days(1)


@pytest.mark.parametrize(
    ("records", "says"),
    [
        (days(1, 3), "/womanup/calendar/seoul: number 2 is not there"),
        (days(1, correlation_id="/womanup/김영희"), "ce_correlationid has Korean letters"),
    ],
)
def test_a_log_that_may_not_be_kept_leaves_no_folder(
    tmp_path: Path, records: list[Record], says: str
) -> None:
    with pytest.raises(RecordingError, match=says):
        keep("1.0.0", records, OUTCOMES, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_other_outcomes_are_accepted_with_their_reason(tmp_path: Path) -> None:
    keep("1.0.0", days(1), OUTCOMES, tmp_path)
    before = read_recording("1.0.0", tmp_path)

    accept(before, OTHERS, "a rule was changed", tmp_path)

    after = read_recording("1.0.0", tmp_path)
    assert outcome_faults(before, OTHERS) == [
        "1.0.0: payroll: kinds payslips was 1 (abc), is 2 (def)"
    ]
    assert outcome_faults(after, OTHERS) == change_faults(after) == []
    assert (after.log, after.sha256) == (before.log, before.sha256)
    assert after.changes.startswith(before.changes)
    assert after.changes.endswith(": a rule was changed\n")


def test_outcomes_that_a_hand_has_changed_are_found(tmp_path: Path) -> None:
    keep("1.0.0", days(1), OUTCOMES, tmp_path)
    path = tmp_path / "1.0.0" / "outcomes.json"
    path.write_text(path.read_text().replace("1 (abc)", "2 (def)"))

    (fault,) = change_faults(read_recording("1.0.0", tmp_path))

    assert fault.startswith("1.0.0: CHANGES.md gives no reason for the outcomes ")


def test_a_folder_without_a_log_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is no recording"):
        read_recording("1.0.0", tmp_path)
