"""The official images in Docker, through testcontainers."""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ops.processes import ProcessError, free_ports
from ops.stack.home import HOST_LABEL, LABEL, is_stale
from ops.stack.parts import (
    BROKER_HEAP,
    BROKER_SETTINGS,
    KAFKA_IMAGE,
    MONGO_IMAGE,
    MONGOD_FLAGS,
    Part,
    Setup,
    StackError,
)
from ops.stack.probe import become_primary, mongo_version, wait_for_kafka

ENGINE_SECONDS = 10
PULL_SECONDS = 300
LOG_TAIL_LINES = 20

# Kafka's own tools and not the image's wrapper, which does not start a container again on its data
# and wants to write where images built from read-only files cannot be written. As in compose.
BROKER_DATA = "/tmp/kafka"  # noqa: S108  # the container's own
RUN_BROKER = f"""
echo "$BROKER" >/tmp/broker.properties &&
{{ test -e {BROKER_DATA}/meta.properties || /opt/kafka/bin/kafka-storage.sh format \
    --cluster-id d29tYW51cC1raW5kLTAwMQ --config /tmp/broker.properties; }} &&
exec /opt/kafka/bin/kafka-server-start.sh /tmp/broker.properties
"""


async def engine_trouble(setup: Setup) -> str | None:
    """Why Docker cannot be used; None when it can, and then what dead owners left is removed."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    try:
        await setup.children.run("docker-info", ("docker", "info"), timeout_seconds=ENGINE_SECONDS)
    except ProcessError:
        return "no Docker engine answers"
    setup.home.will_remove_containers()
    await _remove_stale_containers(setup)
    return None


async def image_trouble(setup: Setup, image: str) -> str | None:
    """Why the image cannot be had; None when it is there, if need be after a pull."""
    name = image.replace("/", "-").replace(":", "-")
    look = ("docker", "image", "inspect", image)
    child = await setup.children.run(f"look-{name}", look, timeout_seconds=60, check=False)
    if child.process.returncode == 0:
        return None
    setup.say(f"pulling {image} (once)")
    pull = ("docker", "pull", "--quiet", image)
    try:
        await setup.children.run(f"pull-{name}", pull, timeout_seconds=PULL_SECONDS)
    except ProcessError:
        return f"{image} cannot be pulled"
    return None


async def start_kafka(setup: Setup, why: str) -> tuple[str, Part]:
    """The broker also connects to its own advertised listener, so the inside has one of its own."""
    port = setup.ports.kafka or free_ports(1)[0]
    address = f"127.0.0.1:{port}"
    settings = {
        **BROKER_SETTINGS,
        "listeners": "HOST://:9092,INTERNAL://:19092,CONTROLLER://localhost:9093",
        "advertised.listeners": f"HOST://{address},INTERNAL://localhost:19092",
        "listener.security.protocol.map": "HOST:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INTERNAL",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": "1@localhost:9093",
        "log.dirs": BROKER_DATA,
    }
    environment = {
        "BROKER": "\n".join(f"{key}={value}" for key, value in settings.items()),
        "KAFKA_HEAP_OPTS": " ".join(BROKER_HEAP),
        "LOG_DIR": "/tmp/logs",  # noqa: S108  # the container's own
        "EXTRA_ARGS": "-name kafkaServer",
        "KAFKA_LOG4J_OPTS": "-Dlog4j2.configurationFile=/etc/kafka/docker/tools-log4j2.yaml",
    }
    command = ["bash", "-c", RUN_BROKER]
    check = await _start(
        setup, KAFKA_IMAGE, {"9092/tcp": port}, environment=environment, command=command
    )
    await wait_for_kafka(address, check)
    return address, Part("Kafka", KAFKA_IMAGE.split(":")[1], f"Docker, {KAFKA_IMAGE}", why)


async def start_mongo(setup: Setup, why: str) -> tuple[str, Part]:
    port = setup.ports.mongo or free_ports(1)[0]
    command = ["mongod", "--bind_ip_all", *MONGOD_FLAGS]
    check = await _start(setup, MONGO_IMAGE, {"27017/tcp": port}, command=command)
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    await become_primary(uri, "localhost:27017", check)
    uri += "&replicaSet=rs0"
    version = await mongo_version(uri)
    return uri, Part("MongoDB", version, f"Docker, {MONGO_IMAGE}", why)


async def _start(
    setup: Setup,
    image: str,
    ports: dict[str, int],
    *,
    environment: dict[str, str] | None = None,
    command: list[str] | None = None,
) -> Callable[[], None]:
    """Starts a container that goes when the stack does; returns what raises when it has ended."""
    # Its reaper is one more image to pull; our own janitor does its work.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from docker.errors import DockerException  # type: ignore[import-untyped]  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    container = DockerContainer(image, env=environment or {}, labels=setup.home.labels)
    # testcontainers' own method would publish on every address of the machine.
    published: Any = {inside: ("127.0.0.1", outside) for inside, outside in ports.items()}
    container.ports = published
    if command:
        container.with_command(command)
    setup.exits.push_async_callback(asyncio.to_thread, container.stop)
    try:
        await _to_the_end(container.start)
    except DockerException as error:
        raise StackError(f"{image} does not start: {error}") from error
    return lambda: _check(container.get_wrapped_container(), image)


async def _to_the_end(work: Callable[[], object]) -> None:
    """A thread cannot be cancelled. Whoever cancels us waits until it is through, however often
    they do, so that the container it started is known to `stop`.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    running.result()


def _check(container: Any, image: str) -> None:
    container.reload()
    if container.status in {"exited", "dead"}:
        tail = container.logs(tail=LOG_TAIL_LINES).decode(errors="replace")
        raise StackError(f"{image} ended while starting; the end of its log:\n{tail}")


async def _remove_stale_containers(setup: Setup) -> None:
    """Of owners on this host that died together with their janitor."""
    listing = ("docker", "ps", "-a", "--filter", f"label={LABEL}", "--format", "json")
    child = await setup.children.run("docker-ps", listing, timeout_seconds=60)
    stale = []
    for line in child.log.read_text().splitlines():
        row = json.loads(line)
        labels = dict(pair.split("=", 1) for pair in row["Labels"].split(",") if "=" in pair)
        mine = labels.get(HOST_LABEL) == socket.gethostname()
        if mine and is_stale(Path(labels[LABEL])):
            stale.append(row["ID"])
    if stale:
        setup.say(f"removing {len(stale)} containers of a stack that died")
        remove = ("docker", "rm", "-f", "-v", *stale)
        await setup.children.run("docker-rm", remove, timeout_seconds=60)
