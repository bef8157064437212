"""Logs as JSON lines: a fact, its values as keys, and the ids that tie it to its cause.

Never a name, a birth date, an account: values are ids, codes, counts and days.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

import structlog


def configure_logs(service: str, instance: str, stream: TextIO = sys.stdout) -> None:
    """One format for our lines and the libraries'. Called once, by the composition root."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []  # its own format would stand between our lines
        logging.getLogger(name).propagate = True
    for noisy in ("aiokafka", "httpx", "uvicorn.access", "pymongo", "faststream"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service, instance=instance)


def logger() -> structlog.typing.FilteringBoundLogger:
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())


@contextmanager
def caused_by(correlation_id: str, causation_id: str, trace_id: str) -> Iterator[None]:
    """Every line inside says which story and trace it belongs to and what brought it about."""
    with structlog.contextvars.bound_contextvars(
        correlation_id=correlation_id, causation_id=causation_id, trace_id=trace_id
    ):
        yield
