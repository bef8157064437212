"""Reading what a stack left behind: topics, databases, offsets, logs, and what /verify answers.

At rest it is one moment. While services run, offsets are read first and topics last, so that
`committed` still holds; `told` and `drained` speak of rest only.
"""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from pymongo import AsyncMongoClient

from ops.backup.group import Group
from ops.processes import database_name
from ops.services import ask, client
from ops.stack import Stack
from ops.tokens import OPERATOR, Actor
from ops.topics import read_records
from proofs.invariants.evidence import Document, Evidence, Place, Store
from proofs.invariants.won import PAYROLL

COLLECTIONS = ("journal", "outbox", "inbox", "parked", "streams", "calendar", "idempotency")
LEDGER = "ledger_entries"
SELECT_MS = 5000  # a store that does not answer by then is away


async def gather(
    stack: Stack,
    prefix: str,
    services: Iterable[str],
    *,
    addresses: Mapping[str, str] | None = None,
    logs: Path | None = None,
    actor: Actor | None = OPERATOR,
) -> Evidence:
    """`addresses`: service → where it answers /verify, asked as `actor`. `logs`: a folder, of which
    `<service>*.log` are read. Raises `TopicsError`, `KafkaException`, `PyMongoError` and
    `ServiceError` where a part does not answer.
    """
    names = sorted(services)
    committed = {name: await _committed(stack, prefix, name) for name in names}
    stores = await _read_stores(stack.mongo, prefix, names)
    verified = await _verify(addresses or {}, actor)
    records = await read_records(stack.kafka, prefix, login=stack.login)
    return Evidence(
        prefix=prefix,
        records=tuple(records),
        stores=stores,
        committed=committed,
        logs=await asyncio.to_thread(_read_logs, logs, names) if logs else {},
        verified=verified,
    )


async def _committed(stack: Stack, prefix: str, service: str) -> dict[Place, int]:
    found = await Group(stack.kafka, service, prefix, stack.login).offsets()
    return {(topic.removeprefix(prefix), n): offset for (topic, n), offset in found.items()}


async def _read_stores(mongo: str, prefix: str, services: Iterable[str]) -> dict[str, Store]:
    found = {}
    async with AsyncMongoClient[Document](
        mongo, serverSelectionTimeoutMS=SELECT_MS, tz_aware=True
    ) as mongo_client:
        for service in services:
            database = mongo_client[database_name(service, prefix)]
            names = {name: name for name in COLLECTIONS}
            if service == PAYROLL:
                names["ledger"] = LEDGER
            async with mongo_client.start_session(snapshot=True) as session:
                parts = {
                    part: tuple(await database[name].find({}, session=session).to_list())
                    for part, name in names.items()
                }
            found[service] = Store(**parts)
    return found


async def _verify(addresses: Mapping[str, str], actor: Actor | None) -> dict[str, Document]:
    async with client(actor) as http:
        return {name: await ask(http, f"{url}/verify") for name, url in addresses.items()}


def _read_logs(folder: Path, services: Iterable[str]) -> dict[str, tuple[str, ...]]:
    files = sorted({file for name in services for file in folder.glob(f"{name}*.log")})
    return {file.name: tuple(file.read_text(errors="replace").splitlines()) for file in files}
