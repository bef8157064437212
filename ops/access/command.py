"""`python -m ops grant`, `revoke`, `grants`: which other city systems read which topic, and why.

A grant writes the register first and gives the rights then; a revocation takes the rights first:
whatever ends in between, nobody reads what the register does not explain.
"""

import getpass
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from rich.console import Console

from ops.access.broker import change_rights, known_users, remove_user, rights_of, set_password
from ops.access.register import (
    Entry,
    GrantError,
    check,
    entries,
    read_register,
    standing,
    write_register,
)
from ops.access.rights import EVERYONE, Right, subscriber_rights
from ops.login import PasswordFileOption, UserOption, admin_client, asked_login
from ops.processes import end_command
from ops.secret_files import FOLDER, USERS, make_password
from ops.topics import TopicsError
from shared.login import Login, LoginError, read_password

KafkaOption = Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")]
SubscriberArgument = Annotated[
    str, typer.Argument(metavar="SUBSCRIBER", help="The other system's name: its user on Kafka.")
]
TopicsArgument = Annotated[list[str], typer.Argument(metavar="TOPIC…", help="womanup.….v1")]
ByOption = Annotated[
    str | None, typer.Option(help="Who decided it; yours on this machine if it is not said.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Everything, as JSON.")]
FAULTS = (GrantError, KafkaError, KafkaException, LoginError, TopicsError)


class Access:
    """The broker's rights and its register, as an administrator changes them."""

    def __init__(self, kafka: str, login: Login | None) -> None:
        self._kafka, self._login = kafka, login
        self._admin = admin_client(kafka, login)

    async def grant(self, lines: Sequence[Entry], password_file: Path) -> list[str]:
        """Returns what it changed. A new user's password is made into that file, or read from it
        where it is there already.
        """
        subscriber = lines[0].subscriber
        before = standing(await self.lines())
        new = [line for line in lines if not _says_the_same(before.get(_place(line)), line)]
        changes = [f"{line.subscriber} {line.does} {line.topic}: in the register" for line in new]
        await write_register(self._kafka, self._login, new)
        if subscriber not in await known_users(self._admin):
            made = make_password(password_file)
            await set_password(self._admin, subscriber, read_password(password_file))
            where = f"password {'made in' if made else 'taken from'} {password_file}"
            changes.append(f"Kafka user {subscriber} made, {where}")
        topics = {topic for name, topic in {*before, *map(_place, lines)} if name == subscriber}
        return changes + await self._set_rights(subscriber, topics)

    async def revoke(self, lines: Sequence[Entry]) -> list[str]:
        """Who has no topic left has no login left."""
        subscriber, gone = lines[0].subscriber, {line.topic for line in lines}
        before = standing(await self.lines())
        missing = gone - {topic for name, topic in before if name == subscriber}
        if missing:
            raise GrantError(f"{subscriber} was not granted {', '.join(sorted(missing))}")
        left = {topic for name, topic in before if name == subscriber} - gone
        changes = await self._set_rights(subscriber, left)
        if not left and subscriber in await known_users(self._admin):
            await remove_user(self._admin, subscriber)
            changes.append(f"Kafka user {subscriber} removed")
        await write_register(self._kafka, self._login, lines)
        return changes

    async def lines(self) -> list[Entry]:
        return await read_register(self._kafka, self._login)

    async def differences(self, lines: Iterable[Entry]) -> list[str]:
        """Where the broker allows what the register does not explain, or the other way round."""
        granted: dict[str, set[str]] = {}
        for subscriber, topic in standing(lines):
            granted.setdefault(subscriber, set()).add(topic)
        wanted = {r for name, topics in granted.items() for r in subscriber_rights(name, topics)}
        found = await rights_of(self._admin, lambda user: user not in {*USERS, EVERYONE})
        users = await known_users(self._admin) - {*USERS}
        return [
            *(f"not in the register: {right}" for right in sorted(found - wanted)),
            *(f"in the register only: {right}" for right in sorted(wanted - found)),
            *(f"a login without a grant: {user}" for user in sorted(users - granted.keys())),
            *(f"a grant without a login: {user}" for user in sorted(granted.keys() - users)),
        ]

    async def _set_rights(self, subscriber: str, topics: Iterable[str]) -> list[str]:
        present: set[Right] = await rights_of(self._admin, subscriber.__eq__)
        return await change_rights(self._admin, present, subscriber_rights(subscriber, topics))


def grant(
    *,
    subscriber: SubscriberArgument,
    topics: TopicsArgument,
    basis: Annotated[str, typer.Option(help="The law, consent or resolution it rests on.")],
    kafka: KafkaOption,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    by: ByOption = None,
    into: Annotated[
        Path | None, typer.Option(help="Where its password goes: secrets/subscriber-….")
    ] = None,
) -> None:
    """Let another city system read topics, and write down why it may."""

    async def work() -> None:
        check(subscriber, topics, basis)
        lines = entries("grant", subscriber, topics, basis=basis, by=_who(by), at=_now())
        access = Access(kafka, asked_login(user, password_file))
        changes = await access.grant(lines, into or FOLDER / f"subscriber-{subscriber}")
        print("\n".join(changes) or "nothing to change")

    _run(work)


def revoke(
    *,
    subscriber: SubscriberArgument,
    topics: TopicsArgument,
    why: Annotated[str, typer.Option(help="Why it ends; it stays in the register.")],
    kafka: KafkaOption,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    by: ByOption = None,
) -> None:
    """End a grant: the next read is refused."""

    async def work() -> None:
        check(subscriber, topics, why)
        lines = entries("revoke", subscriber, topics, basis=why, by=_who(by), at=_now())
        print("\n".join(await Access(kafka, asked_login(user, password_file)).revoke(lines)))

    _run(work)


def grants(
    *,
    kafka: KafkaOption,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    all_: Annotated[bool, typer.Option("--all", help="What ended, too: every line.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the register, and compare it with the broker's rights; exit status 1 if they differ."""

    async def work() -> int:
        access = Access(kafka, asked_login(user, password_file))
        lines = await access.lines()
        shown = lines if all_ else list(standing(lines).values())
        differences = await access.differences(lines)
        if as_json:
            told = {"register": [asdict(line) for line in shown], "differences": differences}
            print(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            _show(shown, differences, Console())
        return 1 if differences else 0

    _run(work)


def _show(lines: Sequence[Entry], differences: Sequence[str], console: Console) -> None:
    for line in lines:
        fields = f"{len(line.fields)} fields of {len({f.partition('.')[0] for f in line.fields})}"
        text = f"{line.at[:10]} {line.does} {line.subscriber} {line.topic} ({fields} events)"
        console.print(text, markup=False, highlight=False, soft_wrap=True)
        said = f"    {line.basis} (by {line.by})"
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    if not lines:
        console.print("nothing is granted")
    for difference in differences:
        console.print(difference, style="red", markup=False, soft_wrap=True)


def _run(work: Callable[[], Awaitable[int | None]]) -> None:
    end_command(work(), *FAULTS)


def _place(line: Entry) -> tuple[str, str]:
    return line.subscriber, line.topic


def _says_the_same(before: Entry | None, now: Entry) -> bool:
    """Granted again with other fields or another basis is worth a line; with the same is none."""
    return before is not None and (before.fields, before.basis) == (now.fields, now.basis)


def _who(by: str | None) -> str:
    return by or getpass.getuser()


def _now() -> datetime:
    return datetime.now(UTC)
