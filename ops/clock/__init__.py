"""The clock: publishes `DayStarted`. Real, or simulated and stepped only at rest (design.md §3).

A stack has one or the other for life; the services cannot tell which.
"""

from ops.clock.calendar import Calendar, ClockError
from ops.clock.remote import Clock, RemoteClock
from ops.clock.rest import NotAtRest
from ops.clock.simulated import SimulatedClock

__all__ = ["Calendar", "Clock", "ClockError", "NotAtRest", "RemoteClock", "SimulatedClock"]
