"""`python -m ops demo`: the article's cohort from its notice to the end of the year after."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ops.audit import UnknownRule
from ops.city import City
from ops.clock import ClockError, NotAtRest
from ops.demo.client import RefusedError
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play
from ops.demo.population import ARTICLE, SEED, draw, size_for
from ops.demo.progress import watching
from ops.demo.report import (
    Paper,
    make_console,
    print_addresses,
    print_inputs,
    print_outcome,
    print_parts,
    print_verdict,
)
from ops.demo.words import OfficeError
from ops.policies import read_policy
from ops.processes import ProcessError, run_until_signal
from ops.services import ServiceError
from ops.stack import StackError, running_stack
from ops.topics import TopicsError

POLICY = "2022-h1"
APPLICANTS_MAX = 20_000  # a day with more would not come to rest in its time
TROUBLES = (
    ClockError,
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


def demo(
    seed: Annotated[int, typer.Option(help="Draws people, companies and their wishes.")] = SEED,
    applicants: Annotated[
        int, typer.Option(min=1, max=APPLICANTS_MAX, help="How many people apply.")
    ] = ARTICLE.applicants,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running until Ctrl-C.")
    ] = False,
    logs: Annotated[Path, typer.Option(help="Where logs and the bank's file go.")] = Path(
        ".run/demo-logs"
    ),
) -> None:
    """Play cohort 2 from March 2022 to June 2023 on real Kafka and MongoDB, and check it.

    Exit status 1 if a figure of the article is not met, somebody counts otherwise, a state is not
    the fold of its journal, or a won is missing.
    """
    options = Options(size_for(applicants), read_policy(POLICY), logs, seed)
    console = make_console()
    try:
        code = run_until_signal(_demo(console, options, keep=keep))
    except* TROUBLES as troubles:
        for trouble in _leaves(troubles):
            Console(stderr=True).print(str(trouble), style="red", markup=False, highlight=False)
        code = 1
    raise typer.Exit(code)


async def _demo(console: Console, options: Options, *, keep: bool) -> int:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    async with running_stack(say) as stack:
        print_parts(console, stack)
        print_inputs(console, draw(options.seed, options.size, options.policy))
        paper = Paper(console, options.logs)
        with watching(console) as on_moment:

            async def at_end(city: City, outcome: Outcome) -> None:
                on_moment(None)
                print_outcome(paper, outcome)
                print_verdict(paper, outcome, stack)
                if keep:
                    await _stay(console, city)

            say("starting the four services and the bank, each as a process of its own")
            outcome = await play(stack, options, Hooks(on_moment=on_moment, at_end=at_end))
    return 0 if outcome.is_met else 1


async def _stay(console: Console, city: City) -> None:
    print_addresses(console, city)
    console.print("Ctrl-C ends it.")
    await asyncio.Event().wait()


def _leaves(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
