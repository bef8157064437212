"""`python -m ops demo`: the article's cohorts from their notices to the end of the years after."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from ops.audit import UnknownRule
from ops.bank import BankError
from ops.city import City
from ops.clock import ClockError, NotAtRest
from ops.compose import Addresses, addresses
from ops.containers import ContainerError, Containers, project_name
from ops.demo.chaos import Chaos, busy_days, check_chaos
from ops.demo.client import RefusedError
from ops.demo.outages import Outages, check_outages, deal
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play, play_at
from ops.demo.population import SEED, draw, draw_counselors
from ops.demo.programme import programmes
from ops.demo.progress import watching
from ops.demo.report import (
    Paper,
    make_console,
    print_addresses,
    print_chaos,
    print_first_wage,
    print_inputs,
    print_outages,
    print_outcome,
    print_parts,
    print_verdict,
)
from ops.demo.venue import compose_venue
from ops.demo.words import OfficeError
from ops.login import PasswordFileOption, UserOption, asked_login
from ops.processes import ProcessError, run_until_signal
from ops.provision import provision
from ops.secret_files import FOLDER, OPERATOR, SERVICES, kafka_secret, vault_secret
from ops.services import ServiceError
from ops.stack import Stack, StackError, running_stack
from ops.tokens import without_an_issuer
from ops.topics import TopicsError
from shared.login import Login

APPLICANTS_MAX = 20_000  # a day with more would not come to rest in its time
INSTANCES_MAX = 4  # of each service; more than that is a load test
OUTAGE_SECONDS = 180.0  # the clock may be away, or wait for somebody who is
CHAOS_PREFIX = "chaos."  # the second play's topics and databases, on the same stack
TROUBLES = (
    BankError,
    ClockError,
    ContainerError,
    NotAtRest,
    OfficeError,
    ProcessError,
    RefusedError,
    ServiceError,
    StackError,
    TopicsError,
    UnknownRule,
)
"""What stops a play with a message for people; the rest shows as the fault it is."""


TargetOption = Annotated[
    Literal["local", "compose"],
    typer.Option(help="Parts of its own, or those that `make up` has started."),
]
KeepOption = Annotated[bool, typer.Option("--keep", help="Leave everything running until Ctrl-C.")]


@dataclass(frozen=True)
class Wishes:
    """What was asked for. `chaos`: the seed of the kills, None for an undisturbed play only.
    `compose`: where to play, and who reads the topics there; None for parts of its own.
    """

    options: Options
    chaos: int | None
    keep: bool
    console: Console
    compose: Addresses | None
    login: Login | None = None

    @property
    def paper(self) -> Paper:
        return Paper(self.console, self.options.logs, self.compose)

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False)


def demo(
    *,
    seed: Annotated[int, typer.Option(help="Draws people, companies and their wishes.")] = SEED,
    play: Annotated[
        Literal["article", "oversubscribed"],
        typer.Option(help="Both cohorts of the article, or one with more women than places."),
    ] = "article",
    applicants: Annotated[
        int | None,
        typer.Option(min=1, max=APPLICANTS_MAX, help="How many apply to the (last) cohort."),
    ] = None,
    withdrawals: Annotated[
        str, typer.Option(help="Share of the (last) cohort's interns who leave: 0.4 or 2/5.")
    ] = "0",
    instances: Annotated[
        int, typer.Option(min=1, max=INSTANCES_MAX, help="Processes of each service.")
    ] = 1,
    chaos: Annotated[
        bool,
        typer.Option(
            "--chaos",
            help="Play twice: undisturbed, and while services, or containers, die.",
        ),
    ] = False,
    chaos_seed: Annotated[int, typer.Option(help="Draws who is killed, and when.")] = 7,
    target: TargetOption = "local",
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    keep: KeepOption = False,
    logs: Annotated[Path, typer.Option(help="Where logs and the bank's file go.")] = Path(
        ".run/demo-logs"
    ),
) -> None:
    """Play both cohorts, August 2021 to July 2023, on real Kafka and MongoDB, and check it.

    Exit status 1 if a figure of the article is not met, somebody counts otherwise, a state is not
    the fold of its journal, or a won is missing; with --chaos also if the two plays are not equal,
    or a service was not killed often enough for that to prove anything.
    """
    if target == "compose" and (keep or instances > 1):
        raise typer.BadParameter("compose runs what it runs: no --keep or --instances")
    if chaos and keep:
        raise typer.BadParameter("--keep stays after the first play, --chaos plays on: choose one")
    where = addresses() if target == "compose" else None
    cohorts = programmes(play, applicants, _share(withdrawals))
    options = Options(cohorts, logs, seed, instances=instances)
    reader, kills = _reader(target, user, password_file), chaos_seed if chaos else None
    wishes = Wishes(options, kills, keep, make_console(), where, reader)
    raise typer.Exit(_play(wishes))


def _reader(target: str, user: str | None, password_file: Path | None) -> Login | None:
    """Compose's operator, where nobody else is named; parts of its own ask for no login."""
    if target == "local":
        return None
    if user is None and password_file is None:
        return asked_login(OPERATOR, FOLDER / kafka_secret(OPERATOR))
    return asked_login(user, password_file)


def _share(text: str) -> Fraction:
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"{text!r} is no share: 0.4 or 2/5") from None
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"{text} is not between 0 and 1")
    return share


def _play(wishes: Wishes) -> int:
    where = wishes.compose
    code = 1
    try:
        code = run_until_signal(_demo_compose(wishes, where) if where else _demo(wishes))
    except* TROUBLES as troubles:
        for trouble in _leaves(troubles):
            Console(stderr=True).print(str(trouble), style="red", markup=False, highlight=False)
    return code


async def _demo(wishes: Wishes) -> int:
    async with running_stack(wishes.say) as stack:
        print_parts(wishes.console, stack)
        _print_inputs(wishes)
        wishes.say("starting the four services and the bank, each as a process of its own")
        outcome = await _watched(wishes, lambda hooks: play(stack, wishes.options, hooks), stack)
        if wishes.chaos is None:
            return 0 if outcome.is_met else 1
        return await _demo_chaos(wishes, wishes.chaos, stack, outcome)


async def _demo_chaos(wishes: Wishes, seed: int, stack: Stack, calm: Outcome) -> int:
    """The same again on topics and databases of its own, while services die."""
    options = replace(
        wishes.options, prefix=CHAOS_PREFIX, logs=wishes.options.logs / CHAOS_PREFIX.strip(".")
    )
    wishes.say(f"once more, while services are killed at moments drawn from seed {seed}")
    await provision(stack, prefix=options.prefix)
    busy = busy_days(programme.policy for programme in options.programmes)
    async with Chaos(seed, busy, quiet_from=options.final_day) as chaos:
        with watching(wishes.console) as on_moment:
            hooks = Hooks(on_moment=on_moment, on_day=chaos.on_day)
            wild = await play(stack, options, hooks)
    paper = replace(wishes.paper, logs=options.logs)
    checks = [*check_chaos(chaos.figures, calm, wild)]
    print_verdict(paper, wild, stack)
    print_chaos(paper, chaos.figures, calm, wild, checks)
    return 0 if all(check.is_met for check in checks) else 1


async def _demo_compose(wishes: Wishes, where: Addresses) -> int:
    """With --chaos first on parts of its own that nobody disturbs, with the secrets that these
    containers have, so that the states must be equal.
    """
    containers = Containers(project_name(FOLDER.parent))
    if wishes.chaos is None:
        _print_inputs(wishes)
        outcome = await _play_in_containers(wishes, where, containers)
        return 0 if outcome.is_met else 1
    vaults = {name: (FOLDER / vault_secret(name)).read_text().strip() for name in SERVICES}
    async with running_stack(wishes.say) as stack:
        _print_inputs(wishes)
        wishes.say("undisturbed, on parts of its own, with the vaults' secrets of the containers")
        options = replace(wishes.options, vaults=vaults, logs=wishes.options.logs / "undisturbed")
        with watching(wishes.console) as on_moment, without_an_issuer():
            calm = await play(stack, options, Hooks(on_moment=on_moment))
    quiet_from = wishes.options.final_day
    busy = busy_days(programme.policy for programme in wishes.options.programmes)
    parts = await containers.parts()
    dealt = deal(wishes.chaos, busy, parts, quiet_from=quiet_from)
    async with Outages(containers, dealt, wishes.chaos, quiet_from=quiet_from) as outages:
        wild = await _play_in_containers(wishes, where, containers, outages.on_day)
    checks = [*check_outages(parts, outages.found, calm, wild)]
    print_outages(wishes.paper, outages.found, calm, wild, checks)
    return 0 if all(check.is_met for check in checks) else 1


async def _play_in_containers(
    wishes: Wishes,
    where: Addresses,
    containers: Containers,
    on_day: Callable[[date, City], Awaitable[None]] | None = None,
) -> Outcome:
    wishes.say(f"playing on what compose runs, by the clock at {where.clock}")
    patience = 0.0 if on_day is None else OUTAGE_SECONDS
    logs = wishes.options.logs
    async with compose_venue(where, logs, wishes.login, patience_seconds=patience) as venue:

        def begin(hooks: Hooks) -> Awaitable[Outcome]:
            struck = hooks if on_day is None else replace(hooks, on_day=on_day)
            return play_at(venue, wishes.options, struck)

        outcome = await _watched(wishes, begin, venue.city.stack)
    print_first_wage(wishes.paper, await containers.created_at(), outcome)
    return outcome


async def _watched(
    wishes: Wishes, play_it: Callable[[Hooks], Awaitable[Outcome]], stack: Stack
) -> Outcome:
    """Plays with progress shown, prints what came out, and stays when that was asked for."""
    with watching(wishes.console) as on_moment:

        async def at_end(city: City, outcome: Outcome) -> None:
            on_moment(None)
            print_outcome(wishes.paper, outcome)
            print_verdict(wishes.paper, outcome, stack)
            if wishes.keep:
                await _stay(wishes.console, city)

        return await play_it(Hooks(on_moment=on_moment, at_end=at_end))


def _print_inputs(wishes: Wishes) -> None:
    options = wishes.options
    populations = [draw(options.seed, programme) for programme in options.programmes]
    counselors = draw_counselors(options.seed, options.programmes)
    print_inputs(wishes.console, populations, counselors)


async def _stay(console: Console, city: City) -> None:
    print_addresses(console, city)
    console.print("Ctrl-C ends it.")
    await asyncio.Event().wait()


def _leaves(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
