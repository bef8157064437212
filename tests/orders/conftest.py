"""Begins the orders' plays as soon as it is known which tests will run."""

from pathlib import Path

import pytest

from tests.orders.stage import Stage

STAGE = pytest.StashKey[Stage]()


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    ours = [item for item in session.items if item.path.parent == Path(__file__).parent]
    asking = [item for item in ours if "stage" in getattr(item, "fixturenames", ())]
    seeds = [item.callspec.params.get("seed") for item in asking if hasattr(item, "callspec")]
    if asking:
        session.config.stash[STAGE] = Stage([seed for seed in seeds if seed])


def pytest_sessionfinish(session: pytest.Session) -> None:
    if STAGE in session.config.stash:
        session.config.stash[STAGE].close()


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Stage:
    return request.config.stash[STAGE]
