"""Who plays what where `make test` plays on two workers, and what they must not share.

A unit is played whole, in its order, by one worker, and the longest come first. Each worker has a
Kafka and a MongoDB of its own, started when its first test asks.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

WORKERS = 2  # a machine with more cores is no faster: a unit is not cut
PORTS = range(20_000, 32_000)  # those of ops/processes/ports.py

# Processes and containers: they wait more than they compute, and each file stands alone.
APART = ("compose", "crash", "proofs", "system")
# One small cohort, played once, is what all of these look at.
ONE_COHORT = tuple(
    f"tests/{name}.py"
    for name in (
        "compose/test_cohort",
        "system/test_chaos",
        "system/test_no_personal_data",
        "system/test_planted_faults",
        "system/test_small_cohort",
    )
)
LONGEST_FIRST = (
    "cohort",
    "services",
    "tests/compose/test_compose.py",
    "tests/system/test_refills.py",
    "tests/crash/test_kill_payroll.py",
)


def unit_of(nodeid: str) -> str:
    """The folders that are not apart are one unit: the orders, which come last in it, are played
    in processes beside it from its beginning (tests/orders/stage.py).
    """
    file = nodeid.partition("::")[0]
    if file in ONE_COHORT:
        return "cohort"
    return file if file.split("/")[1] in APART else "services"


def place_of(nodeid: str) -> tuple[int, bool]:
    """By this a worker sorts what it collected."""
    unit = unit_of(nodeid)
    place = LONGEST_FIRST.index(unit) if unit in LONGEST_FIRST else len(LONGEST_FIRST)
    return place, nodeid.startswith("tests/orders/")


def ports_of(number: int, workers: int) -> range:
    """A part of its own: a stack in containers has no hold on its ports until it is up."""
    each = len(PORTS) // workers
    return PORTS[number * each : (number + 1) * each]


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


class Units(LoadScopeScheduling):  # type: ignore[misc]  # xdist carries no types
    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Units:
    config.option.loadscopereorder = False  # else those of most tests come first
    return Units(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For `-n auto`: one file, or one test, is played here, and nothing else is started. So is
    everything on a Kafka or MongoDB that was given: there is one of it, and its databases.
    """
    files = [Path(arg.partition("::")[0]).suffix == ".py" for arg in config.args]
    is_given = bool({"WOMANUP_KAFKA", "WOMANUP_MONGO"} & os.environ.keys())
    return 0 if all(files) or is_given else WORKERS


def pytest_configure(config: pytest.Config) -> None:
    if is_worker(config):
        number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
        part = ports_of(number, int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))
        os.environ["WOMANUP_PORTS"] = f"{part.start}-{part.stop}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if is_worker(config):
        items.sort(key=lambda item: place_of(item.nodeid))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Of two workers, which both collected the orders, whoever has their unit plays them."""
    if is_worker(item.config) and unit_of(item.nodeid) == "services":
        from tests.orders.stage import begin  # takes a second

        begin(item.session)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Workers share this folder. The first stack on a machine may install Java and fetch Kafka."""
    with (folder / "stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
