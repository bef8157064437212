"""What looks personal is found wherever a record may hold it, and nothing else is."""

from datetime import UTC, date, datetime

import pytest

from ops.topics import Record
from proofs.recording.privacy import personal
from proofs.recording.topics import read_told
from shared.events import envelope_of, topic_of, write_headers
from shared.events.calendar import DayStarted

NOW = datetime(2022, 3, 1, tzinfo=UTC)
DAY = DayStarted(effective_on=date(2022, 3, 1), recorded_on=date(2022, 3, 1), is_business_day=True)


def looks(correlation_id: str) -> list[str]:
    """What is said of a record with that text in a header."""
    envelope = envelope_of(DAY, 1, correlation_id)
    headers = tuple(write_headers(DayStarted, envelope, NOW))
    value = DAY.model_dump_json().encode()
    told, faults = read_told([Record(topic_of("calendar"), 0, 0, b"seoul", headers, value)])
    assert faults == []
    return personal(told)


@pytest.mark.parametrize(
    "text",
    [
        "김영희",
        "\\uae40\\uc601",
        "%EA%B9%80",
        "kim@example.org",
        "010-1234-5678",
        "01012345678",
        "+82 10 1234 5678",
        "110-123-456789",
        "1985-01-23",
        "19850123",
    ],
)
def test_a_planted_leak_is_found_and_not_repeated(text: str) -> None:
    (fault, *_) = looks(f"/womanup/{text}/1")

    assert fault.startswith("womanup.calendar.v1/0/0: ce_correlationid has ")
    assert text not in fault


@pytest.mark.parametrize(
    "text", ["/womanup/calendar/seoul/97", "per_ui2lxhvwvx6tbjo3hbv7", "2022-03-14", "10234567"]
)
def test_what_topics_are_full_of_is_not_personal(text: str) -> None:
    assert looks(text) == []
