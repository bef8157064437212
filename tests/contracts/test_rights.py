"""What the broker lets a service read is what its HANDLERS react to: no less, and no more."""

import pytest

from ops.access.rights import REACTS_TO
from ops.city import SERVICES
from services.counseling.handlers import HANDLERS as COUNSELING
from services.intake.handlers import HANDLERS as INTAKE
from services.payroll.handlers import HANDLERS as PAYROLL
from services.placement.handlers import HANDLERS as PLACEMENT
from shared.bus import Handles

TABLES = {"intake": INTAKE, "placement": PLACEMENT, "payroll": PAYROLL, "counseling": COUNSELING}


def producers(table: tuple[Handles, ...]) -> tuple[str, ...]:
    """The calendar stands in no table: the engine of every service takes it."""
    return tuple(sorted({handles.event.producer for handles in table}))


def test_every_service_has_its_rights() -> None:
    assert tuple(REACTS_TO) == SERVICES == tuple(TABLES)


@pytest.mark.parametrize("service", TABLES)
def test_a_service_may_read_what_it_reacts_to(service: str) -> None:
    assert producers(TABLES[service]) == REACTS_TO[service]


def test_a_planted_handler_is_found() -> None:
    stranger = next(handles for handles in COUNSELING if handles.event.producer == "placement")

    assert producers((*PLACEMENT, stranger)) != REACTS_TO["placement"]
