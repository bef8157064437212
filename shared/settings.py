"""What every service must be told: addresses, names, limits. No business rule stands here."""

from pathlib import Path
from typing import Literal, Self

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
    max_poll_interval_ms: int = 300_000  # without a poll for that long, partitions are given away
    poll_seconds: float = 0.25  # the truth behind every in-process signal

    # Records parked as failed, above which no more are taken: single people's troubles are tens, a
    # fault in the code parks everyone it meets. One batch may pass it, so it is a batch's size.
    parked_failed_max: int = 1000

    # Who asks over HTTP is known by tokens of one issuer. Without it a service does not start,
    # unless it is told in so many words that everyone may do everything.
    auth: Literal["required", "off"] = "required"
    auth_issuer: str = ""  # the tokens' `iss`, to the letter
    auth_audience: str = ""  # one of the tokens' `aud`
    auth_jwks: str = ""  # the issuer's public keys: a file's path, or an address
    auth_roles_claim: str = "roles"  # dots where it is nested: realm_access.roles

    # A person clicks a few times a second. Programs wait as they are told, and a play's office,
    # the busiest caller there is, asks 8 at once, 200 a second.
    rate_per_second: float = 200.0  # of one caller, in the long run
    rate_burst: int = 400  # of one caller, at once: two seconds' worth
    # Without a token that counts, health included: the clock looks 200 times a second at rest.
    rate_address_per_second: float = 500.0
    rate_keys_max: int = 10_000  # buckets of each kind that are kept: 2 MB

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

    @model_validator(mode="after")
    def _knows_who_asks(self) -> Self:
        wanted = ("auth_issuer", "auth_audience", "auth_jwks")
        missing = [name for name in wanted if not getattr(self, name)]
        if self.auth == "required" and missing:
            prefix = str(self.model_config.get("env_prefix", ""))
            names = ", ".join(prefix + name.upper() for name in missing)
            raise ValueError(
                f"{names} must be set, so that it is known who asks; or {prefix}AUTH=off, and then "
                "everyone may do everything"
            )
        return self
