"""`python -m ops catalogue`: the city's contracts as pages and schemas, made from the code itself.

Producers, topics, keys and fields are read from `shared.events`; consumers from the tables that
each service's handlers end with (as text: `ops` imports no service); examples are those that the
contract tests check. So the catalogue says what the code does, or a test fails.
"""

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from ops.processes import ROOT
from shared.events import CONTRACTS, TOPICS, IntegrationEvent, topic_of

FOLDER = ROOT / "docs" / "events"
SERVICES = ROOT / "services"
EXAMPLES = ROOT / "tests" / "contracts" / "examples"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DAY_STARTED = "DayStarted"  # stands in no table: the engine of every service takes it
EXAMPLE_LINES_MAX = 20  # longer ones are folded away

Consumers = Mapping[str, list[tuple[str, str]]]
"""Event class → (service, function) of each that handles it."""

HEAD = """\
# Events

Made by `python -m ops catalogue` from the code; `make test` fails when it is stale.

## What a subscriber can rely on

- **Grant.** Every topic but the calendar carries facts about single people and is read by grant,
  by name and with a legal basis ([0006](../decisions/0006-topics-by-grant-kept-for-ever.md)):
  how to be given one is in the [runbook](../runbook.md#how-do-i-add-a-subscriber).
  A granted subscriber logs in by SASL_PLAINTEXT with SCRAM-SHA-512, and its consumer groups are
  called as itself, or as itself, a dot, and more.
- **No direct personal data.** No name, phone, address, e-mail, birth date, account or free text.
- **Order per stream.** A stream is one producer and one record key (`ce_source` + key).
  Order is promised inside a stream, never across streams or topics.
- **A number without gaps.** `ce_sequence` counts a stream's events 1, 2, 3 ….
  The topic may repeat itself after a crash (1, 2, 3, 1, 2): skip what is not above the last
  sequence of its stream.
  A number that is missing means that an event is lost: say so, and do not count on.
- **Two dates.** `effective_on` is the day from which a fact counts, `recorded_on` the day on which
  it was recorded.
  Decide by these, never by when the record arrives.
- **Growth.** A field may be added with a default, a type may be new: ignore what you do not know.
  A change that breaks a reader is a new class and a new type
  ([0004](../decisions/0004-event-compatibility.md)).
- **History.** Topics are kept for ever: a new subscriber reads from the beginning.

## On the wire

CloudEvents 1.0, Kafka binary mode: the envelope is the record's headers, the value is the event's
JSON.

| header | what it says |
|---|---|
| `ce_id` | `<ce_source>/<key>/<ce_sequence>`: the same event has the same id, for ever |
| `ce_source` | the producer: `/womanup/<service>` |
| `ce_type` | `womanup.<service>.<Event>.v<N>` |
| `ce_subject`, `ce_partitionkey` | the record key: what the fact is about |
| `ce_sequence`, `ce_sequencetype` | the number in its stream, `Integer` |
| `ce_time` | an instant in UTC, for the record only: nothing is decided by it |
| `ce_correlationid`, `ce_causationid` | its story, and the event, command or day behind it |
| `ce_dataschema` | the schema's `$id` |
| `traceparent` | W3C Trace Context: the caller's trace, else one made of the correlation id |
| `content-type` | `application/json` |
"""


class CatalogueError(Exception):
    """The code says something that the catalogue cannot hold; the message names it."""


def command() -> None:
    """Write docs/events anew: the pages and the JSON schemas."""
    wanted = build(read_consumers(SERVICES))
    changed = differences(FOLDER, wanted)
    for name in changed:
        path = FOLDER / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name])
        else:
            path.unlink()
    typer.echo("\n".join(f"docs/events/{name}" for name in changed) or "nothing to change")


def build(consumers: Consumers) -> dict[str, str]:
    """Every file of docs/events by its name."""
    unknown = consumers.keys() - {contract.__name__ for contract in CONTRACTS.values()}
    if unknown:
        raise CatalogueError(f"handled, but no contract: {', '.join(sorted(unknown))}")
    schemas = {f"schemas/{_file(type_)}": _schema(type_) for type_ in CONTRACTS}
    parts = [HEAD, *_index(consumers), *(_page(type_, consumers) for type_ in CONTRACTS)]
    return {"README.md": "\n".join(parts), **schemas}


def differences(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """The names of those files that are missing, other than wanted, or there without reason."""
    found = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return sorted(n for n in found.keys() | wanted.keys() if found.get(n) != wanted.get(n))


def read_consumers(services: Path) -> dict[str, list[tuple[str, str]]]:
    """Who handles what, from `Handles(Event, function, …)` in each service's handlers."""
    found: dict[str, list[tuple[str, str]]] = {}
    for service in sorted(path.parent.name for path in services.glob("*/pyproject.toml")):
        found.setdefault(DAY_STARTED, []).append((service, "the engine"))
        folder = services / service
        for path in sorted([*folder.glob("handlers.py"), *folder.glob("handlers/**/*.py")]):
            for event, function in _handles(ast.parse(path.read_text()), path):
                found.setdefault(event, []).append((service, function))
    return found


def _handles(tree: ast.Module, path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="Handles"), args=[ast.Name(id=event), ast.Name(id=run), *_]
            ):
                yield event, run
            case ast.Call(func=ast.Name(id="Handles")):
                raise CatalogueError(f"{path}:{node.lineno}: write Handles(Event, function, …)")


def _index(consumers: Consumers) -> Iterator[str]:
    """All events at a glance, by topic."""
    yield "## All events\n"
    for topic, partitions in TOPICS.items():
        word = "partition" if partitions == 1 else "partitions"
        yield f"`{topic}` ({partitions} {word})\n"
        yield "| event | key | consumers | meaning |\n|---|---|---|---|"
        for contract in CONTRACTS.values():
            if topic_of(contract.producer) == topic:
                name = contract.__name__
                services = ", ".join(service for service, _ in consumers.get(name, [])) or "–"
                link, meaning = f"[`{name}`](#{name.lower()})", _first_sentence(contract)
                yield f"| {link} | `{contract.key_field}` | {services} | {meaning} |"
        yield ""


def _page(type_: str, consumers: Consumers) -> str:
    contract = CONTRACTS[type_]
    handled = [f"{who} (`{run}`)" for who, run in consumers.get(contract.__name__, [])]
    lines = [
        f"## {contract.__name__}\n",
        f"{inspect.getdoc(contract)}\n",
        f"- type: `{type_}`",
        f"- topic: `{topic_of(contract.producer)}`, key: `{contract.key_field}`",
        f"- producer: {contract.producer}",
        f"- consumers: {', '.join(handled) or 'none of the services; for other systems'}",
        f"- schema: [{_file(type_)}](schemas/{_file(type_)})\n",
        *_fields(contract),
        *(_example(path) for path in _example_paths(type_)),
    ]
    return "\n".join(lines)


def _fields(contract: type[IntegrationEvent]) -> Iterator[str]:
    schema = contract.model_json_schema()
    yield "| field | value |\n|---|---|"
    for name, field in schema["properties"].items():
        is_required = name in schema["required"]
        optional = "" if is_required else f"; absent means `{json.dumps(field['default'])}`"
        yield f"| `{name}` | {_wording(field)}{optional} |"
    yield ""


def _wording(field: Mapping[str, Any]) -> str:  # noqa: PLR0911  # one flat case per form
    """A field's values in words: `per_…`, a date, a list of such, one of these."""
    match field:
        case {"$ref": str(ref)}:
            return f"a `{ref.rpartition('/')[2]}`, see the schema"
        case {"enum": [*values]}:
            return "one of " + ", ".join(f"`{value}`" for value in values)
        case {"pattern": str(pattern)}:
            return f"text, `{pattern.replace('|', '&#124;')}`"
        case {"format": str(format_)}:
            return format_
        case {"anyOf": [one, {"type": "null"}]}:
            return f"{_wording(one)}, or null"
        case {"type": "array", "items": items}:
            return f"list of: {_wording(items)}"
        case {"type": str(kind)}:
            return {"string": "text"}.get(kind, kind)
        case _:
            raise CatalogueError(f"no words for {field}")


def _example(path: Path) -> str:
    block = f"```json\n{path.read_text().strip()}\n```\n"
    if block.count("\n") <= EXAMPLE_LINES_MAX:
        return block
    return f"<details><summary>{path.name}</summary>\n\n{block}\n</details>\n"


def _example_paths(type_: str) -> list[Path]:
    stem = _file(type_).removesuffix("json")
    found = sorted(EXAMPLES.glob(f"{stem}*"))
    if not found:
        raise CatalogueError(f"no example: add {EXAMPLES.relative_to(ROOT)}/{_file(type_)}")
    return found


def _schema(type_: str) -> str:
    contract = CONTRACTS[type_]
    head = {"$schema": DIALECT, "$id": f"/womanup/schemas/{contract.producer}/{type_}.json"}
    return json.dumps({**head, **contract.model_json_schema()}, indent=2, ensure_ascii=False) + "\n"


def _file(type_: str) -> str:
    """`womanup.intake.CohortOpened.v1` → `CohortOpened.v1.json`."""
    return f"{'.'.join(type_.split('.')[-2:])}.json"


def _first_sentence(contract: type[IntegrationEvent]) -> str:
    text = " ".join((inspect.getdoc(contract) or "").split())
    return text.split(". ")[0].rstrip(".")
