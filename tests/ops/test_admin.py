import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from ops.admin import Admin

CODES = [KafkaError._TIMED_OUT, KafkaError.FENCED_LEADER_EPOCH]


class Client:
    """Librdkafka's, as far as `Admin` knows it: something to connect, and to hand to a question."""

    made = 0

    def __init__(self, settings: dict[str, Any]) -> None:
        assert settings["bootstrap.servers"] == "kafka:1"
        Client.made += 1
        self.number = Client.made


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Admin:
    monkeypatch.setattr("ops.login.AdminClient", Client)
    monkeypatch.setattr(Client, "made", 0)
    return Admin("kafka:1")


def refused(code: int, *numbers: int) -> Callable[[Any], Any]:
    """A question that only other clients than these are answered."""

    async def question(client: Client) -> int:
        await asyncio.sleep(0)
        if client.number in numbers:
            raise KafkaException(KafkaError(code))
        return client.number

    return question


@pytest.mark.parametrize("code", CODES)
async def test_a_client_that_was_refused_is_replaced_for_good(admin: Admin, code: int) -> None:
    assert await admin.ask(refused(code, 1)) == 2
    assert await admin.ask(refused(code)) == 2


async def test_a_client_that_is_answered_is_kept(admin: Admin) -> None:
    assert [await admin.ask(refused(0)) for _ in range(3)] == [1, 1, 1]


async def test_questions_asked_at_once_replace_it_once(admin: Admin) -> None:
    question = refused(CODES[0], 1)

    assert await asyncio.gather(*(admin.ask(question) for _ in range(5))) == [2] * 5


async def test_while_kafka_is_away_it_says_so(admin: Admin) -> None:
    with pytest.raises(KafkaException):
        await admin.ask(refused(CODES[0], 1, 2))
