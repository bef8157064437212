"""A service's own store: aggregates folded from events, and one transaction around everything.

Only `driver.py` imports Motor. The engine talks to a store through the small port in `store.py`.
"""

from shared.mongo.aggregate import (
    Aggregate,
    Document,
    Index,
    journal_id,
    journal_type,
    read_journal,
)
from shared.mongo.batch import Batch, Desk
from shared.mongo.calendar import CALENDAR, GATE, Announced, Calendar, put_gate, read_gate
from shared.mongo.orphans import is_held
from shared.mongo.store import Conflict, Delete, Overdue, Put, Refused, Session, Store, Unavailable
from shared.mongo.work import Cause, Page, Work

__all__ = [
    "CALENDAR",
    "GATE",
    "Aggregate",
    "Announced",
    "Batch",
    "Calendar",
    "Cause",
    "Conflict",
    "Delete",
    "Desk",
    "Document",
    "Index",
    "Overdue",
    "Page",
    "Put",
    "Refused",
    "Session",
    "Store",
    "Unavailable",
    "Work",
    "is_held",
    "journal_id",
    "journal_type",
    "put_gate",
    "read_gate",
    "read_journal",
]
