"""Who gives which part, and why."""

import asyncio
from collections.abc import Awaitable, Callable

from ops.stack import docker, jars, wheel
from ops.stack.parts import KAFKA_IMAGE, MONGO_IMAGE, Part, Setup, Stack, StackError
from ops.stack.probe import mongo_version, wait_for_kafka

Start = Callable[[Setup, str], Awaitable[tuple[str, Part]]]


async def start_parts(setup: Setup) -> Stack:
    """Both at once. The first failure stops the other, and is the one that is raised."""
    engine = await _engine(setup)
    tasks = [
        asyncio.create_task(_kafka(setup, engine)),
        asyncio.create_task(_mongo(setup, engine)),
    ]
    try:
        (kafka, broker), (mongo, store) = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            if not task.cancelling():  # twice would break into the clean-up of the first
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return Stack(kafka, mongo, (broker, store))


async def _engine(setup: Setup) -> str | None:
    """What speaks against Docker; None when nothing does. An error where it is asked for."""
    forced = setup.environment.get("WOMANUP_PROVIDER", "")
    if forced not in {"", "docker", "local"}:
        raise StackError(f"WOMANUP_PROVIDER is {forced!r}: set it to docker or local, or unset it")
    if forced == "local":
        return "WOMANUP_PROVIDER=local"
    if {"WOMANUP_KAFKA", "WOMANUP_MONGO"} <= setup.environment.keys():
        return "both addresses are given"
    trouble = await docker.engine_trouble(setup)
    if trouble and forced == "docker":
        raise StackError(f"WOMANUP_PROVIDER=docker, but {trouble}: start the engine or unset it")
    return trouble


async def _kafka(setup: Setup, engine: str | None) -> tuple[str, Part]:
    address = setup.environment.get("WOMANUP_KAFKA")
    if address:
        await wait_for_kafka(address)
        return address, Part("Kafka", "as found", "given", "WOMANUP_KAFKA is set")
    return await _docker_else_local(setup, engine, KAFKA_IMAGE, docker.start_kafka, jars.start)


async def _mongo(setup: Setup, engine: str | None) -> tuple[str, Part]:
    address = setup.environment.get("WOMANUP_MONGO")
    if address:
        version = await mongo_version(address)
        return address, Part("MongoDB", version, "given", "WOMANUP_MONGO is set")
    return await _docker_else_local(setup, engine, MONGO_IMAGE, docker.start_mongo, wheel.start)


async def _docker_else_local(
    setup: Setup, engine: str | None, image: str, in_docker: Start, here: Start
) -> tuple[str, Part]:
    is_forced = setup.environment.get("WOMANUP_PROVIDER") == "docker"
    trouble = engine or await docker.image_trouble(setup, image)
    if trouble is None:
        try:
            return await in_docker(setup, f"a Docker engine answers and has {image}")
        except StackError as error:
            if is_forced:
                raise
            setup.say(str(error))
            trouble = f"{image} did not start in Docker"
    if is_forced:
        raise StackError(f"WOMANUP_PROVIDER=docker, but {trouble}: pull {image} or unset it")
    return await here(setup, trouble)
