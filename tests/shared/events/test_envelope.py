"""What is taken over from a foreign record: ids, and nothing that only claims to be one."""

import pytest

from shared.errors import Invalid
from shared.events import Envelope, Unreadable, decode, envelope_of, read_envelope
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import submitted


@pytest.mark.parametrize("foreign", ["x" * 999_000, "김하늘 010-1234-5678", "a\nb"])
def test_a_correlation_id_that_cannot_be_one_is_not_handed_on(foreign: str) -> None:
    """Else one record could fill every record after it up to where no batch holds them."""
    record = Bench("payroll", toy.KINDS, (), ()).record(submitted("per_a"))
    headers = dict(record.headers) | {"ce_correlationid": foreign.encode()}

    envelope = read_envelope("intake", record.key, headers.items())

    assert isinstance(envelope, Envelope)
    assert envelope.correlation_id == "/womanup/intake/per_a/1"


def test_a_header_that_stands_twice_is_not_believed() -> None:
    """Which of the two counts would be up to each reader."""
    record = Bench("payroll", toy.KINDS, (), ()).record(submitted("per_a"))
    twice = (*record.headers, ("ce_sequence", b"1"))

    assert isinstance(read_envelope("intake", record.key, record.headers), Envelope)
    assert isinstance(read_envelope("intake", record.key, twice), Unreadable)


def test_a_body_about_another_person_is_invalid() -> None:
    """Its order would be promised by the wrong stream."""
    event, other = submitted("per_a"), submitted("per_b")
    envelope = envelope_of(event, 1, "x")

    assert decode(type(event), envelope, event.model_dump_json().encode()) == event
    with pytest.raises(Invalid, match="key"):
        decode(type(event), envelope, other.model_dump_json().encode())
