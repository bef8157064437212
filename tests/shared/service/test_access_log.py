"""Who looked at whose data: a row for each look, before its answer, and it shows if altered."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.errors import Rejected
from shared.ids import PersonId
from shared.mongo import Put, Session, Unavailable, Work
from shared.service import Command, Query, everyone
from shared.service.access_log import COLLECTION
from shared.testing import NOW, Bench
from tests.door import Visitor, of, refused, tokens
from tests.shared import toy

OFFICER, AUDITOR = of("officer", subject="o-1"), of("auditor", subject="a-1")
router = APIRouter()


class Note(BaseModel):
    words: str


@router.post("/people/{person_id}/notes", status_code=201, dependencies=[everyone()])
async def note(person_id: PersonId, body: Note, command: Command) -> Response:
    async def keep(work: Work) -> dict[str, str]:
        await work.write_vault(person_id, {"words": body.words})
        if body.words == "refused":
            raise Rejected("no such word")
        return {"person_id": person_id}

    return await command(keep)


@router.get("/people/{person_id}/notes", dependencies=[everyone()])
async def notes(person_id: PersonId, query: Query) -> Response:
    return await query(lambda work: work.read_vault(person_id))


@router.get("/weather", dependencies=[everyone()])
async def weather(query: Query) -> Response:
    async def look(_: Work) -> dict[str, str]:
        return {"sky": "blue"}

    return await query(look)


@pytest.fixture
async def bench(bench_on: Callable[..., Bench]) -> Bench:
    bench = bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day(toy.DAY)
    return bench


@pytest.fixture
async def visitor(bench: Bench) -> AsyncIterator[Visitor]:
    async with bench.app(router, tokens()) as client:
        yield Visitor(client)


async def entries(visitor: Visitor, **asked: str | int) -> list[dict[str, Any]]:
    answer = await visitor.get("/access-log", AUDITOR, **asked)
    assert answer.is_success, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_each_look_at_a_person_is_an_entry(visitor: Visitor) -> None:
    await visitor.post("/people/per_1/notes", {"words": "김하나"}, OFFICER)
    await visitor.get("/people/per_1/notes", of("counselor", subject="c-1"))
    await visitor.get("/weather", OFFICER)
    found = await entries(visitor)

    assert {(e["account"], e["person_id"], e["action"]) for e in found} == {
        ("o-1", "per_1", "POST /people/{person_id}/notes"),
        ("c-1", "per_1", "GET /people/{person_id}/notes"),
    }
    assert len(found) == 2
    assert all(e["is_genuine"] and e["address"] == "127.0.0.1" for e in found)
    assert {e["at"] for e in found} == {f"{NOW:%Y-%m-%dT%H:%M:%S.%f}Z"}


async def test_what_was_refused_showed_nothing_and_is_no_entry(visitor: Visitor) -> None:
    await visitor.post("/people/per_1/notes", {"words": "refused"}, OFFICER)

    assert await entries(visitor) == []


async def test_looking_into_the_log_is_an_entry_and_not_for_everyone(visitor: Visitor) -> None:
    await entries(visitor, person_id="per_1")
    (look,) = await entries(visitor)

    assert (look["account"], look["action"]) == ("a-1", "GET /access-log")
    assert look["person_id"] == "per_1"
    assert refused(await visitor.get("/access-log", OFFICER)) == (403, "role-required")


async def test_the_log_comes_in_pages_and_of_one_person(visitor: Visitor) -> None:
    for number in (1, 2, 1, 1):
        await visitor.get(f"/people/per_{number}/notes", OFFICER)
    first = (await visitor.get("/access-log", AUDITOR, limit=3)).json()
    rest = (await visitor.get("/access-log", AUDITOR, after=first["next"])).json()
    of_one = await entries(visitor, person_id="per_1")

    assert len(first["items"]) == 3
    ids = [e["id"] for e in (*first["items"], *rest["items"])]
    assert ids == sorted(set(ids))
    assert sum(e["action"] == "GET /people/{person_id}/notes" for e in of_one) == 3


async def test_no_entry_no_answer(
    visitor: Visitor, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visitor.post("/people/per_1/notes", {"words": "김하나"}, OFFICER)

    async def away(*_: Any) -> None:
        raise Unavailable("the store is away: try again in a moment")

    monkeypatch.setattr(bench.store, "transact", away)
    answer = await visitor.get("/people/per_1/notes", OFFICER)

    assert refused(answer) == (503, "unavailable")
    assert "김하나" not in answer.text


async def test_an_entry_that_was_altered_shows(visitor: Visitor, bench: Bench) -> None:
    await visitor.get("/people/per_1/notes", OFFICER)

    async def blame(session: Session) -> None:
        (row,) = await session.find(COLLECTION, {}, limit=9)
        await session.write(COLLECTION, [Put({**row, "account": "somebody-else"})])

    await bench.store.transact(blame)
    (altered,) = await entries(visitor)

    assert (altered["account"], altered["is_genuine"]) == ("somebody-else", False)


async def test_it_is_no_part_of_any_outcome(visitor: Visitor, bench: Bench) -> None:
    before = await bench.digest()
    await visitor.get("/people/per_1/notes", OFFICER)

    assert await bench.digest() == before
    await bench.verify()


async def test_it_is_kept_while_auth_is_off_too(bench: Bench) -> None:
    async with bench.app(router) as client:
        visitor = Visitor(client)
        await visitor.get("/people/per_1/notes", {})
        (entry,) = await entries(visitor)

    assert entry["account"] == "nobody"
