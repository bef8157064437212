"""Intake on a bench: the twin in memory, and real MongoDB."""

from collections.abc import Callable

import pytest

from services.intake.handlers import HANDLERS, SWEEPS
from services.intake.storage import KINDS
from shared.testing import Bench


@pytest.fixture
def bench(bench_on: Callable[..., Bench]) -> Bench:
    return bench_on("intake", KINDS, HANDLERS, SWEEPS)
