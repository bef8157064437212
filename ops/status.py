"""`python -m ops status`: how everybody is, on one screen.

Exit status 1 when a service is away or not ready, or when something is parked or set aside: so it
can stand in a script, too.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import httpx
import typer
from aiokafka.errors import KafkaError
from rich.box import SIMPLE
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ops.login import PasswordFileOption, UserOption, asked_login
from ops.processes import run_until_signal
from ops.services import PAGE, ServicesOption, read_addresses
from ops.tokens import OPERATOR, Bearer
from ops.topics import Measure
from shared.login import Login

REQUEST_SECONDS = 6.0  # a service itself gives its store 5
REFRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What a service says of itself; None where it says nothing. `trouble`: why it is not ready.

    `announced`: days that it knows of and has not entered. `parked` includes what only waits.
    """

    name: str
    trouble: str
    day: str | None = None
    announced: int | None = None
    due_left: int | None = None
    lag: int | None = None
    outbox: int | None = None
    outbox_age_seconds: float | None = None
    parked: int | None = None
    set_aside: int | None = None
    last_poll_age_seconds: float | None = None

    @property
    def is_well(self) -> bool:
        return not (self.trouble or self.parked or self.set_aside)


@dataclass(frozen=True, slots=True)
class Status:
    """`topics`: records by topic; empty when Kafka does not say, and `trouble` says why."""

    services: tuple[ServiceStatus, ...]
    topics: Mapping[str, int]
    trouble: str = ""

    @property
    def is_well(self) -> bool:
        return not self.trouble and all(service.is_well for service in self.services)

    def to_json(self) -> dict[str, Any]:
        services = [{**asdict(one), "is_well": one.is_well} for one in self.services]
        return {"is_well": self.is_well, **asdict(self), "services": services}


class Lookout:
    """Asks everybody at once. Each question is bounded, whoever is away."""

    def __init__(
        self,
        kafka: str,
        services: Mapping[str, str],
        prefix: str,
        http: httpx.AsyncClient,
        login: Login | None = None,
    ) -> None:
        self._services = services
        self._http = http
        self._kafka = kafka
        self._measure = Measure(kafka, prefix, login=login)

    async def close(self) -> None:
        await self._measure.close()

    async def look(self) -> Status:
        asked = (ask_service(self._http, name, url) for name, url in self._services.items())
        (topics, trouble), services = await asyncio.gather(self._count(), asyncio.gather(*asked))
        return Status(tuple(services), topics, trouble)

    async def _count(self) -> tuple[dict[str, int], str]:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                ends = await self._measure.ends()
        except (KafkaError, TimeoutError) as error:
            why = str(error) if isinstance(error, KafkaError) else "no answer"
            return {}, f"Kafka at {self._kafka} does not say what is on the topics: {why}"
        counts: dict[str, int] = {}
        for (topic, _), end in ends.items():
            counts[topic] = counts.get(topic, 0) + end
        return counts, ""


async def ask_service(http: httpx.AsyncClient, name: str, url: str) -> ServiceStatus:
    """`/health/ready`, whatever its status code, and what `/parked` says was set aside."""
    try:
        health, parked = await asyncio.gather(
            http.get(f"{url}/health/ready"), http.get(f"{url}/parked", params={"limit": PAGE})
        )
        body, page = health.json(), parked.json()
    except httpx.TransportError as error:
        return ServiceStatus(name, f"away: {url} does not answer ({type(error).__name__})")
    except ValueError:
        return ServiceStatus(name, f"{url} answers no JSON: is it one of ours?")
    if not isinstance(body, dict) or not body.keys() >= {*HEALTH_FIELDS}:
        detail = body.get("detail") if isinstance(body, dict) else None
        return ServiceStatus(name, str(detail or f"{url} gives no health report"))
    items = page.get("items") if parked.is_success and isinstance(page, dict) else None
    troubles = [] if health.is_success else [_why_not(body)]
    if items is None:
        code = parked.status_code
        troubles.append(f"does not say what is set aside: /parked answers {code} and no list")
    return ServiceStatus(
        name,
        trouble="; ".join(troubles),
        set_aside=None if items is None else sum(i["kind"] == "set-aside" for i in items),
        **{field: body[field] for field in HEALTH_FIELDS},
    )


HEALTH_FIELDS = (
    "day", "announced", "due_left", "lag", "outbox", "outbox_age_seconds", "parked",
    "last_poll_age_seconds",
)  # fmt: skip


def _why_not(health: Mapping[str, Any]) -> str:
    if health.get("stopped"):
        return str(health["stopped"])
    age = health["last_poll_age_seconds"]
    if age is None:
        return "has no partition, or has not asked Kafka for records yet"
    return f"has not asked Kafka for records for {age:.0f} s"


def command(
    *,
    kafka: Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")],
    services: ServicesOption,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    prefix: Annotated[
        str, typer.Option(envvar="WOMANUP_TOPIC_PREFIX", help="Goes before each topic's name.")
    ] = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again every second, until Ctrl-C.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Show how every service is, and what is on the topics; exit status 1 if not all is well."""
    if watch and as_json:
        raise typer.BadParameter("--watch is for people, --json for programs: choose one")
    addresses, login = read_addresses(services), asked_login(user, password_file)

    async def work() -> int:
        async with httpx.AsyncClient(
            timeout=REQUEST_SECONDS, trust_env=False, auth=Bearer(OPERATOR)
        ) as http:
            lookout = Lookout(kafka, addresses, prefix, http, login)
            try:
                if watch:
                    await _watch(lookout)
                status = await lookout.look()
            finally:
                await lookout.close()
        if as_json:
            print(json.dumps(status.to_json(), indent=2))
        else:
            Console().print(screen(status))
        return 0 if status.is_well else 1

    raise typer.Exit(run_until_signal(work()))


async def _watch(lookout: Lookout) -> None:
    """Until it is cancelled. The last screen stays on the terminal."""
    with Live(console=Console(), auto_refresh=False) as live:
        while True:
            live.update(screen(await lookout.look()), refresh=True)
            await asyncio.sleep(REFRESH_SECONDS)


def screen(status: Status) -> Group:
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))  # 80 columns hold all of it
    table.add_column("service", no_wrap=True)
    table.add_column("day", no_wrap=True)
    for column in ("to\nenter", "due", "lag", "outbox", "parked", "set\naside", "poll"):
        table.add_column(column, justify="right")
    table.add_column("")
    for one in status.services:
        table.add_row(*_row(one), style="" if one.is_well else "red")
    topics = Table("topic", box=SIMPLE, pad_edge=False)
    topics.add_column("records", justify="right")
    for topic, count in status.topics.items():
        topics.add_row(topic, f"{count:,}")
    troubles = [f"{one.name}: {one.trouble}" for one in status.services if one.trouble]
    troubles += [status.trouble] if status.trouble else []
    return Group(table, topics, *(Text(line, style="red") for line in troubles), _verdict(status))


def _row(one: ServiceStatus) -> list[str]:
    counts = (one.announced, one.due_left, one.lag)
    outbox = _number(one.outbox)
    if one.outbox:
        outbox += f" ({one.outbox_age_seconds:.1f} s)"
    polled = "never" if one.day and one.last_poll_age_seconds is None else "-"
    if one.last_poll_age_seconds is not None:
        polled = f"{one.last_poll_age_seconds:.1f} s"
    stopped = (_number(one.parked), _number(one.set_aside))
    ready = "not ready" if one.trouble else "ready"
    return [one.name, one.day or "-", *map(_number, counts), outbox, *stopped, polled, ready]


def _number(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _verdict(status: Status) -> Text:
    if status.is_well:
        return Text("all is well", style="green")
    if any(one.parked or one.set_aside for one in status.services):
        return Text("something is parked: `python -m ops parked list` shows what", style="red")
    return Text("not all is well: docs/runbook.md", style="red")
