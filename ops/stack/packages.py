"""What the machine itself lacks: installed where we may and know how, named where not."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from ops.stack.parts import Setup, StackError

INSTALL_SECONDS = 600  # a JRE over a slow line
_one_at_a_time = asyncio.Lock()


async def install(setup: Setup, packages: Sequence[str], why: str) -> None:
    """With apt-get, as root on Debian and its kin. Elsewhere an error says what to install."""
    names = " ".join(packages)
    if not _is_ours_to_install():
        raise StackError(f"{why}: install {names}, or start a Docker engine")
    async with _one_at_a_time:
        setup.say(f"{why}: installing {names} with apt-get")
        apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
        lock = ("-o", "DPkg::Lock::Timeout=300")
        await setup.children.run("apt-update", (*apt, "update"), timeout_seconds=INSTALL_SECONDS)
        await setup.children.run(
            "apt-install",
            (*apt, *lock, "install", "-y", "--no-install-recommends", *packages),
            timeout_seconds=INSTALL_SECONDS,
        )


def _is_ours_to_install() -> bool:
    release = Path("/etc/os-release")
    if os.geteuid() != 0 or not release.exists():
        return False
    fields = dict(line.split("=", 1) for line in release.read_text().splitlines() if "=" in line)
    kin = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    return "debian" in kin or "ubuntu" in kin
