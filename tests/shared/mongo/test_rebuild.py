"""A state that is not the fold of its journal is written anew, and nothing is ever deleted."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.mongo import Delete, Document, Put, Session
from shared.mongo.proofs import verify
from shared.mongo.rebuild import REFUSED, rebuild
from shared.testing import NOW, Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, submitted

ACT = {"by": "kim", "why": "ticket 12"}


@pytest.fixture
async def bench(bench_on: Callable[..., Bench]) -> Bench:
    bench = bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"), submitted("per_a"), submitted("per_b"))
    for _ in range(2):  # the second one closes her record: she is due two days later
        await bench.command(lambda work: toy.add("per_c", 1, work))
    return bench


async def tally(bench: Bench, key: str) -> Document:
    return (await bench.store.read(lambda s: s.get("tallies", [key])))[key]


async def write(bench: Bench, *writes: Put | Delete, into: str = "tallies") -> None:
    await bench.store.transact(lambda s: s.write(into, writes))


async def tampered(bench: Bench, key: str = "per_a", **fields: Any) -> Document:
    """As if by hand in the database, with the due day that such a state would have."""
    document = await tally(bench, key)
    state = {**document["state"], **fields}
    await write(bench, Put({**document, "state": state, "due_on": "2022-03-04"}))
    return state


async def do_rebuild(bench: Bench) -> Document:
    return await rebuild(bench.store, toy.KINDS, ACT, NOW)


async def test_a_tampered_state_is_named_and_written_anew(bench: Bench) -> None:
    sound = await tally(bench, "per_c")
    await tampered(bench, "per_c", total=99)
    found = await bench.store.read(lambda s: verify(s, toy.KINDS))
    done = await do_rebuild(bench)
    named = [{"kind": "tallies", "key": "per_c", "problem": "not the fold"}]
    now = await tally(bench, "per_c")

    assert found["differences"] == named
    assert found["kinds"] == {
        "tallies": {"aggregates": 3, "differences": 1},
        "cohorts": {"aggregates": 0, "differences": 0},
    }
    assert (done["rebuilt"], done["left"]) == (named, [])
    assert (now["state"], now["due_on"]) == (sound["state"], "2022-03-05")
    assert now["version"] > sound["version"]
    await bench.verify()


async def test_what_was_there_is_journalled_with_who_and_why(bench: Bench) -> None:
    wrong = await tampered(bench, total=99)
    await do_rebuild(bench)
    query = {"kind": "rebuilt"}
    (row,) = await bench.store.read(lambda s: s.find("journal", query, limit=9))

    assert (row["key"], row["by"], row["why"]) == ("tallies/per_a", "kim", "ticket 12")
    assert row["before"] == wrong


async def test_a_lost_aggregate_comes_back_and_goes_on_without_overwriting_its_journal(
    bench: Bench,
) -> None:
    await write(bench, Delete("per_a"))
    done = await do_rebuild(bench)
    await bench.given(submitted("per_a"))

    assert [one["problem"] for one in done["rebuilt"]] == ["not in the store"]
    assert (await bench.state(TALLIES, "per_a")).total == 3
    await bench.verify()


async def test_a_version_that_was_set_back_does_not_overwrite_the_journal(bench: Bench) -> None:
    document = await tally(bench, "per_a")
    state = {**document["state"], "total": 99}
    await write(bench, Put({**document, "state": state, "version": 1}))
    await do_rebuild(bench)
    await bench.given(submitted("per_a"))

    assert (await bench.state(TALLIES, "per_a")).total == 3
    await bench.verify()


async def test_an_aggregate_that_no_journal_knows_is_named_and_left(bench: Bench) -> None:
    document = await tally(bench, "per_a")
    stray = {**document, "_id": "per_z", "state": {**document["state"], "label": "per_z"}}
    await write(bench, Put(stray))
    done = await do_rebuild(bench)

    named = {"kind": "tallies", "key": "per_z", "problem": "not in the journal"}
    assert (done["rebuilt"], done["left"]) == ([], [named])
    assert await tally(bench, "per_z") == stray


async def test_a_fold_that_the_store_refuses_is_named_and_the_others_are_written(
    bench: Bench,
) -> None:
    document = await tally(bench, "per_a")
    await write(bench, Delete("per_a"))
    await write(bench, Put({**document, "_id": "per_z"}))  # has the label that is only per_a's
    await tampered(bench, "per_b", total=99)
    done = await do_rebuild(bench)

    assert [one["key"] for one in done["rebuilt"]] == ["per_b"]
    assert {(one["key"], one["problem"]) for one in done["left"]} == {
        ("per_a", REFUSED),
        ("per_z", "not in the journal"),
    }


async def test_a_journal_that_cannot_be_folded_is_named_and_hides_no_other(bench: Bench) -> None:
    query = {"kind": "tallies", "key": "per_a"}
    row = (await bench.store.read(lambda s: s.find("journal", query, limit=1)))[0]
    await write(bench, Put({**row, "type": "payroll/NeverHeardOf"}), into="journal")
    await tampered(bench, "per_b", total=99)
    done = await do_rebuild(bench)

    assert [one["key"] for one in done["rebuilt"]] == ["per_b"]
    assert [(one["key"], one["problem"]) for one in done["left"]] == [
        ("per_a", "its journal cannot be folded: Invalid")
    ]


async def test_news_that_comes_while_it_is_written_is_not_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read must still be there: the rebuild runs again and folds the news, too."""
    await tampered(bench, total=99)
    news = bench.record(submitted("per_a"))
    transact, tries = bench.store.transact, 0

    async def disturbed(run: Callable[[Session], Awaitable[Any]], *rest: Any) -> Any:
        async def once(session: Session) -> Any:
            nonlocal tries
            tries += 1
            if tries == 1:
                await session.get("tallies", ["per_a"])  # its snapshot is older than the news
                await bench.inbox.take([news])
            return await run(session)

        return await transact(once, *rest)

    monkeypatch.setattr(bench.store, "transact", disturbed)
    await do_rebuild(bench)

    assert tries == 3  # the rebuild, the news in between, the rebuild again
    assert (await bench.state(TALLIES, "per_a")).total == 3
    await bench.verify()


async def test_where_nothing_differs_nothing_is_written(bench: Bench) -> None:
    before = await tally(bench, "per_a")
    done = await do_rebuild(bench)

    assert done == {"checked": 3, "rebuilt": [], "left": []}
    assert await tally(bench, "per_a") == before
