"""What is recorded: one small cohort's life on real Kafka and MongoDB, with what goes wrong in it.

Of eighteen who meet all conditions six would leave around the first day and nine at some time, half
of these found out after a pay day. One host declines its intern, one is suspended.
"""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from ops.city import City
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play
from ops.demo.population import Population
from ops.demo.programme import OVERSUBSCRIBED, Programme, Size, Troubles
from ops.provision import provision, withdraw
from ops.stack import Stack
from ops.topics import Record, read_records
from proofs.recording.topics import RecordingError, place_of
from proofs.small import short_policy

SEED = 7


def recorded_programme() -> Programme:
    """Six places for eighteen women who meet the conditions, and six who do not."""
    short = short_policy(OVERSUBSCRIBED.policy)
    days = {"target": 6, "reserves_max": 6, "latest_start_on": date(2022, 3, 25)}
    return replace(
        OVERSUBSCRIBED,
        policy=short.model_copy(update=days),
        size=Size(applicants=24, unfit=6, hosts=6, openings=9),
        troubles=Troubles(
            dropouts=Fraction(1, 2), early_leavers=6, declining_hosts=1, suspended_hosts=1
        ),
    )


async def play_recorded(stack: Stack, logs: Path) -> list[Record]:
    """Every record of a play, on topics of its own that are removed afterwards.

    Raises `RecordingError` when the play did not meet its own checks, or told of somebody.
    """
    prefix = f"r{secrets.token_hex(3)}."
    records: list[Record] = []

    async def keep(city: City, outcome: Outcome) -> None:
        records.extend(await read_records(city.stack.kafka, city.prefix))
        if faults := [check.name for check in outcome.checks if not check.is_met]:
            raise RecordingError(f"the play did not meet: {', '.join(faults)}")
        if leaks := personal(records, outcome.population):
            raise RecordingError(f"personal data in {', '.join(leaks)}")

    try:
        await provision(stack, prefix=prefix)
        options = Options((recorded_programme(),), logs, SEED, prefix)
        await play(stack, options, Hooks(at_end=keep))
    finally:
        await withdraw(stack, prefix=prefix)
    return records


def personal(records: Iterable[Record], population: Population) -> list[str]:
    """Places of records that hold something of these people; not what, because this is printed."""
    known = {
        text.encode()
        for one in population.applicants
        for text in (
            *(one.name, one.email, one.address, one.birth_date.isoformat()),
            *(spelling for number in (one.phone, one.account_number) for spelling in _both(number)),
        )
    }
    return [
        place_of(record)
        for record in records
        if any(text in part for part in _parts(record) for text in known)
    ]


def _both(number: str) -> tuple[str, str]:
    return number, number.replace("-", "")


def _parts(record: Record) -> Iterable[bytes]:
    yield record.key or b""
    yield record.value or b""
    yield from (value or b"" for _, value in record.headers)
