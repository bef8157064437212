"""The words that the stack's modules share."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from ops.processes import Processes
from ops.stack.home import Home
from shared.login import Login

Say = Callable[[str], None]

KAFKA_IMAGE = "apache/kafka:4.2.1"
MONGO_IMAGE = "mongo:8.0"

# One broker, no replicas, no topic by accident, groups that form at once. Programme topics are
# kept for ever (design.md §3).
BROKER_SETTINGS = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "auto.create.topics.enable": "false",
    "log.retention.ms": "-1",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "6000",
}
BROKER_HEAP = ("-Xms256m", "-Xmx512m")

# An orphaned transaction blocks its documents for 1.5 times this (design.md §4).
TRANSACTION_LIFETIME_SECONDS = 10
MONGOD_FLAGS = (
    *("--replSet", "rs0"),
    *("--wiredTigerCacheSizeGB", "0.5"),
    *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_SECONDS}"),
    *("--setParameter", "enableTestCommands=1"),  # `failCommand`, for proofs/chaos
)


class StackError(Exception):
    """The stack cannot be had here; the message says the one thing to do."""


@dataclass(frozen=True)
class Part:
    name: str
    version: str
    provider: str
    why: str


@dataclass(frozen=True)
class Stack:
    """`login`: where its Kafka has access control, who reads there."""

    kafka: str
    mongo: str
    parts: tuple[Part, ...]
    login: Login | None = None


@dataclass(frozen=True)
class Ports:
    """Fixed ports for those who want them; None takes a free one."""

    kafka: int | None = None
    mongo: int | None = None


@dataclass(frozen=True)
class Setup:
    """What every provider works with while the stack comes up."""

    home: Home
    children: Processes
    exits: AsyncExitStack
    say: Say
    ports: Ports
    environment: Mapping[str, str]
