"""The contracts keep their word: examples, privacy, keys, and an envelope that anyone may send.

A contract's examples are never edited: an optional field that was added gets an example beside
them (`InternPlaced.v1.with-mentor.json`).
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.events import (
    CONTRACTS,
    TOPICS,
    Envelope,
    IntegrationEvent,
    Unreadable,
    decode,
    event_type,
    read_envelope,
    source_of,
    topic_of,
    write_headers,
)
from shared.events.envelope import SEQUENCE_MAX

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))
INSTANT = datetime(2022, 7, 5, 1, 2, 3, tzinfo=UTC)
HEADERS = ("ce_id", "ce_type", "ce_source", "ce_sequence", "ce_correlationid", "ce_causationid")

SPOILT: dict[str, dict[str, bytes | None]] = {
    "id-of-another": {"ce_id": b"/womanup/calendar/seoul/8"},
    "source-of-another": {"ce_source": b"/womanup/payroll"},
    "below-zero": {"ce_sequence": b"-1"},
    "zero": {"ce_sequence": b"0"},
    "digit-to-python-only": {"ce_sequence": "١".encode()},
    "too-large": {"ce_sequence": str(SEQUENCE_MAX).encode()},
    "more-digits-than-int-reads": {"ce_sequence": b"9" * 5000},
    "no-type": {"ce_type": None},
    "not-utf-8": {"ce_time": b"\xff"},
}

# domain.md §3, rule of thumb. Whole words of a field's name, so that `notice_date` may stay.
PERSONAL = frozenset(
    {"name", "names", "phone", "mobile", "birth", "birthday", "rrn", "address", "email", "mail"}
    | {"account", "holder", "note", "notes", "memo", "text", "comment", "reason", "reasons"}
    | {"score", "scores", "disability"}
)
ALLOWED = {
    ("Holiday", "name"),  # of a public holiday
    *((contract, field) for contract in CONTRACTS for field in ("reason_code", "reason_codes")),
}


def examples_of(type_: str) -> list[Path]:
    """`womanup.intake.CohortOpened.v1` has `CohortOpened.v1.json`, `CohortOpened.v1.<why>.json`."""
    stem = ".".join(type_.split(".")[-2:])
    return [path for path in EXAMPLES if path.name.startswith(f"{stem}.")]


def models_of(contract: type[IntegrationEvent]) -> list[tuple[str, dict[str, Any]]]:
    """The contract's schema and that of every value inside it, by name."""
    schema = contract.model_json_schema()
    return [(event_type(contract), schema), *schema.get("$defs", {}).items()]


def is_personal(model: str, field: str) -> bool:
    return bool(PERSONAL.intersection(field.split("_"))) and (model, field) not in ALLOWED


@pytest.mark.parametrize("type_", sorted(CONTRACTS))
def test_every_contract_has_an_example(type_: str) -> None:
    assert examples_of(type_), "add tests/contracts/examples/<Event>.v<N>.json"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_of_one_contract_and_comes_back_unchanged(path: Path) -> None:
    contracts = [c for type_, c in CONTRACTS.items() if path in examples_of(type_)]
    assert len(contracts) == 1

    written = json.loads(path.read_text())
    event = contracts[0].model_validate_json(path.read_text())

    assert written == event.model_dump(mode="json", exclude_unset=True)


@pytest.mark.parametrize("type_", sorted(CONTRACTS))
def test_no_contract_has_a_field_for_personal_data(type_: str) -> None:
    fields = [
        f"{model}.{field}"
        for model, schema in models_of(CONTRACTS[type_])
        for field in schema.get("properties", {})
        if is_personal(model, field)
    ]

    assert fields == []


@pytest.mark.parametrize("field", ["holder_name", "birth_date", "note", "reason_text", "score"])
def test_a_planted_personal_field_is_found(field: str) -> None:
    """A check that cannot turn red proves nothing."""
    assert is_personal("womanup.intake.ApplicationSubmitted.v1", field)


@pytest.mark.parametrize("type_", sorted(CONTRACTS))
def test_every_contract_says_when_about_what_and_from_whom(type_: str) -> None:
    contract = CONTRACTS[type_]
    required = {n: f for n, f in contract.model_fields.items() if f.is_required()}

    assert date is required["effective_on"].annotation
    assert date is required["recorded_on"].annotation
    assert contract.key_field in contract.model_fields
    assert topic_of(contract.producer) in TOPICS
    assert contract.model_config.get("frozen")
    assert contract.__doc__


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_what_is_sent_is_what_is_read(path: Path) -> None:
    contract = next(c for type_, c in CONTRACTS.items() if path in examples_of(type_))
    event = contract.model_validate_json(path.read_text())
    sent = envelope_of(event)

    headers = write_headers(contract, sent, INSTANT)
    received = read_envelope(contract.producer, event.key.encode(), headers)

    assert sent == received
    assert event == decode(contract, sent, event.model_dump_json().encode())


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_envelope_is_unreadable(spoil: dict[str, bytes | None]) -> None:
    read = read_envelope("calendar", b"seoul", {**day_headers(), **spoil}.items())

    assert isinstance(read, Unreadable)


@given(
    key=st.none() | st.binary(max_size=80),
    headers=st.lists(st.tuples(st.text(max_size=20), st.none() | st.binary(max_size=40))),
)
def test_reading_an_envelope_never_raises(
    key: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    assert isinstance(read_envelope("calendar", key, headers), Unreadable)


@given(
    key=st.just(b"seoul") | st.none() | st.binary(max_size=80),
    spoilt=st.dictionaries(
        st.sampled_from(HEADERS),
        st.none() | st.binary(max_size=40) | st.text(alphabet="0123456789-+_ ").map(str.encode),
    ),
    twice=st.booleans(),
)
@example(key=b"seoul", spoilt={}, twice=False)
def test_reading_a_nearly_right_envelope_never_raises(
    key: bytes | None, spoilt: dict[str, bytes | None], twice: bool
) -> None:
    headers: list[tuple[str, bytes | None]] = list({**day_headers(), **spoilt}.items())

    read = read_envelope("calendar", key, headers * 2 if twice else headers)

    assert isinstance(read, Envelope | Unreadable)
    assert not (twice and isinstance(read, Envelope))


def envelope_of(event: IntegrationEvent) -> Envelope:
    return Envelope(
        type=event_type(type(event)),
        source=source_of(event.producer),
        key=event.key,
        sequence=7,
        correlation_id="/womanup/intake/commands/0123",
        causation_id="/womanup/calendar/seoul/7",
        traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
    )


def day_headers() -> dict[str, bytes | None]:
    path = next(p for p in EXAMPLES if p.name == "DayStarted.v1.json")
    contract = CONTRACTS["womanup.calendar.DayStarted.v1"]
    event = contract.model_validate_json(path.read_text())
    return dict(write_headers(contract, envelope_of(event), INSTANT))
