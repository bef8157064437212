"""Begins the orders' plays as soon as it is known which tests will run, and who runs them."""

import pytest

from tests.orders.stage import Stage, begin, end, stage_of
from tests.workers import is_worker


def pytest_collection_finish(session: pytest.Session) -> None:
    if not (session.config.option.collectonly or is_worker(session.config)):
        begin(session)


def pytest_sessionfinish(session: pytest.Session) -> None:
    end(session)


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Stage:
    return stage_of(request.session)
