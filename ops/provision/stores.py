"""A MongoDB for each service: a replica set, its limits, and the one user who may use it."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure
from pymongo.uri_parser import parse_uri

from ops.provision.faults import ProvisionError
from ops.secret_files import MONGO_ROOT, mongo_secret
from ops.stack.parts import TRANSACTION_LIFETIME_SECONDS
from ops.stack.probe import READY_SECONDS, become_primary, no_check
from shared.login import read_password

SET_NAME = "rs0"
LIMIT = "transactionLifetimeLimitSeconds"
DATABASE_PREFIX = "womanup_"
AUTHENTICATION_FAILED = 18
# ConfigurationInProgress, NewReplicaSetConfigurationIncompatible, CurrentConfigNotCommittedYet
NOT_YET = {109, 103, 308}
PAUSE_SECONDS = 0.2

Client = AsyncMongoClient[dict[str, Any]]


async def initiate_sets(uris: Sequence[str], passwords: Path | None = None) -> list[str]:
    """Makes each of these a replica set of the members that its URI names, under those names.
    Waits for them as long as `ops.stack.probe` does. Returns what it made.
    """
    made = await asyncio.gather(*(_initiate(uri, passwords) for uri in uris))
    return [one for changes in made for one in changes]


async def provision_store(uri: str, passwords: Path | None = None) -> list[str]:
    """`uri` names the service's database. Where its user is root, the service gets one of its own
    there. Returns what it changed, a sentence each.
    """
    async with Client(with_password(uri, passwords)) as client:
        changes = await _limit(client)
        database = parse_uri(uri)["database"]
        if passwords is not None and database:
            changes += await _provision_user(client, uri, database, passwords)
        return changes


def with_password(uri: str, passwords: Path | None) -> str:
    """The same address with what its user opens it with: never to be printed."""
    user = parse_uri(uri)["username"]
    if not user or passwords is None:
        return uri
    scheme, _, rest = uri.partition("://")
    place = rest.partition("@")[2]
    secret = read_password(passwords / MONGO_ROOT)
    return f"{scheme}://{quote_plus(user)}:{quote_plus(secret)}@{place}"


async def _initiate(uri: str, passwords: Path | None) -> list[str]:
    """A fresh set has its first member only; the others join it, as one that was alone for long."""
    parsed = parse_uri(uri)
    members = [f"{host}:{port}" for host, port in parsed["nodelist"]]
    if parsed["options"].get("replicaSet") != SET_NAME:
        raise ProvisionError(f"{uri}: name its members, and replicaSet={SET_NAME}")
    user = f"{parsed['username']}@" if parsed["username"] else ""
    direct = with_password(f"mongodb://{user}{members[0]}/?directConnection=true", passwords)
    wait_ms = round(READY_SECONDS * 1000)
    async with Client(direct, serverSelectionTimeoutMS=wait_ms) as client:
        hello = await client.admin.command("hello")
    changes = []
    if "setName" not in hello:
        await become_primary(direct, members[0], no_check)
        changes.append(f"MongoDB at {members[0]}: replica set {SET_NAME} initiated")
    async with Client(with_password(uri, passwords), serverSelectionTimeoutMS=wait_ms) as client:
        return changes + await _join(client, members)


async def _join(client: Client, members: Sequence[str]) -> list[str]:
    """One at a time, as MongoDB wants it, and each only when the one before has caught up."""
    config = (await client.admin.command("replSetGetConfig"))["config"]
    present = [member["host"] for member in config["members"]]
    if strangers := {*present} - {*members}:
        named = ", ".join(sorted(strangers))
        raise ProvisionError(f"{named} is in the replica set of {members[0]}: name it, too")
    changes = []
    for number, host in enumerate(members):
        if host not in present:
            await _add(client, {"_id": number, "host": host})
            changes.append(f"MongoDB at {host}: joined {SET_NAME} of {members[0]}")
        await _until_caught_up(client, host)
    return changes


async def _add(client: Client, member: dict[str, Any]) -> None:
    """A set whose last change is not everywhere yet takes no other: it is asked again."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        config = (await client.admin.command("replSetGetConfig"))["config"]
        wider = {
            **config,
            "version": config["version"] + 1,
            "members": [*config["members"], member],
        }
        try:
            await client.admin.command("replSetReconfig", wider)
        except OperationFailure as error:
            if error.code not in NOT_YET or time.monotonic() > deadline:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


async def _until_caught_up(client: Client, host: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        found = (await client.admin.command("replSetGetStatus"))["members"]
        (state,) = [member["stateStr"] for member in found if member["name"] == host]
        if state in {"PRIMARY", "SECONDARY"}:
            return
        if time.monotonic() > deadline:
            raise ProvisionError(f"MongoDB at {host} is {state} after {READY_SECONDS:.0f} s")
        await asyncio.sleep(PAUSE_SECONDS)


async def _limit(client: Client) -> list[str]:
    limit = (await client.admin.command({"getParameter": 1, LIMIT: 1}))[LIMIT]
    if limit == TRANSACTION_LIFETIME_SECONDS:
        return []
    await client.admin.command({"setParameter": 1, LIMIT: TRANSACTION_LIFETIME_SECONDS})
    return [f"MongoDB: {LIMIT} set to {TRANSACTION_LIFETIME_SECONDS}, was {limit}"]


async def _provision_user(client: Client, uri: str, database: str, passwords: Path) -> list[str]:
    """Named as the service, and kept in its database: reads and writes there and nowhere else."""
    user = database.removeprefix(DATABASE_PREFIX)
    password = read_password(passwords / mongo_secret(user))
    roles = [{"role": "readWrite", "db": database}]
    found = (await client[database].command("usersInfo", user))["users"]
    if not found:
        await client[database].command("createUser", user, pwd=password, roles=roles)
        return [f"MongoDB user {user} made, for {database} only"]
    changes = []
    if found[0]["roles"] != roles:
        await client[database].command("updateUser", user, roles=roles)
        changes.append(f"MongoDB user {user}: rights are those on {database} only, again")
    if not await _opens(uri, user, password, database):
        await client[database].command("updateUser", user, pwd=password)
        changes.append(f"MongoDB user {user} password changed")
    return changes


async def _opens(uri: str, user: str, password: str, database: str) -> bool:
    """MongoDB tells nobody a password, so it is tried."""
    (host, port), *_ = parse_uri(uri)["nodelist"]
    address = f"mongodb://{host}:{port}/{database}?directConnection=true"
    async with Client(address, username=user, password=password) as client:
        try:
            await client[database].command("ping")
        except OperationFailure as error:
            if error.code == AUTHENTICATION_FAILED:
                return False
            raise
    return True
