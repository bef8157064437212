"""What every service must be told: addresses, names, limits. No business rule stands here."""

from pathlib import Path
from typing import Self

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.login import Login, read_login, read_password


class ServiceSettings(BaseSettings):
    """Read from the environment, with the service's prefix: `PAYROLL_KAFKA`, `PAYROLL_MONGO` …

    `instance` is a stable name (`payroll-1`): a process that comes back under its name takes its
    partitions back at once, and ends the transactions that its dead self left open.

    `secret` seals personal data; `secret_file` has it where it should not stand in an environment.
    `kafka_user` with `kafka_password_file`, and `mongo_password_file` for the user that the URI
    names, are unset where nothing asks for them.
    """

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    kafka: str
    mongo: str
    database: str
    instance: str
    secret: str = ""
    secret_file: Path | None = None
    kafka_user: str = ""
    kafka_password_file: Path | None = None
    mongo_password_file: Path | None = None
    topic_prefix: str = ""
    otlp_endpoint: str = ""  # where traces are sent, such as http://collector:4318; empty: nowhere

    batch_records_max: int = 1000  # of a transaction: past it, throughput gains little
    batch_wait_ms: int = 20  # the longest that a first record waits for company
    body_bytes_max: int = 1_000_000  # of an HTTP request: the largest policy is far below
    session_timeout_ms: int = 10_000  # Kafka refuses under 6 s; two missed heartbeats are noise
    poll_seconds: float = 0.25  # the truth behind every in-process signal

    @model_validator(mode="after")
    def _has_one_secret(self) -> Self:
        if bool(self.secret) == (self.secret_file is not None):
            raise ValueError("set one of secret and secret_file")
        return self

    def vault_secret(self) -> str:
        return read_password(self.secret_file) if self.secret_file else self.secret

    def login(self) -> Login | None:
        return read_login(self.kafka_user, self.kafka_password_file)

    def mongo_password(self) -> str | None:
        return read_password(self.mongo_password_file) if self.mongo_password_file else None
