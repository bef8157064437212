"""`python -m ops provision`: everything that the services find when they start."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from pymongo.errors import PyMongoError

from ops.access.broker import change_rights, provision_users, rights_of
from ops.access.rights import EVERYONE, REGISTER, standing_rights
from ops.login import PasswordFileOption, UserOption, admin_client, asked_login
from ops.processes import run_until_signal
from ops.provision.faults import ProvisionError
from ops.provision.stores import Client, initiate_sets, provision_store
from ops.provision.topics import REQUEST_SECONDS, all_of, provision_topics
from ops.secret_files import USERS, kafka_secret
from ops.stack.parts import Stack, StackError
from shared.events import TOPICS
from shared.login import SCRAM, Login, LoginError, read_login

ClientsOption = Annotated[
    str | None,
    typer.Option("--clients", help="Kafka's listener for users: makes them, and their rights."),
]


@dataclass(frozen=True, slots=True)
class Broker:
    """Where, and as whom. `clients` is the listener that takes the users' passwords; None: there
    is no access control.
    """

    address: str
    login: Login | None = None
    clients: str | None = None


def command(
    *,
    kafka: Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")],
    mongo: Annotated[
        list[str], typer.Option(envvar="WOMANUP_MONGO", help="MongoDB's URI; repeatable.")
    ],
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    mechanism: Annotated[str, typer.Option("--kafka-mechanism", help="PLAIN, or SCRAM.")] = SCRAM,
    clients: ClientsOption = None,
    prefix: Annotated[str, typer.Option(help="Goes before each topic's name.")] = "",
    replication: Annotated[int, typer.Option(help="Copies of each topic.")] = 1,
    initiate: Annotated[
        bool, typer.Option("--initiate", help="Make each MongoDB a replica set of one.")
    ] = False,
    passwords: Annotated[
        Path | None, typer.Option(help="The folder with those of all users: `make secrets`.")
    ] = None,
) -> None:
    """Make the topics, users, rights and limits that the services need; safe to run again."""
    if clients and passwords is None:
        raise typer.BadParameter("--clients makes users: say where their --passwords are")
    broker = Broker(kafka, asked_login(user, password_file, mechanism), clients)

    async def work() -> None:
        changes = await initiate_sets(mongo, passwords) if initiate else []
        changes += await _provision(broker, mongo, prefix, replication, passwords)
        print("\n".join(changes) or "nothing to change")

    try:
        code = run_until_signal(work())
    except (ProvisionError, StackError, LoginError, KafkaException, PyMongoError) as error:
        print(error)
        code = 1
    raise typer.Exit(code)


async def provision(stack: Stack, *, prefix: str = "", replication: int = 1) -> list[str]:
    """A stack without access control. Returns what it changed, a sentence each."""
    return await _provision(Broker(stack.kafka), [stack.mongo], prefix, replication, None)


async def withdraw(stack: Stack, *, prefix: str) -> None:
    """Removes what `provision` and the services made under a test's prefix."""
    if not prefix:
        raise ProvisionError("without a prefix this would remove the programme's own topics")
    admin = admin_client(stack.kafka, None)
    names = [prefix + topic for topic in TOPICS]
    await all_of(admin.delete_topics(names, operation_timeout=REQUEST_SECONDS))
    async with Client(stack.mongo) as client:
        for database in await client.list_database_names():
            if database.endswith("_" + prefix.strip(".").replace(".", "_")):
                await client.drop_database(database)


async def _provision(
    broker: Broker, mongos: Sequence[str], prefix: str, replication: int, passwords: Path | None
) -> list[str]:
    changes = await asyncio.gather(
        _provision_broker(broker, prefix, replication, passwords),
        *(provision_store(uri, passwords) for uri in mongos),
    )
    return [change for part in changes for change in part]


async def _provision_broker(
    broker: Broker, prefix: str, replication: int, passwords: Path | None
) -> list[str]:
    admin = admin_client(broker.address, broker.login)
    wanted = {prefix + topic: partitions for topic, partitions in TOPICS.items()}
    if broker.clients is None or passwords is None:
        return await provision_topics(admin, wanted, replication)
    changes = await provision_topics(admin, {**wanted, REGISTER: 1}, replication)
    logins = [read_login(user, passwords / kafka_secret(user)) for user in USERS]
    changes += await provision_users(admin, broker.clients, filter(None, logins))
    present = await rights_of(admin, {*USERS, EVERYONE}.__contains__)
    return changes + await change_rights(admin, present, standing_rights(prefix))
