"""The catalogue cannot lie: docs/events is what the code says, and a stale page turns this red."""

from pathlib import Path

import pytest

from ops.catalogue import (
    DAY_STARTED,
    FOLDER,
    SERVICES,
    CatalogueError,
    build,
    differences,
    read_consumers,
)
from services.counseling.handlers import HANDLERS as COUNSELING
from services.intake.handlers import HANDLERS as INTAKE
from services.payroll.handlers import HANDLERS as PAYROLL
from services.placement.handlers import HANDLERS as PLACEMENT
from shared.events import CONTRACTS

TABLES = {"intake": INTAKE, "placement": PLACEMENT, "payroll": PAYROLL, "counseling": COUNSELING}


def a_service(folder: Path, handlers: str) -> Path:
    service = folder / "archive"
    service.mkdir()
    (service / "pyproject.toml").touch()
    (service / "handlers.py").write_text(handlers)
    return folder


def test_docs_events_is_what_the_code_says() -> None:
    stale = differences(FOLDER, build(read_consumers(SERVICES)))

    assert stale == [], "docs/events is stale: run `.venv/bin/python -m ops catalogue`"


def test_consumers_read_as_text_are_those_of_the_running_tables() -> None:
    """The catalogue may not import a service; this test may, and compares."""
    running = {
        (handles.event.__name__, service, getattr(handles.run, "__name__", ""))
        for service, table in TABLES.items()
        for handles in table
    }
    read = {
        (event, service, function)
        for event, found in read_consumers(SERVICES).items()
        for service, function in found
        if event != DAY_STARTED
    }

    assert running == read


def test_a_planted_consumer_makes_the_catalogue_stale(tmp_path: Path) -> None:
    services = a_service(tmp_path, "HANDLERS = (Handles(WagePaid, keep_wage, {}),)")

    stale = differences(FOLDER, build(read_consumers(services)))

    assert "README.md" in stale
    assert "- consumers: archive (`keep_wage`)" in build(read_consumers(services))["README.md"]


def test_a_planted_edit_and_a_file_too_many_are_found(tmp_path: Path) -> None:
    wanted = build(read_consumers(SERVICES))
    (tmp_path / "schemas").mkdir()
    for name, text in wanted.items():
        (tmp_path / name).write_text(text)
    schema = tmp_path / "schemas" / "WagePaid.v1.json"
    schema.write_text(schema.read_text().replace("amount_krw", "amount"))
    (tmp_path / "schemas" / "WageLost.v1.json").touch()

    stale = differences(tmp_path, wanted)

    assert stale == ["schemas/WageLost.v1.json", "schemas/WagePaid.v1.json"]


def test_a_row_for_an_event_that_is_no_contract_is_refused(tmp_path: Path) -> None:
    services = a_service(tmp_path, "HANDLERS = (Handles(WageLost, keep_wage),)")

    with pytest.raises(CatalogueError, match="WageLost"):
        build(read_consumers(services))


def test_a_row_that_cannot_be_read_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    services = a_service(tmp_path, "HANDLERS = (Handles(event=WagePaid, run=keep_wage),)")

    with pytest.raises(CatalogueError, match=r"handlers\.py:1"):
        read_consumers(services)


def test_every_contract_has_a_section_and_a_schema() -> None:
    files = build(read_consumers(SERVICES))

    assert all(f"- type: `{type_}`\n" in files["README.md"] for type_ in CONTRACTS)
    assert len(files) == len(CONTRACTS) + 1
