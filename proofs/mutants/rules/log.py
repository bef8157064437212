"""The log as it is read, and the process around it: `kafka`, `backlog`, `polls`, `runtime`."""

from proofs.mutants.mutants import Mutant

KAFKA, POLLS, RUNTIME = "shared/bus/kafka.py", "shared/bus/polls.py", "shared/service/runtime.py"
READING = "tests/shared/bus/test_kafka.py::test_"
BEHIND = "tests/shared/bus/test_backlog.py::test_"
POLLING = "tests/shared/bus/test_polls.py::test_"
RUNNING = "tests/shared/service/test_runtime.py::test_"
SUBSCRIBED = (
    f"{READING}the_subscription_acks_by_hand_from_the_first_record_under_a_name_that_stays",
)
KEPT = f"{READING}while_the_store_is_away_it_polls_paused_and_rewinds_what_that_brings"

MUTANTS = (
    Mutant(
        "manual-acks",
        "nothing is acked by FastStream: its own policy would ack before the work",
        KAFKA,
        "            ack_policy=AckPolicy.MANUAL,\n",
        "            ack_policy=AckPolicy.ACK_FIRST,\n",
        SUBSCRIBED,
    ),
    Mutant(
        "from-the-first-record",
        "a group without offsets begins with the first record",
        KAFKA,
        'auto_offset_reset="earliest"',
        'auto_offset_reset="latest"',
        SUBSCRIBED,
    ),
    Mutant(
        "static-names",
        "an instance rejoins its group under its own name, at once",
        KAFKA,
        "            group_instance_id=self._settings.instance,\n",
        "",
        SUBSCRIBED,
    ),
    Mutant(
        "own-parser",
        "the parser reads no header: FastStream's own drops a batch over an odd one",
        KAFKA,
        "            parser=_parse,\n",
        "",
        (f"{READING}a_header_that_is_no_text_does_not_make_its_batch_vanish",),
    ),
    Mutant(
        "offsets-after-the-effect",
        "offsets are committed after the effect is stored",
        KAFKA,
        "            await take([self._record(r) for r in batch], ends)\n",
        "            for r in batch:\n"
        "                await self._commit({TopicPartition(r.topic, r.partition): r.offset + 1})\n"
        "            await take([self._record(r) for r in batch], ends)\n",
        (
            f"{READING}offsets_are_committed_behind_what_is_stored_and_not_before",
            f"{READING}what_could_not_be_stored_is_not_committed",
        ),
    ),
    Mutant(
        "offset-of-the-next",
        "what is committed is the place behind the last record",
        KAFKA,
        "record.offset + 1)",
        "record.offset + 2)",
        (f"{READING}offsets_are_committed_behind_what_is_stored_and_not_before",),
    ),
    Mutant(
        "commit-own-partitions",
        "a partition that went to another member is left to it",
        KAFKA,
        "{tp: o for tp, o in offsets.items() if tp in consumer.assignment()}",
        "dict(offsets)",
        (f"{READING}a_partition_that_went_to_another_member_is_left_to_it",),
    ),
    Mutant(
        "nothing-after-a-fault",
        "after a fault no later batch is taken: its offsets would pass over the failed one's",
        KAFKA,
        "            self._is_faulty = True\n",
        "",
        (f"{READING}after_a_fault_no_later_batch_is_taken",),
    ),
    Mutant(
        "fault-is-told",
        "a fault is told to the process, which stops: FastStream would swallow it",
        KAFKA,
        "            on_fault(error)\n",
        "            log.error('fault', error=type(error).__name__)\n",
        (f"{READING}after_a_fault_no_later_batch_is_taken",),
    ),
    Mutant(
        "ends-before-the-day",
        "the ends of the other topics are read before a day is noted",
        KAFKA,
        "            ends = await self._ends()\n",
        "            ends = ()\n",
        (f"{READING}the_ends_of_the_other_topics_are_read_before_a_day_is_taken",),
    ),
    Mutant(
        "ends-are-waited-for",
        "while the log is away the ends are waited for, not taken to be none",
        KAFKA,
        "                await asyncio.sleep(1)\n\n    async def _ends_now",
        "                return ()\n\n    async def _ends_now",
        (f"{READING}a_day_is_never_announced_without_the_ends_of_the_other_topics",),
    ),
    Mutant(
        "unserved-is-not-empty",
        "a topic that a broker does not serve yet is no empty topic",
        "shared/bus/backlog.py",
        "        raise UnknownTopicOrPartitionError(topic)\n    return found\n",
        "        return set()\n    return found\n",
        (
            f"{READING}a_day_is_never_announced_without_the_ends_of_the_other_topics",
            f"{BEHIND}a_topic_that_is_not_served_yet_is_no_empty_topic",
        ),
    ),
    Mutant(
        "keep-alive-polls",
        "while the store is away the partitions are kept by polling",
        KAFKA,
        "        keeper = asyncio.create_task(self._keep_partitions())\n",
        "        keeper = asyncio.create_task(asyncio.sleep(0))\n",
        (KEPT,),
    ),
    Mutant(
        "keep-alive-paused",
        "those polls bring nothing: everything is paused",
        KAFKA,
        "            consumer.pause(*paused)\n",
        "",
        (KEPT,),
    ),
    Mutant(
        "keep-alive-rewinds",
        "what a rebalance in such a poll brings is rewound",
        KAFKA,
        "                    consumer.seek(tp, records[0].offset)\n",
        "                    len(records)\n",
        (KEPT,),
    ),
    Mutant(
        "keep-alive-resumes",
        "what was paused is read again",
        KAFKA,
        "                consumer.resume(*(paused & consumer.assignment()))\n",
        "                len(paused)\n",
        (KEPT,),
    ),
    Mutant(
        "keep-alive-ends",
        "those polls end when the batch is stored: they would eat what comes next",
        KAFKA,
        "            keeper.cancel()\n",
        "            len(batch)\n",
        (f"{READING}a_batch_that_is_stored_ends_the_polls_that_kept_its_partitions",),
    ),
    Mutant(
        "unread-is-not-polled",
        "a log with a record that cannot be read does not count as polled",
        POLLS,
        "                self._polled_at, self._unread_at = None, monotonic()\n",
        "",
        (f"{POLLING}a_log_that_cannot_be_read_does_not_count_as_polled",),
    ),
    Mutant(
        "past-asked-at-the-start",
        "a store's past is asked before anything is taken",
        RUNTIME,
        "            await refuse_lost_past(self.service, self.store, tail)\n",
        "            len(self.service)\n",
        (f"{RUNNING}a_store_that_has_lost_its_past_takes_nothing",),
    ),
    Mutant(
        "stop-takes-nothing-more",
        "a stop ends the taking before all else",
        RUNTIME,
        "        await self.log.stop_polling()\n        for loop in loops:\n",
        "        for loop in loops:\n",
        (f"{RUNNING}a_stop_takes_nothing_more_then_tells_what_is_left_then_closes",),
    ),
    Mutant(
        "stop-tells-what-is-left",
        "a stop tells what is left in the outbox before it closes",
        RUNTIME,
        "                while await self.relay.step():\n                    pass\n",
        "                pass\n",
        (f"{RUNNING}a_stop_takes_nothing_more_then_tells_what_is_left_then_closes",),
    ),
    Mutant(
        "half-a-start-is-closed",
        "a start that fails half-way closes what it had opened",
        RUNTIME,
        "            await runtime.give_up()\n",
        "",
        (f"{RUNNING}a_start_that_fails_half_way_closes_what_it_had_opened",),
    ),
    Mutant(
        "fault-stops-the-process",
        "a fault of the engine stops the process",
        RUNTIME,
        "        os.kill(os.getpid(), signal.SIGTERM)\n",
        "",
        (f"{RUNNING}a_fault_of_the_engine_stops_the_process",),
    ),
    Mutant(
        "fault-ends-its-loop",
        "a loop that has met a fault does not go on",
        RUNTIME,
        "                    self._fault(error)\n                    return\n",
        "                    self._fault(error)\n                    continue\n",
        (f"{RUNNING}a_fault_of_the_engine_stops_the_process",),
    ),
    Mutant(
        "away-is-no-fault",
        "Kafka or MongoDB being away is waited for, and stops nothing",
        RUNTIME,
        "isinstance(error, KafkaError) or self.store.is_interruption(error)",
        "isinstance(error, MemoryError)",
        (f"{RUNNING}what_is_away_is_waited_for",),
    ),
)
