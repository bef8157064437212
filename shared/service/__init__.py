"""What every service is, by one call: consumer, days, relay, HTTP, health, and a graceful stop."""

from shared.service.http import After, Command, Limit, Query, map_errors
from shared.service.runtime import build_service

__all__ = ["After", "Command", "Limit", "Query", "build_service", "map_errors"]
