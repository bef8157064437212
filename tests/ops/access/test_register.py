"""The register says who reads what, and why; what is wrong never gets into it."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from ops.access.register import (
    Entry,
    GrantError,
    check,
    entries,
    fields_of,
    read_line,
    standing,
)
from ops.access.rights import REGISTER
from ops.topics import Record
from shared.events import TOPICS

PAYROLL, INTAKE = "womanup.payroll.v1", "womanup.intake.v1"
AT = datetime(2022, 3, 1, 1, 2, 3, tzinfo=UTC)


def line(does: Any, *topics: str, basis: str = "a resolution") -> list[Entry]:
    return entries(does, "office", topics, basis=basis, by="kim", at=AT)


def test_the_fields_are_those_of_the_catalogue() -> None:
    assert "PayslipIssued.payslip_id" in fields_of(PAYROLL)
    assert all(fields_of(topic) for topic in TOPICS)


def test_what_was_revoked_no_longer_stands_and_can_be_granted_anew() -> None:
    told = [*line("grant", PAYROLL, INTAKE), *line("revoke", PAYROLL)]

    assert list(standing(told)) == [("office", INTAKE)]
    assert list(standing([*told, *line("grant", PAYROLL)])) == [
        ("office", INTAKE),
        ("office", PAYROLL),
    ]


@pytest.mark.parametrize("name", ["admin", "payroll", "clock", "operator"])
def test_a_name_of_our_own_is_no_subscriber(name: str) -> None:
    with pytest.raises(GrantError, match="belongs to the programme"):
        check(name, [PAYROLL], "a law")


@pytest.mark.parametrize("name", ["", "x", "Office", "office.two", "*", "-office", "a" * 41])
def test_a_name_that_could_mean_another_is_refused(name: str) -> None:
    with pytest.raises(GrantError, match="is no name"):
        check(name, [PAYROLL], "a law")


def test_a_topic_and_a_basis_are_needed() -> None:
    with pytest.raises(GrantError, match=r"no topic womanup\.wages\.v1; there are"):
        check("office", ["womanup.wages.v1"], "a law")
    with pytest.raises(GrantError, match=r"no topic womanup\.register"):
        check("office", [REGISTER], "a law")
    with pytest.raises(GrantError, match="legal basis"):
        check("office", [PAYROLL], "  ")


def test_a_line_is_read_as_it_was_written() -> None:
    (written,) = line("grant", PAYROLL, basis="통계법")
    value = json.dumps(asdict(written), ensure_ascii=False).encode()

    assert written == read_line(Record(REGISTER, 0, 7, b"office", (), value))


@pytest.mark.parametrize("value", [None, b"{", b"{}", b"[]", b'{"fields": 1}'])
def test_a_line_that_cannot_be_read_is_named(value: bytes | None) -> None:
    with pytest.raises(GrantError, match=r"line 7 of womanup\.register\.v1"):
        read_line(Record(REGISTER, 0, 7, b"office", (), value))
