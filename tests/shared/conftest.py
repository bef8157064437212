"""What every test of the engine begins and ends with."""

from collections.abc import Iterator

import pytest

from tests.shared import toy


@pytest.fixture(autouse=True)
def mended() -> Iterator[None]:
    """The toy's handlers have no bug but those that a test plants."""
    toy.faulty.clear()
    yield
    toy.faulty.clear()
