"""The embedded stack serves, names its parts, and leaves nothing behind however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)
from pymongo import AsyncMongoClient

from ops.processes import ROOT, service_environment
from ops.provision import ProvisionError, provision, withdraw
from ops.stack import Part, Stack, StackError, choice, docker, running_stack
from ops.stack.parts import Setup
from shared.events import TOPICS

INTAKE = "womanup.intake.v1"


@pytest.mark.system
async def test_a_record_comes_back_from_the_stacks_kafka(stack: Stack, prefix: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=stack.kafka, acks="all") as producer:
        sent = await producer.send_and_wait(prefix + INTAKE, b"value", key=b"per_1")
    async with AIOKafkaConsumer(
        prefix + INTAKE,
        bootstrap_servers=stack.kafka,
        group_id=f"{prefix}test",
        auto_offset_reset="earliest",
    ) as consumer:
        record = await consumer.getone()

    assert (record.key, record.value, record.partition) == (b"per_1", b"value", sent.partition)


@pytest.mark.system
async def test_the_stacks_mongodb_has_transactions(stack: Stack, prefix: str) -> None:
    name = service_environment(stack, "intake", prefix=prefix)["INTAKE_DATABASE"]
    async with AsyncMongoClient[dict[str, Any]](stack.mongo) as client:
        rows = await client[name].create_collection("rows")
        async with client.start_session() as session:
            async with await session.start_transaction():
                await rows.insert_one({"_id": "kept"}, session=session)
            await session.start_transaction()
            await rows.insert_one({"_id": "dropped"}, session=session)
            await session.abort_transaction()
        found = [row["_id"] async for row in rows.find()]

    assert found == ["kept"]


@pytest.mark.system
def test_every_part_says_where_it_comes_from_and_why(stack: Stack) -> None:
    assert [part.name for part in stack.parts] == ["Kafka", "MongoDB"]
    assert all(part.version and part.provider and part.why for part in stack.parts)


@pytest.mark.system
async def test_provisioning_again_changes_nothing(stack: Stack, prefix: str) -> None:
    assert await provision(stack, prefix=prefix) == []


@pytest.mark.system
async def test_provisioning_corrects_settings_and_names_them(stack: Stack) -> None:
    admin = AdminClient({"bootstrap.servers": stack.kafka, "log_level": 0})
    made = await provision(stack, prefix="settings.")
    topic = "settings." + INTAKE
    _set_retention(admin, topic, "60000")
    async with AsyncMongoClient[dict[str, Any]](stack.mongo) as client:
        await client.admin.command({"setParameter": 1, "transactionLifetimeLimitSeconds": 60})
    changes = await provision(stack, prefix="settings.")
    await withdraw(stack, prefix="settings.")

    assert len(made) == len(TOPICS)
    assert changes == [
        f"topic {topic}: retention.ms set to -1",
        "MongoDB: transactionLifetimeLimitSeconds set to 10, was 60",
    ]


@pytest.mark.system
async def test_a_topic_with_other_partitions_is_refused(stack: Stack) -> None:
    admin = AdminClient({"bootstrap.servers": stack.kafka, "log_level": 0})
    admin.create_topics([NewTopic("odd." + INTAKE, 3, 1)])["odd." + INTAKE].result(30)

    with pytest.raises(ProvisionError, match="has 3 partitions and should have 12"):
        await provision(stack, prefix="odd.")
    admin.delete_topics(["odd." + INTAKE])["odd." + INTAKE].result(30)


@pytest.mark.system
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stack_that_is_up_leaves_nothing_behind(tmp_path: Path, ending: signal.Signals) -> None:
    with _stack_command(tmp_path, {}) as run:
        _until(lambda: "Ctrl-C" in run.output.read_text(), run)
        assert len(run.children()) >= 2
        # Else a container that does not carry our mark would be left behind, and not be seen.
        assert len(run.containers()) == run.output.read_text().count("Docker, ")
        run.process.send_signal(ending)
        code = run.process.wait(30)

    assert code == (-9 if ending == signal.SIGKILL else 128 + ending)
    assert run.remains() == []


@pytest.mark.system
@pytest.mark.parametrize("after_seconds", [0.0, 0.3, 1.0, 2.0])
def test_a_stack_that_is_starting_leaves_nothing_behind(
    tmp_path: Path, after_seconds: float
) -> None:
    with _stack_command(tmp_path, {}) as run:
        _until(lambda: bool(run.children()), run)
        time.sleep(after_seconds)
        run.process.send_signal(signal.SIGINT)
        code = run.process.wait(30)

    assert code == 128 + signal.SIGINT
    assert run.remains() == []


@pytest.mark.system
def test_an_interrupted_download_leaves_no_half_cache(tmp_path: Path) -> None:
    programs, cache = tmp_path / "programs", tmp_path / "cache"
    programs.mkdir()
    _script(programs / "java", "echo 'openjdk version \"21.0.1\"'")
    _script(programs / "mvn", 'for word; do case $word in -DoutputDirectory=*) mkdir "${word#*=}";')
    with (programs / "mvn").open("a") as script:
        script.write("esac; done; sleep 60\n")
    env = {
        "WOMANUP_PROVIDER": "local",
        "WOMANUP_CACHE": str(cache),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "JAVA_HOME": "",
    }
    with _stack_command(tmp_path, env) as run:
        _until(lambda: bool(list(cache.glob(".kafka-*/libs"))), run)
        run.process.send_signal(signal.SIGINT)
        run.process.wait(30)

    assert run.remains() == []
    assert list(cache.iterdir()) == []


@pytest.mark.system
async def test_given_addresses_are_used_as_they_are(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOMANUP_KAFKA", stack.kafka)
    monkeypatch.setenv("WOMANUP_MONGO", stack.mongo)
    async with running_stack(provisioned=False) as found:
        pass

    assert (found.kafka, found.mongo) == (stack.kafka, stack.mongo)
    assert [part.provider for part in found.parts] == ["given", "given"]


async def test_an_unknown_provider_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOMANUP_PROVIDER", "podman")

    with pytest.raises(StackError, match="set it to docker or local"):
        async with running_stack():
            pass


async def test_docker_that_fails_hands_over_unless_it_was_forced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def image_there(_setup: Setup, _image: str) -> None:
        return None

    async def fails(_setup: Setup, _why: str) -> tuple[str, Part]:
        raise StackError("it ended")

    async def works(_setup: Setup, why: str) -> tuple[str, Part]:
        return "address", Part("Kafka", "4", "here", why)

    async def chosen(env: Mapping[str, str]) -> Part:
        setup: Any = SimpleNamespace(environment=env, say=lambda _: None)
        return (await choice._docker_else_local(setup, None, "image:1", fails, works))[1]

    monkeypatch.setattr(docker, "image_trouble", image_there)

    assert (await chosen({})).why == "image:1 did not start in Docker"
    with pytest.raises(StackError, match="it ended"):
        await chosen({"WOMANUP_PROVIDER": "docker"})


class StackCommand:
    """A running `python -m ops stack`, and everything that it has started so far."""

    def __init__(self, process: subprocess.Popen[bytes], temporary: Path, output: Path) -> None:
        self.process, self.temporary, self.output = process, temporary, output
        self._seen: set[psutil.Process] = set()

    def children(self) -> set[psutil.Process]:
        if self.process.poll() is None:
            self._seen |= set(psutil.Process(self.process.pid).children(recursive=True))
        return self._seen

    def remains(self) -> list[str]:
        """What is still there five seconds after the end: folders, processes, containers."""
        deadline = time.monotonic() + 5
        while (found := self._remains()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    def _remains(self) -> list[str]:
        mark = str(self.temporary)
        folders = [str(path) for path in self.temporary.iterdir()]
        ours = [one for one in psutil.process_iter() if mark in " ".join(_words(one))]
        living = [one for one in self._seen if one.is_running()]
        return folders + [str(one) for one in {*ours, *living}] + self.containers()

    def containers(self) -> list[str]:
        """Those that carry the mark by which a dead owner's are found."""
        if not self._has_engine():
            return []
        listing = ("docker", "ps", "-a", "--format", "{{.Image}} {{.Labels}}")
        rows = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
        return [row for row in rows.splitlines() if str(self.temporary) in row]

    def _has_engine(self) -> bool:
        try:
            return (
                subprocess.run(("docker", "info"), capture_output=True, check=False).returncode == 0
            )
        except FileNotFoundError:
            return False


@contextmanager
def _stack_command(folder: Path, env: Mapping[str, str]) -> Iterator[StackCommand]:
    temporary, output = folder / "temporary", folder / "output"
    temporary.mkdir()
    given = {key: os.environ[key] for key in os.environ if not key.startswith("WOMANUP_KAFKA")}
    given.pop("WOMANUP_MONGO", None)
    with output.open("wb") as file:
        process = subprocess.Popen(
            (sys.executable, "-m", "ops", "stack"),
            cwd=ROOT,
            env={**given, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1", **env},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    run = StackCommand(process, temporary, output)
    try:
        yield run
    finally:
        process.kill()
        process.wait()


def _until(claim: Callable[[], bool], run: StackCommand) -> None:
    deadline = time.monotonic() + 120
    while not claim():
        assert run.process.poll() is None, run.output.read_text()
        assert time.monotonic() < deadline, run.output.read_text()
        run.children()
        time.sleep(0.02)


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


def _set_retention(admin: AdminClient, topic: str, value: str) -> None:
    """Returns when the broker answers with it; it promises a change before it has it."""
    change = ConfigEntry("retention.ms", value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[change])
    admin.incremental_alter_configs([resource])[resource].result(30)
    asked = ConfigResource(ResourceType.TOPIC, topic)
    while admin.describe_configs([asked])[asked].result(30)["retention.ms"].value != value:
        time.sleep(0.02)
