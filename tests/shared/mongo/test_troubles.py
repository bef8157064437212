"""What passes is waited for; what does not is told at once."""

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from shared.mongo import Conflict, Refused
from shared.mongo.troubles import RACES_MAX, may_pass, raise_if_refused


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        (10107, True),  # NotWritablePrimary: the set has changed over
        (91, True),  # ShutdownInProgress
        (246, True),  # SnapshotUnavailable
        (239, True),  # SnapshotTooOld
        (11601, True),  # Interrupted: somebody killed the operation
        (237, True),  # CursorKilled
        (13, False),  # Unauthorized
        (2, False),  # BadValue: a fault of ours, which no waiting mends
    ],
)
def test_a_store_that_changes_over_or_is_interrupted_is_away_and_a_fault_is_not(
    code: int, passes: bool
) -> None:
    assert may_pass(OperationFailure("no words", code)) is passes


@pytest.mark.parametrize(
    "error", [ServerSelectionTimeoutError(), AutoReconnect(), NetworkTimeout(), WTimeoutError("x")]
)
def test_a_store_that_cannot_be_reached_or_lags_is_away(error: PyMongoError) -> None:
    """Outside a transaction nothing labels it."""
    assert may_pass(error)


@pytest.mark.parametrize("label", ["TransientTransactionError", "UnknownTransactionCommitResult"])
def test_what_mongodb_says_may_be_tried_again_passes(label: str) -> None:
    assert may_pass(OperationFailure("no words", 2, {"errorLabels": [label]}))


def test_a_duplicate_key_may_be_a_lost_race_so_often_and_is_the_data_s_own_fault_then() -> None:
    for error in (DuplicateKeyError("x"), BulkWriteError({"writeErrors": [{"code": 11000}]})):
        raise_if_refused(error, RACES_MAX - 1)
        with pytest.raises(Refused):
            raise_if_refused(error, RACES_MAX)


def test_a_lost_race_is_never_the_data_s_fault() -> None:
    raise_if_refused(Conflict("tallies"), RACES_MAX * 100)
