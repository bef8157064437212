from collections.abc import Callable

import pytest

from services.placement.handlers import HANDLERS, SWEEPS
from services.placement.storage import KINDS
from shared.testing import Bench


@pytest.fixture
def bench(bench_on: Callable[..., Bench]) -> Bench:
    return bench_on("placement", KINDS, HANDLERS, SWEEPS)
