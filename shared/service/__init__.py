"""What every service is, by one call: consumer, days, relay, HTTP, health, and a graceful stop."""

from shared.service.http import After, Command, CommandRunner, Limit, Query
from shared.service.problems import map_errors
from shared.service.rules import (
    OPEN,
    allowed,
    everyone,
    own_body,
    own_list,
    own_path,
    own_reply,
    own_state,
)
from shared.service.runtime import build_service

__all__ = [
    "OPEN",
    "After",
    "Command",
    "CommandRunner",
    "Limit",
    "Query",
    "allowed",
    "build_service",
    "everyone",
    "map_errors",
    "own_body",
    "own_list",
    "own_path",
    "own_reply",
    "own_state",
]
