"""What an error of the driver means: a lost race, a store that is away, data it never takes."""

from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError, WTimeoutError

from shared.mongo.aggregate import Document
from shared.mongo.store import Conflict, Refused

RACES_MAX = 5  # a duplicate key that is still there after so many looks is no race
TOO_LARGE = {10334, 17419, 17420}  # BSONObjectTooLarge and its kin


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
        or getattr(error, "code", None) in {246, 239, 11600, 11602, 91, 189, 10107, 13435}
    )
