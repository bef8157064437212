"""What one transaction holds, and the real store: `shared/mongo/`."""

from proofs.mutants.mutants import Mutant

BATCH, WORK, DRIVER = "shared/mongo/batch.py", "shared/mongo/work.py", "shared/mongo/driver.py"
TROUBLES = "shared/mongo/troubles.py"
BUS = "tests/shared/test_bus.py::test_"
STORED, WORKING = (
    "tests/shared/mongo/test_batch.py::test_",
    "tests/shared/mongo/test_work.py::test_",
)
TROUBLED = "tests/shared/mongo/test_troubles.py::test_"
REAL = "tests/shared/mongo/test_driver.py::test_"

MUTANTS = (
    Mutant(
        "growing-outbox-id",
        "an outbox row's clock grows within its stream, whatever the wall clock does",
        BATCH,
        """clock = max(_microseconds(self.now), old["clock"] + 1)""",
        "clock = _microseconds(self.now)",
        (
            f"{BUS}published_events_count_up_without_a_gap_in_each_stream[memory]",
            f"{STORED}a_clock_that_jumps_back_inverts_no_stream",
        ),
    ),
    Mutant(
        "record-size",
        "a record that no broker takes fails its own event, before it is in the outbox",
        BATCH,
        "        if len(value) > RECORD_BYTES_MAX:\n",
        "        if len(value) > RECORD_BYTES_MAX * 1_000:\n",
        (f"{STORED}a_record_that_no_broker_would_take_parks_its_own_event_only",),
    ),
    Mutant(
        "journal-whole",
        "every event that changes a state is journalled with it",
        BATCH,
        "[self._journal_row(r) for r in self._recorded]",
        "[self._journal_row(r) for r in self._recorded[1:]]",
        (f"{BUS}every_state_is_the_fold_of_its_journal_and_a_planted_change_is_named[memory]",),
    ),
    Mutant(
        "rely-on-writes",
        "what a decision relies on is written, too, so that it must still be as it was seen",
        WORK,
        "        self.held[kind, key] = replace(held, is_changed=True)\n",
        "",
        (f"{WORKING}two_decisions_that_rely_on_one_another_are_not_both_made_on_the_old_world",),
    ),
    Mutant(
        "save-what-was-loaded",
        "only what was loaded can be saved or relied on",
        WORK,
        "        if held is None:\n            raise LookupError(",
        "        if held is None:\n            return Held(None, 0, 0)\n        if held is None:\n"
        "            raise LookupError(",
        (f"{WORKING}what_was_not_loaded_cannot_be_saved_or_relied_on",),
    ),
    Mutant(
        "unreadable-state-alone",
        "a stored state that cannot be read stops only who asks for it",
        BATCH,
        "            self._read.update({(kind, key): found.get(key) for key in ids})\n",
        "            self._read.update({(kind, key): found.get(key) for key in ids})\n"
        """            [kind.from_json(document["state"]) for document in found.values()]\n""",
        (f"{BUS}a_stored_state_that_cannot_be_read_stops_only_who_asks_for_it[memory]",),
    ),
    Mutant(
        "version-check",
        "a document is written only over the version that was read",
        BATCH,
        "    return Put(document, held.stored)\n",
        "    return Put(document)\n",
        equivalent_because="what was read belongs to the transaction's own snapshot: MongoDB "
        "answers WriteConflict to a write of what has changed since, and so does the twin; the "
        "version stays for `rely_on`, which must write something that differs",
    ),
    Mutant(
        "version-counted",
        "a version that is gone is a conflict",
        DRIVER,
        "                if group is versioned and result.matched_count != len(versioned):\n"
        "                    raise Conflict(collection)\n",
        "",
        equivalent_because="for the same reason: within one snapshot a version that was read is "
        "still there to be matched, and WriteConflict comes first",
    ),
    Mutant(
        "snapshot-reads-in-a-transaction",
        "a transaction reads one snapshot that a majority has",
        DRIVER,
        'read_concern=ReadConcern("snapshot")',
        'read_concern=ReadConcern("local")',
        equivalent_because="on a replica set of one, which every test has, each transaction reads "
        "one snapshot of the storage engine and the node itself is the majority; it matters where "
        "a primary can be rolled back",
    ),
    Mutant(
        "majority-writes",
        "a commit is told when a majority has it",
        DRIVER,
        'write_concern=WriteConcern("majority")',
        "write_concern=WriteConcern(1)",
        equivalent_because="on a replica set of one the node is the majority; it matters where a "
        "primary can be rolled back",
    ),
    Mutant(
        "reads-on-one-snapshot",
        "what is read outside a transaction is of one moment, too",
        DRIVER,
        "self._client.start_session(snapshot=True)",
        "self._client.start_session()",
        (f"{REAL}what_is_read_together_was_there_together",),
        real=True,
    ),
    Mutant(
        "all-in-the-transaction",
        "every write belongs to the transaction",
        DRIVER,
        "                    operations, session=self._session\n",
        "                    operations\n",
        (f"{REAL}a_transaction_that_fails_leaves_nothing",),
        real=True,
    ),
    Mutant(
        "the-reaper",
        "what a dead instance left open is ended at the next start under its name",
        DRIVER,
        "        await self._end_own_transactions()\n",
        "",
        (f"{REAL}a_dead_instance_s_transaction_is_ended_at_the_next_start",),
        real=True,
    ),
    Mutant(
        "the-reaper-knows-its-own",
        "the sessions of a namesake on another database are left alone",
        DRIVER,
        """{"$match": {"appName": self._app_name, "transaction": {"$exists": True}}},""",
        """{"$match": {"transaction": {"$exists": True}}},""",
        (f"{REAL}a_namesake_on_another_database_is_left_alone",),
        real=True,
    ),
    Mutant(
        "lost-races-run-again",
        "who loses the race for a new document runs again, and sees it",
        DRIVER,
        "                raise_if_refused(error, races)\n",
        "                raise_if_refused(error, races)\n"
        """                raise Refused("duplicate key") from None\n""",
        (f"{REAL}who_loses_a_race_runs_again",),
        real=True,
    ),
    Mutant(
        "what-can-never-be-stored",
        "data that can never be stored is refused, and not tried for ever",
        DRIVER,
        "            except (DocumentTooLarge, InvalidDocument, OverflowError) as error:\n",
        "            except MemoryError as error:\n",
        (f"{REAL}what_can_never_be_stored_is_refused_without_its_values",),
        real=True,
    ),
    Mutant(
        "away-is-waited-for",
        "a store that cannot be reached is away, and waited for",
        TROUBLES,
        "        isinstance(error, (ConnectionFailure, WTimeoutError))\n",
        """        error.has_error_label("Nothing")\n""",
        (f"{TROUBLED}a_store_that_cannot_be_reached_or_lags_is_away",),
    ),
    Mutant(
        "changing-over-is-away",
        "a store that changes over, shuts down or was interrupted is away, and no fault",
        TROUBLES,
        """        or getattr(error, "code", None) in PASSING\n""",
        "",
        (f"{TROUBLED}a_store_that_changes_over_or_is_interrupted_is_away_and_a_fault_is_not",),
    ),
    Mutant(
        "unknown-commit-is-run-again",
        "a commit whose reply was lost is run again: the inbox knows whether it happened",
        TROUBLES,
        """        or error.has_error_label("UnknownTransactionCommitResult")\n""",
        "",
        (f"{TROUBLED}what_mongodb_says_may_be_tried_again_passes",),
    ),
    Mutant(
        "a-race-is-no-refusal",
        "a duplicate key counts as a lost race first, and refuses the data only after some looks",
        TROUBLES,
        "if races >= RACES_MAX and not",
        "if not",
        (
            f"{TROUBLED}a_duplicate_key_may_be_a_lost_race_so_often_and_is_the_data_s_own_fault_then",
        ),
    ),
    Mutant(
        "a-conflict-is-never-a-refusal",
        "a conflict is run again, however often: the data is not at fault",
        TROUBLES,
        " and not isinstance(error, Conflict):",
        ":",
        (f"{TROUBLED}a_lost_race_is_never_the_data_s_fault",),
    ),
    Mutant(
        "overdue-raised",
        "a transaction that the store has thrown away for its length is not tried again whole",
        DRIVER,
        """raise Overdue("this took too long to be stored: try again in a moment")""",
        """log.debug("overdue")""",
        (f"{REAL}a_transaction_that_took_too_long_is_overdue_and_not_tried_again_whole",),
        real=True,
    ),
)
