"""What every service must be told: addresses, names, limits. No business rule stands here."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from the environment, with the service's prefix: `PAYROLL_KAFKA`, `PAYROLL_MONGO` …

    `instance` is a stable name (`payroll-1`): a process that comes back under its name takes its
    partitions back at once, and ends the transactions that its dead self left open.
    """

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    kafka: str
    mongo: str
    database: str
    instance: str
    secret: str
    topic_prefix: str = ""
    otlp_endpoint: str = ""  # where traces are sent, such as http://collector:4318; empty: nowhere

    batch_records_max: int = 1000  # of a transaction: past it, throughput gains little
    batch_wait_ms: int = 20  # the longest that a first record waits for company
    body_bytes_max: int = 1_000_000  # of an HTTP request: the largest policy is far below
    session_timeout_ms: int = 10_000  # Kafka refuses under 6 s; two missed heartbeats are noise
    poll_seconds: float = 0.25  # the truth behind every in-process signal
