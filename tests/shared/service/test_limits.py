"""How often one may ask: refused for a time that is told, without a growing memory."""

from fastapi import APIRouter, Response

from ops.tokens import Actor
from shared.mongo import Work
from shared.service import Query
from shared.service.guard import Limits
from shared.service.limits import Buckets
from shared.service.rules import everyone
from shared.testing import Bench
from tests.door import bearer, refused, tokens

router = APIRouter()


@router.get("/word", dependencies=[everyone()])
async def word(query: Query) -> Response:
    async def say(_: Work) -> dict[str, str]:
        return {"word": "heard"}

    return await query(say)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def limits(clock: Clock, burst: int = 3) -> Limits:
    return Limits(Buckets(1.0, burst, 100, clock), Buckets(1.0, burst, 100, clock))


def test_a_burst_and_then_as_many_as_time_brings() -> None:
    clock = Clock()
    buckets = Buckets(2.0, 3, 10, clock)

    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b") == 0
    clock.now = 0.5
    assert [buckets.take("a"), buckets.take("a")] == [0, 0.5]
    clock.now = 1000.0
    assert [buckets.take("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_no_more_than_so_many_are_remembered() -> None:
    buckets = Buckets(1.0, 1, 100, Clock())
    buckets.take("first")
    for number in range(1000):
        buckets.take(str(number))

    assert len(buckets) == 100
    assert buckets.take("999") > 0


async def test_who_asks_too_often_is_told_when_to_ask_again_and_others_are_not() -> None:
    clock = Clock()
    bench = Bench("toy", (), (), ())
    greedy, other = (bearer(Actor(subject=name, roles=("host",))) for name in ("a", "b"))
    async with bench.app(router, tokens(), limits(clock)) as client:
        answers = [await client.get("/word", headers=greedy) for _ in range(5)]
        quiet = await client.get("/word", headers=other)
        clock.now = 1.0
        later = await client.get("/word", headers=greedy)

    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert refused(answers[-1]) == (429, "too-many-requests")
    assert answers[-1].headers["retry-after"] == "1"
    assert quiet.status_code == later.status_code == 200


async def test_who_guesses_tokens_is_counted_by_address_and_shuts_out_no_caller() -> None:
    clock = Clock()
    bench = Bench("toy", (), (), ())
    good = bearer(Actor(subject="a", roles=("host",)))
    async with bench.app(router, tokens(), limits(clock)) as client:
        guess = {"Authorization": "Bearer x"}
        guesses = [await client.get("/word", headers=guess) for _ in range(5)]
        caller = await client.get("/word", headers=good)
        health = await client.get("/health/live")

    assert [g.status_code for g in guesses] == [401, 401, 401, 429, 429]
    assert caller.status_code == 200
    assert health.status_code == 429
