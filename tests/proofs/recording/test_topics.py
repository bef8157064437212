"""A recorded log keeps every byte, in the order in which it was told."""

import gzip
from datetime import date, timedelta

import pytest

from ops.topics import Record
from proofs.recording.topics import RecordingError, in_order, pack, unpack

CALENDAR, INTAKE = "womanup.calendar.v1", "womanup.intake.v1"
FIRST = date(2022, 3, 1)


def told(topic: str, offset: int, day: int, at_ms: int) -> Record:
    """Recorded on the `day`-th day."""
    value = f'{{"recorded_on":"{FIRST + timedelta(days=day)}"}}'.encode()
    return Record(topic, 0, offset, b"key", (), value, at_ms)


def test_what_is_packed_is_unpacked() -> None:
    odd = Record(INTAKE, 3, 0, b"\xff\x00", (("a", None), ("b", b"\xfe"), ("c", b"")), None)
    plain = Record(INTAKE, 3, 1, b"key", (("a", "ü".encode()),), '{"a":"\u2028가\\n"}'.encode())

    assert unpack(pack([odd, plain])) == [odd, plain]


def test_equal_records_make_equal_bytes() -> None:
    assert pack([told(CALENDAR, 0, 0, 1)]) == pack([told(CALENDAR, 0, 0, 2)])


def test_the_archive_bears_no_time() -> None:
    assert pack([])[4:8] == bytes(4)


@pytest.mark.parametrize(
    "raw",
    [b"{}", gzip.compress(b"{}", mtime=0), gzip.compress(b"[1]", mtime=0)],
    ids=["not-packed", "no-list", "a-number"],
)
def test_what_is_no_log_is_refused(raw: bytes) -> None:
    with pytest.raises(RecordingError):
        unpack(raw)


def test_a_day_comes_before_its_news_and_after_that_of_the_day_before() -> None:
    days = [told(CALENDAR, 0, 0, 10), told(CALENDAR, 1, 1, 20)]
    news = [told(INTAKE, 0, 0, 15), told(INTAKE, 1, 1, 25)]

    assert in_order([*news, *days]) == [days[0], news[0], days[1], news[1]]


@pytest.mark.parametrize(
    ("news", "says"),
    [
        ([told(INTAKE, 0, 0, 21)], "womanup.intake.v1/0/0 of 2022-03-01 was not told on that day"),
        ([told(INTAKE, 0, 1, 19)], "womanup.intake.v1/0/0 of 2022-03-02 was not told on that day"),
        ([told(INTAKE, 0, 5, 30)], "womanup.intake.v1/0/0 is of a day that never began"),
        ([told(INTAKE, 1, 1, 30)], "womanup.intake.v1/0/1 stands where 0 should"),
        (
            [told(INTAKE, 1, 0, 15), told(INTAKE, 0, 1, 25)],
            "womanup.intake.v1/0/1 stands where 0 should",
        ),
        ([Record(INTAKE, 0, 0, b"", (), b"{}", 15)], "does not say when it was recorded"),
    ],
)
def test_a_log_that_was_not_told_at_rest_is_refused(news: list[Record], says: str) -> None:
    days = [told(CALENDAR, 0, 0, 10), told(CALENDAR, 1, 1, 20)]

    with pytest.raises(RecordingError, match=says):
        in_order([*days, *news])
