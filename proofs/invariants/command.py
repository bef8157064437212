"""`python -m proofs check`: gathers from a running stack and says what of it is broken."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from pymongo.errors import PyMongoError

from ops.city import SERVICES
from ops.processes import run_until_signal
from ops.services import ServiceError, read_addresses
from ops.stack import Stack
from ops.topics import TopicsError
from proofs.invariants.checking import judge
from proofs.invariants.gather import gather
from proofs.invariants.verdict import Verdict


def command(
    *,
    kafka: Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")],
    mongo: Annotated[str, typer.Option(envvar="WOMANUP_MONGO", help="MongoDB's URI.")],
    prefix: Annotated[str, typer.Option(help="Goes before each topic's name.")] = "",
    only: Annotated[
        list[str] | None, typer.Option("--service", help="Repeatable; all four without it.")
    ] = None,
    services: Annotated[
        str | None,
        typer.Option(envvar="WOMANUP_SERVICES", help="name=address,… to ask GET /verify of."),
    ] = None,
    logs: Annotated[Path | None, typer.Option(help="The folder with the services' logs.")] = None,
) -> None:
    """Check the invariants of a stack at rest; what is not seen is said, and is no failure."""
    addresses = read_addresses(services) if services else {}

    async def work() -> bool:
        stack = Stack(kafka, mongo, ())
        evidence = await gather(stack, prefix, only or SERVICES, addresses=addresses, logs=logs)
        verdicts = judge(evidence)
        print("\n".join(report(verdicts)))
        return not any(verdict.findings for verdict in verdicts)

    try:
        is_whole = run_until_signal(work())
    except (TopicsError, ServiceError, KafkaException, PyMongoError) as error:
        typer.secho(str(error), fg="red", err=True)
        is_whole = False
    raise typer.Exit(0 if is_whole else 1)


def report(verdicts: Iterable[Verdict]) -> list[str]:
    """A line for each invariant, and one for each finding below it."""
    lines = []
    for verdict in verdicts:
        counts = ", ".join(f"{n:,} {what}" for what, n in verdict.looked_at.items() if n)
        lines.append(f"{verdict.invariant:<10}{verdict.says:<9} {counts}".rstrip())
        lines += [f"  {finding.culprit} {finding.says}" for finding in verdict.findings]
    return lines
