"""`python -m ops`: one door to the operator's commands.

A command is one line in `COMMANDS`. Only the command that was asked for is imported, so that a
slow or broken one cannot hold up the others, and `--help` answers at once.
"""

import logging
import sys
from importlib import import_module

import typer

# Name: (where it lives as "module:attribute", what it does). The attribute is a plain function
# with typer annotations, or a `typer.Typer` that has subcommands of its own.
COMMANDS = {
    "demo": ("ops.demo.command:demo", "Play the article's cohort on real parts, and check it."),
    "dev": ("ops.dev:dev", "Everything up, the clock stepped by hand, curl lines to paste."),
    "stack": ("ops.stack.command:stack", "Run Kafka and MongoDB here until Ctrl-C."),
    "provision": ("ops.provision:command", "Make what the services find when they start."),
    "handout": ("ops.secret_files:command", "Copy secrets to the volumes of those who need them."),
    "grant": ("ops.access.command:grant", "Let another city system read topics, and why."),
    "revoke": ("ops.access.command:revoke", "End a grant."),
    "grants": ("ops.access.command:grants", "The register of grants, against the broker."),
    "clock": ("ops.clock.command:clock", "The passing of days: real, or simulated."),
    "bank": ("ops.bank:command", "Play the bank: pay each order once, post the results."),
    "audit": ("ops.audit.command:command", "Derive what is owed, compare with what was paid."),
    "trace": ("ops.trace.command:command", "One person's life across the services, day by day."),
    "status": ("ops.status:command", "How every service is, on one screen."),
    "digest": ("ops.digest:command", "The digest of each service, and of all."),
    "parked": ("ops.parked:parked", "What the services could not take, and what to do about it."),
    "rebuild": ("ops.rebuild:command", "Is each state the fold of its journal? Else write it."),
    "backup": ("ops.backup.command:backup", "A consistent copy of a service's store, in files."),
    "restore": ("ops.backup.command:restore", "Put a backup in a store's place, offsets and all."),
    "takeover": ("ops.backup.takeover:command", "Go on from a store older than its own topic."),
    "issuer": ("ops.issuer:command", "Sign tokens for development: never in production."),
    "token": ("ops.tokens:command", "Print a token of a development issuer."),
    "catalogue": ("ops.catalogue:command", "Write docs/events anew from the code."),
    "metrics": ("ops.metrics:command", "Write docs/metrics.md, alert rules and dashboard anew."),
}


def build(asked: str | None) -> typer.Typer:
    app = typer.Typer(
        name="ops",
        help="Run, check and repair Woman-Up. Each command has its own --help.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name, (place, summary) in COMMANDS.items():
        if name != asked:
            app.command(name, help=summary)(_listed_only)
            continue
        module, attribute = place.split(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=summary)
        else:
            app.command(name)(found)
    app.callback()(_several_commands)
    return app


def _listed_only() -> None:
    """Stands in the list of commands for one that was not asked for."""


def _several_commands() -> None:
    """Keeps typer from folding the list away while it has a single entry."""


def main() -> None:
    # What a Kafka client complains of, it raises too: the command says it once, in its own words.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        build(asked)(prog_name="python -m ops")
    except KeyboardInterrupt:  # while a command's modules were still being imported
        sys.exit(130)


if __name__ == "__main__":
    main()
