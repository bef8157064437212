"""A service as a process: its command line and its settings."""

import base64
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.stack import Stack

# Known to all, so fit for demos and tests only.
DEVELOPMENT_SECRET = base64.b64encode(b"womanup-development-key-32-bytes").decode()


# For a service that is tested by itself: whoever reaches it may do everything.
NO_AUTH: Mapping[str, str] = {"AUTH": "off"}


def service_command(name: str, port: int) -> list[str]:
    command = f"-m uvicorn --factory services.{name}.app:build --host 127.0.0.1 --port {port}"
    return [sys.executable, *command.split(), "--no-access-log"]


def database_name(name: str, prefix: str = "", suffix: str | None = None) -> str:
    """Where service `name` keeps its things: see `service_environment`."""
    tail = prefix.strip(".").replace(".", "_") if suffix is None else suffix
    return f"womanup_{name}_{tail}" if tail else f"womanup_{name}"


def service_environment(
    stack: "Stack",
    name: str,
    *,
    instance: str | None = None,
    prefix: str = "",
    suffix: str | None = None,
    secret: str = DEVELOPMENT_SECRET,
    auth: Mapping[str, str] = NO_AUTH,
) -> dict[str, str]:
    """The settings of service `name` on this stack.

    `prefix` ("t3.") goes before topics and groups. Its letters, or `suffix`, go behind the
    database's name, so that several runs can share one broker and one mongod. `auth`: the settings
    that say whose tokens count.
    """
    settings = {
        "KAFKA": stack.kafka,
        "MONGO": stack.mongo,
        "DATABASE": database_name(name, prefix, suffix),
        "INSTANCE": instance or f"{name}-1",
        "TOPIC_PREFIX": prefix,
        "SECRET": secret,
        **auth,
    }
    return {f"{name.upper()}_{key}": value for key, value in settings.items()}
