"""What is taken over from a foreign record: ids, and nothing that only claims to be one."""

import pytest

from shared.events import Envelope, read_envelope
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
