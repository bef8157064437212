"""Apache Kafka's own jars run with Java, for machines without Docker.

Maven fetches the jars once into the cache. The storage that Kafka wants formatted is formatted
there once too (a JVM's start is most of it) and copied for each run: a run's storage is thrown
away, so nobody minds that all have one cluster id.
"""

import re
import shutil
import tempfile
from pathlib import Path

from ops.processes import ROOT, free_ports
from ops.stack import packages
from ops.stack.parts import BROKER_HEAP, BROKER_SETTINGS, Part, Setup
from ops.stack.probe import wait_for_kafka

POM = ROOT / "ops" / "kafka" / "pom.xml"
JAVA_MIN = 17  # Kafka 4's broker
FETCH_SECONDS = 600  # 43 MB over a slow line
FORMAT_SECONDS = 120
CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"


async def start(setup: Setup, why: str) -> tuple[str, Part]:
    java = await _java(setup)
    cache = await _cache(setup, java)
    data = setup.home.path / "kafka"
    shutil.copytree(cache / "formatted", data)
    port, controller = setup.ports.kafka or free_ports(1)[0], free_ports(1)[0]
    settings = _write_settings(setup.home.path, data, port, controller)
    # Native libraries are unpacked into our folder, so that a killed broker leaves none in /tmp.
    flags = (*BROKER_HEAP, "-XX:-UsePerfData", f"-Djava.io.tmpdir={data}", *_quiet())
    command = (java, *flags, "-cp", f"{cache}/libs/*", "kafka.Kafka", str(settings))
    child = setup.children.start("kafka", command)

    def check() -> None:
        if not child.is_running:
            raise child.error(f"ended with {child.process.returncode} while starting")

    await setup.children.wait_for_port("kafka", port)
    await wait_for_kafka(f"127.0.0.1:{port}", check)
    return f"127.0.0.1:{port}", Part("Kafka", kafka_version(), "Apache's jars on Java", why)


def kafka_version() -> str:
    found = re.search(r"<kafka.version>([^<]+)<", POM.read_text())
    assert found is not None
    return found[1]


def cache_folder(given: str | None) -> Path:
    return (Path(given).resolve() if given else ROOT / ".cache") / f"kafka-{kafka_version()}"


async def _java(setup: Setup) -> str:
    home = setup.environment.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else None
    java = java or shutil.which("java")
    if java is None:
        await packages.install(setup, ["default-jre-headless"], "Kafka needs Java")
        java = shutil.which("java") or "java"
    child = await setup.children.run("java-version", (java, "-version"), timeout_seconds=60)
    found = re.search(r'version "(\d+)', child.log.read_text())
    if found is None or int(found[1]) < JAVA_MIN:
        why = f"Kafka needs Java {JAVA_MIN} or newer, {java} is {found[1] if found else 'unknown'}"
        await packages.install(setup, [f"openjdk-{JAVA_MIN}-jre-headless"], why)
        return _debian_java()
    return java


def _debian_java() -> str:
    """Where Debian puts the version that we asked for, whatever `java` on the path is."""
    return str(next(Path("/usr/lib/jvm").glob(f"java-{JAVA_MIN}-openjdk*/bin/java")))


async def _cache(setup: Setup, java: str) -> Path:
    """The folder with the jars, made whole under another name and then renamed."""
    cache = cache_folder(setup.environment.get("WOMANUP_CACHE"))
    if cache.exists():
        return cache
    if shutil.which("mvn") is None:
        await packages.install(setup, ["maven"], "fetching Kafka needs Maven")
    setup.say(f"fetching Kafka {kafka_version()} with Maven into {cache} (once)")
    cache.parent.mkdir(parents=True, exist_ok=True)
    fresh = setup.home.will_remove(
        Path(tempfile.mkdtemp(prefix=f".{cache.name}-", dir=cache.parent))
    )
    fetch = ("mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies")
    options = (f"-DoutputDirectory={fresh}/libs", "-DincludeScope=runtime")
    await setup.children.run("maven", (*fetch, *options), timeout_seconds=FETCH_SECONDS)
    await _format(setup, java, fresh)
    try:
        fresh.rename(cache)
    except OSError:
        if not cache.exists():
            raise
        # Another process was faster; its cache is as good, and ours goes with our home.
    return cache


async def _format(setup: Setup, java: str, fresh: Path) -> None:
    settings = _write_settings(setup.home.path, fresh / "formatted", 9092, 9093)
    tool = ("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(settings))
    command = (java, *_quiet(), "-cp", f"{fresh}/libs/*", *tool)
    await setup.children.run("kafka-format", command, timeout_seconds=FORMAT_SECONDS)


def _write_settings(folder: Path, data: Path, port: int, controller: int) -> Path:
    settings = {
        **BROKER_SETTINGS,
        "listeners": f"CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{port}",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "log.dirs": str(data),
    }
    path = folder / "kafka.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    return path


def _quiet() -> tuple[str, ...]:
    return ("-Dorg.apache.logging.log4j.level=WARN",)
