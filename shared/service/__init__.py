"""What every service is, by one call: consumer, days, relay, HTTP, health, and a graceful stop."""

from shared.service.http import Command, Query, map_errors
from shared.service.runtime import build_service

__all__ = ["Command", "Query", "build_service", "map_errors"]
