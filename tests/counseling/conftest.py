"""A bench of counseling, in memory and on MongoDB."""

import pytest

from services.counseling.handlers import HANDLERS, SWEEPS
from services.counseling.storage import KINDS
from shared.testing import Bench
from tests.conftest import MakeBench


@pytest.fixture
def bench(bench_on: MakeBench) -> Bench:
    return bench_on("counseling", KINDS, HANDLERS, SWEEPS)
