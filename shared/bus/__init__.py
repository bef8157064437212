"""The engine between the log and the store. Only `backlog`, `kafka`, `polls`, `producer` and `tail`
know that log.

`inbox` takes events, `parking` keeps what cannot be taken, `heads` says what of it may go on,
`days` lets time pass and sweeps what is due, `relay` publishes, `past` refuses a store that knows
less than was published from it; each drives a small port, so that a scheduler can drive it in
memory.
"""

from shared.bus.days import Days
from shared.bus.inbox import Inbox
from shared.bus.parking import Record
from shared.bus.relay import Relay
from shared.bus.tables import Handles, Sweeps

__all__ = ["Days", "Handles", "Inbox", "Record", "Relay", "Sweeps"]
