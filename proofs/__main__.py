"""`python -m proofs`: the attacks, each with a table at its end and an exit status.

A command is one line here: its name, where it lives, what it does.
"""

import logging
from importlib import import_module

import typer

COMMANDS = {  # name: "module:function", a plain function with typer annotations
    "chaos": "proofs.chaos.command:chaos",
    "check": "proofs.invariants.command:command",
    "crash": "proofs.crash.command:crash",
    "mutants": "proofs.mutants.command:command",
    "outage": "proofs.outage.command:outage",
    "record": "proofs.recording.command:record",
    "simulate": "proofs.simulation.command:simulate",
}


def build() -> typer.Typer:
    app = typer.Typer(
        name="proofs",
        help="Attack the system and check what must hold. Each command has its own --help.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name, place in COMMANDS.items():
        module, function = place.split(":")
        app.command(name)(getattr(import_module(module), function))
    app.callback()(_several_commands)
    return app


def _several_commands() -> None:
    """Keeps typer from folding the list away while it has a single entry."""


if __name__ == "__main__":
    # What a Kafka client complains of, it raises too; a service's own logs are read as they are.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    build()(prog_name="python -m proofs")
