"""Where the compose stack is, and what is said about it."""

from typing import Any

import pytest

from ops.compose import Addresses, ComposeError, addresses, guide, refuse_used, wait_until_ready


def test_without_variables_the_ports_are_the_documented_ones() -> None:
    found = addresses({})

    assert found.kafka == "127.0.0.1:9094"
    assert found.services == {
        "intake": "http://127.0.0.1:8001",
        "placement": "http://127.0.0.1:8002",
        "payroll": "http://127.0.0.1:8003",
        "counseling": "http://127.0.0.1:8004",
    }
    assert (found.clock, found.bank) == ("http://127.0.0.1:8090", "http://127.0.0.1:8091")


def test_a_variable_moves_its_port_and_an_empty_one_does_not() -> None:
    found = addresses({"WOMANUP_KAFKA_PORT": "19094", "WOMANUP_PAYROLL_PORT": ""})

    assert found.kafka == "127.0.0.1:19094"
    assert found.services["payroll"] == "http://127.0.0.1:8003"


@pytest.mark.parametrize(
    ("day", "says", "does_not_say"),
    [
        ({"kind": "real", "day": "2026-01-01"}, "today is 2026-01-01", "/advance"),
        ({"kind": "simulated", "day": None}, "/start", "/advance"),
        ({"kind": "simulated", "day": "2022-03-03"}, "/advance", "/start"),
    ],
)
def test_the_guide_says_what_can_be_done_next(
    day: dict[str, Any], says: str, does_not_say: str
) -> None:
    text = guide(addresses({}), day)

    assert says in text
    assert does_not_say not in text
    assert "http://127.0.0.1:8003/docs" in text


def test_a_play_wants_a_simulated_clock_and_an_empty_calendar() -> None:
    refuse_used({"kind": "simulated", "day": None})
    with pytest.raises(ComposeError, match=r"stands on 2022-03-03.*make down ARGS=-v"):
        refuse_used({"kind": "simulated", "day": "2022-03-03"})
    with pytest.raises(ComposeError, match="real"):
        refuse_used({"kind": "real", "day": None})


def test_who_does_not_answer_is_named() -> None:
    nobody = "http://127.0.0.1:9"
    found = Addresses("127.0.0.1:9", {"intake": nobody}, clock=nobody, bank=nobody, issuer=nobody)

    with pytest.raises(ComposeError, match=nobody):
        wait_until_ready(found, seconds=0)
