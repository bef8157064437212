"""From the outbox to the log, and a past that was lost: `relay`, `producer`, `past`, `orphans`."""

from proofs.mutants.mutants import Mutant

RELAY, PRODUCER, PAST = "shared/bus/relay.py", "shared/bus/producer.py", "shared/bus/past.py"
ORPHANS, TAIL = "shared/mongo/orphans.py", "shared/bus/tail.py"
RELAYING = "tests/shared/bus/test_relay.py::test_"
SENDING = "tests/shared/bus/test_producer.py::test_"
LOST, OWN = "tests/shared/bus/test_past.py::test_", "tests/shared/bus/test_tail.py::test_"

MUTANTS = (
    Mutant(
        "read-from-start",
        "the relay reads from the start each time: who commits late has an older clock",
        RELAY,
        "        rows = await self._store.read(_oldest)\n",
        "        past = self.__dict__.get('_past', -1)\n"
        "        found = await self._store.read(_oldest)\n"
        "        rows = [r for r in found if r['_id']['clock'] > past]\n"
        "        self.__dict__['_past'] = max([past, *(r['_id']['clock'] for r in rows)])\n",
        (f"{RELAYING}a_late_commit_with_an_older_clock_is_not_passed_over",),
    ),
    Mutant(
        "delete-what-was-acknowledged",
        "only what was acknowledged leaves the outbox",
        RELAY,
        "[Delete(id_) for id_ in sent.ids]",
        """[Delete(row["_id"]) for row in rows]""",
        (f"{RELAYING}every_stream_arrives_whole_and_first_occurrences_are_in_order",),
    ),
    Mutant(
        "an-error-is-no-acknowledgement",
        "after an error nothing leaves the outbox",
        RELAY,
        "            self._metrics.add(table.RELAY_ERRORS)\n            raise\n",
        "            self._metrics.add(table.RELAY_ERRORS)\n"
        """            sent = Sent([row["_id"] for row in rows], {})\n""",
        (f"{RELAYING}what_was_sent_and_what_was_not_acknowledged_is_counted",),
    ),
    Mutant(
        "relayed-with-the-deletion",
        "how far the topic agrees with the store is kept with the deletion",
        RELAY,
        "            await note_relayed(session, sent.ends)\n",
        "",
        (f"{RELAYING}how_far_the_topic_is_known_grows_with_what_is_acknowledged",),
    ),
    Mutant(
        "relayed-never-backwards",
        "what is known of the topic never goes back",
        RELAY,
        " for p, end in sorted(ends.items()) if end > before[p]]",
        " for p, end in sorted(ends.items())]",
        (f"{RELAYING}a_relay_that_is_behind_another_takes_nothing_back",),
    ),
    Mutant(
        "lease-of-the-relay",
        "one instance relays",
        RELAY,
        """        if not await self._store.hold_lease("relay", self._instance):\n"""
        "            return 0\n",
        "",
        equivalent_because="two relays may send twice, 1, 2, 3, 1, 2; subscribers skip what is not "
        "above the last sequence, and the catalogue says so",
    ),
    Mutant(
        "await-before-next-batch",
        "a batch is acknowledged before anything more is sent",
        PRODUCER,
        "        acknowledged = await asyncio.gather(*sent)\n",
        "        acknowledged: list[Any] = []\n",
        (f"{SENDING}nothing_counts_as_sent_before_it_is_acknowledged",),
    ),
    Mutant(
        "one-batch-a-partition",
        "of a partition with a full batch nothing more is sent in this step",
        PRODUCER,
        "            if partition in full:\n                continue\n",
        "",
        (f"{SENDING}what_does_not_fit_is_not_overtaken_by_what_would",),
    ),
    Mutant(
        "one-key-one-partition",
        "the records of one key go to one partition",
        PRODUCER,
        """choose(row["key"], partitions, partitions)""",
        """partitions[len(ids) % len(partitions)] if choose else -1""",
        (f"{SENDING}the_records_of_one_key_go_to_one_partition_in_their_order",),
    ),
    Mutant(
        "producer-thrown-away",
        "after an error the producer is thrown away, with what it has on its way",
        PRODUCER,
        "            await self._drop_producer()\n            raise\n",
        "            raise\n",
        (f"{SENDING}after_an_error_the_producer_is_thrown_away",),
    ),
    Mutant(
        "producer-thrown-away-when-cancelled",
        "a send that is cancelled half-way throws the producer away, too",
        PRODUCER,
        "        except BaseException:\n",
        "        except Exception:\n",
        (f"{SENDING}a_send_that_is_cancelled_throws_the_producer_away_too",),
    ),
    Mutant(
        "stop-ends-while-the-log-is-away",
        "a producer that no broker answers is not waited for without end",
        PRODUCER,
        "asyncio.timeout(DROP_SECONDS_MAX)",
        "asyncio.timeout(None)",
        (f"{SENDING}a_stop_ends_also_while_the_log_is_away",),
    ),
    Mutant(
        "acks-all",
        "a record counts as sent when all replicas in step have it",
        PRODUCER,
        'acks="all"',
        "acks=1",
        (f"{SENDING}a_record_is_sent_when_all_replicas_have_it_and_never_twice_by_a_retry",),
    ),
    Mutant(
        "idempotent-producer",
        "a retry of the client itself neither doubles nor reorders",
        PRODUCER,
        "enable_idempotence=True",
        "enable_idempotence=False",
        (f"{SENDING}a_record_is_sent_when_all_replicas_have_it_and_never_twice_by_a_retry",),
    ),
    Mutant(
        "ends-only-where-told",
        "a batch whose place the broker does not say tells nothing of how far the topic is",
        PRODUCER,
        " for p, n in firsts.items() if n >= 0}",
        " for p, n in firsts.items()}",
        (f"{SENDING}how_far_the_topic_is_known_is_told_only_where_the_broker_says_so",),
    ),
    Mutant(
        "refuse-lost-past",
        "a store that knows less than was published from it is refused",
        PAST,
        "    if behind:\n",
        "    if not behind and behind is None:\n",
        (f"{LOST}a_stream_that_is_behind_is_found_wherever_its_record_lies",),
    ),
    Mutant(
        "every-stream-compared",
        "every stream of the tail is compared, not only the last record",
        PAST,
        "        last[told.envelope.key] = max(",
        "        last.clear()\n        last[told.envelope.key] = max(",
        (f"{LOST}a_stream_that_is_behind_is_found_wherever_its_record_lies",),
    ),
    Mutant(
        "half-restored-refused",
        "a store that is half restored does not start",
        PAST,
        "    if await store.read(lambda session: session.get(RELAYED, [RESTORING])):\n",
        "    if await store.read(lambda session: session.get(RELAYED, [])):\n",
        (f"{LOST}a_store_that_is_half_restored_does_not_start",),
    ),
    Mutant(
        "shorter-topic-refused",
        "a topic that has lost what was sent, or is another's, is refused",
        PAST,
        "        if ends[topic, partition] < known:\n",
        "        if ends[topic, partition] < 0:\n",
        (f"{LOST}a_topic_that_is_shorter_than_what_was_sent_is_another_s_or_lost",),
    ),
    Mutant(
        "refused-is-not-noted",
        "a refusal does not note that it has looked",
        PAST,
        "    behind = await store.read(lambda session: streams_behind(session, last))\n",
        "    behind = await store.read(lambda session: streams_behind(session, last))\n"
        "    await store.transact(lambda session: note_relayed(session, ends))\n",
        (f"{LOST}what_is_refused_is_refused_again",),
    ),
    Mutant(
        "contradiction-refused",
        "what contradicts what was told before a restore is refused",
        ORPHANS,
        "        if found is None:\n            raise Refused(",
        "        if found is None:\n            return stream\n        if found == {}:\n"
        "            raise Refused(",
        (f"{LOST}what_contradicts_the_told_is_refused_and_stores_nothing",),
    ),
    Mutant(
        "first-told-counts",
        "of a number that stands on the topic twice the first counts",
        ORPHANS,
        "rows.setdefault(envelope.sequence, _row(one))",
        "rows.update({envelope.sequence: _row(one)})",
        (f"{LOST}of_a_number_that_stands_twice_the_first_counts",),
    ),
    Mutant(
        "told-is-claimed",
        "what a restored stream has told already is claimed, not published again",
        "shared/mongo/batch.py",
        """            if old.get("orphans"):\n""",
        """            if old.get("orphans") and not old:\n""",
        (f"{LOST}what_was_told_is_claimed_and_what_is_new_gets_the_next_number",),
    ),
    Mutant(
        "strangers-passed-over",
        "what a stranger put on a service's topic does not keep it from starting",
        TAIL,
        "            if isinstance(envelope, Envelope):\n",
        "            if envelope:\n",
        (f"{OWN}garbage_on_its_own_topic_does_not_keep_a_service_from_starting",),
    ),
)
