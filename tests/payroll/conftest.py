"""Payroll on a bench, with people to be paid."""

import pytest

from services.payroll.handlers import HANDLERS, SWEEPS
from services.payroll.storage import KINDS
from shared.testing import Bench
from tests.conftest import MakeBench


@pytest.fixture
def bench(bench_on: MakeBench) -> Bench:
    return bench_on("payroll", KINDS, HANDLERS, SWEEPS)
