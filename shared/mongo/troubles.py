"""What an error of MongoDB's driver means: it passes, the data is refused, or it is a fault."""

from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError, WTimeoutError

from shared.mongo.aggregate import Document
from shared.mongo.store import Conflict, Refused

RACES_MAX = 5  # a duplicate key that is still there after so many looks is no race
TOO_LARGE = {10334, 17419, 17420}  # BSONObjectTooLarge and its kin
# The store has changed over, shuts down, is busy, or somebody killed the session or its cursor:
# NotWritablePrimary and its kin, SnapshotUnavailable, SnapshotTooOld, Interrupted…, CursorKilled.
PASSING = {91, 189, 10107, 13435, 246, 239, 11600, 11601, 11602, 237}


def raise_if_refused(error: Exception, races: int) -> None:
    """A lost race is run again; what is still refused after that is the data's own fault."""
    codes = {e["code"] for e in _write_errors(error)}
    if isinstance(error, BulkWriteError) and not codes <= {11000}:
        if codes & TOO_LARGE:
            raise Refused("DocumentTooLarge") from None
        raise error
    if races >= RACES_MAX and not isinstance(error, Conflict):
        raise Refused("duplicate key") from None


def _write_errors(error: Exception) -> list[Document]:
    details = getattr(error, "details", None) or {}
    found: list[Document] = details.get("writeErrors", [])
    return found


def may_pass(error: PyMongoError) -> bool:
    """Whether it is the store that is away or busy: nothing that the data is to blame for."""
    return (
        isinstance(error, (ConnectionFailure, WTimeoutError))
        or error.has_error_label("TransientTransactionError")
        or error.has_error_label("UnknownTransactionCommitResult")
        or getattr(error, "code", None) in PASSING
    )
