"""Cohort policies as files, each checked whole before a service sees it."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from shared.events.policy import CohortPolicy

FOLDER = Path(__file__).parent


def read_holidays() -> list[dict[str, Any]]:
    """Public holidays, one list for the calendar and for every cohort."""
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / "holidays.yaml").read_text())
    return found


def holiday_dates() -> frozenset[date]:
    return frozenset(h["day"] for h in read_holidays())


def read_policy(name: str) -> CohortPolicy:
    """The policy `ops/policies/<name>.yaml`. Raises pydantic's error naming each wrong field."""
    fields = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return CohortPolicy.model_validate({**fields, "holidays": read_holidays()})
