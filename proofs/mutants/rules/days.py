"""The passing of days, and what falls due on them: `shared/bus/days.py`, `shared/mongo/`."""

from proofs.mutants.mutants import Mutant

DAYS, CALENDAR = "shared/bus/days.py", "shared/mongo/calendar.py"
TESTS, BUS = "tests/shared/bus/test_days.py::test_", "tests/shared/test_bus.py::test_"
PAST = "tests/shared/bus/test_past.py::test_"

MUTANTS = (
    Mutant(
        "day-after-its-backlog",
        "a day is entered when the other topics are read up to their ends at its announcement",
        DAYS,
        "        if not _has_read(await self._log.committed(), following.ends):\n"
        "            return False\n",
        "",
        (f"{TESTS}a_day_that_came_out_of_order_still_waits_for_the_other_topics",),
    ),
    Mutant(
        "day-with-nothing-releasable",
        "a day is entered with nothing parked that may run, by a look in the same transaction",
        DAYS,
        "if await ready(session) or any(await self._due(session)):",
        "if any(await self._due(session)):",
        (f"{TESTS}what_the_last_news_of_a_day_lets_run_runs_on_that_day",),
    ),
    Mutant(
        "day-with-nothing-due",
        "a day is entered with nothing due, by a look in the same transaction",
        DAYS,
        "if await ready(session) or any(await self._due(session)):",
        "if await ready(session):",
        (f"{TESTS}what_the_last_news_of_a_day_makes_due_is_done_on_that_day",),
    ),
    Mutant(
        "day-entered-once",
        "a day that another instance has entered is not taken for the next one",
        DAYS,
        "            if now.announced[:1] != (following,):\n"
        "                return False  # another instance was faster: look again\n",
        "",
        (f"{TESTS}a_day_that_another_instance_enters_is_not_taken_for_the_next",),
    ),
    Mutant(
        "one-day-at-a-time",
        "days that were missed are entered one by one",
        CALENDAR,
        "        following, *later = self.announced\n",
        "        *_, following = self.announced\n        later: list[Announced] = []\n",
        (f"{TESTS}days_that_were_missed_are_entered_one_by_one",),
    ),
    Mutant(
        "first-what-waited",
        "what waited runs before the next day is entered",
        DAYS,
        "        if await self._inbox.release():\n            return True\n",
        "",
        (
            f"{BUS}an_event_waits_for_the_stream_it_rests_on[memory]",
            f"{TESTS}what_the_last_news_of_a_day_lets_run_runs_on_that_day",
        ),
        hangs=True,
    ),
    Mutant(
        "due-and-not-done",
        "the sweep asks for what is due and not yet done, not for what falls due today",
        DAYS,
        '"$lte": today.isoformat()}',
        '"$lte": today.isoformat(), "$gt": str(today.fromordinal(today.toordinal() - 1))}',
        (
            f"{TESTS}what_the_last_news_of_a_day_makes_due_is_done_on_that_day",
            f"{BUS}a_failing_aggregate_is_set_aside_and_time_goes_on_for_others[memory]",
        ),
    ),
    Mutant(
        "due-in-order",
        "what is due is swept by day, then by id",
        DAYS,
        'sort=("due_on", "_id")',
        'sort=("_id",)',
        (f"{TESTS}what_is_due_is_swept_by_day_and_then_by_id",),
    ),
    Mutant(
        "set-aside-passed-over",
        "what is set aside is passed over by the sweep",
        DAYS,
        ', "set_aside": None}',
        "}",
        (f"{TESTS}what_is_set_aside_is_passed_over_until_somebody_changes_it",),
    ),
    Mutant(
        "still-due-by-value",
        "an event that leaves an equal state is no progress of a sweep",
        DAYS,
        "    if after == state and",
        "    if after is state and",
        (f"{TESTS}an_event_that_changes_nothing_is_no_progress_either",),
    ),
    Mutant(
        "still-due",
        "a sweep that changes nothing and leaves its aggregate due is a fault",
        DAYS,
        "        raise StillDue\n",
        "        return\n",
        (f"{TESTS}a_sweep_that_leaves_its_aggregate_as_it_was_is_set_aside",),
    ),
    Mutant(
        "state-decides-not-the-list",
        "what another sweep of the transaction has done is not done again",
        DAYS,
        "    if not _is_due(sweeps, state, work.today):\n        return\n",
        "",
        (f"{TESTS}what_another_sweep_of_the_transaction_has_done_is_not_done_again",),
    ),
    Mutant(
        "sweep-failure-set-aside",
        "an aggregate whose sweep fails is set aside, and time goes on for the others",
        DAYS,
        "            return fingerprint(error)\n",
        "            raise\n",
        (f"{BUS}a_failing_aggregate_is_set_aside_and_time_goes_on_for_others[memory]",),
    ),
    Mutant(
        "failed-sweep-dropped",
        "what a failed sweep has changed is thrown away",
        DAYS,
        "            return fingerprint(error)\n",
        "            batch.absorb(work)\n            return fingerprint(error)\n",
        (f"{TESTS}a_sweep_that_fails_after_it_has_saved_leaves_nothing",),
    ),
    Mutant(
        "interruption-no-set-aside",
        "what came from the store sets nothing aside: it is raised again",
        DAYS,
        "            if self._store.is_interruption(error):\n                raise\n",
        "",
        (f"{TESTS}a_conflict_inside_a_sweep_sets_nothing_aside",),
    ),
    Mutant(
        "sweep-halved",
        "a sweep that the store refuses is halved until the culprit stands alone",
        DAYS,
        "            except (Refused, Overdue) as refusal:\n",
        "            except Overdue as refusal:\n",
        (f"{TESTS}what_a_store_refuses_of_a_sweep_is_pinned_on_the_culprit_alone",),
    ),
    Mutant(
        "sweep-overdue-halved",
        "a sweep that outlives its transaction is halved",
        DAYS,
        "            except (Refused, Overdue) as refusal:\n",
        "            except Refused as refusal:\n",
        (f"{TESTS}a_slow_store_sweeps_fewer_at_once_and_sets_nothing_aside",),
    ),
    Mutant(
        "held-by-orphans",
        "after a takeover a day is over when all that was told on it is decided again",
        DAYS,
        "        if await self._is_held(calendar):\n            return False\n",
        "",
        (
            f"{PAST}the_next_day_waits_until_what_was_told_on_this_one_is_decided_again",
            f"{PAST}an_operator_s_gate_keeps_it_on_a_day_with_nothing_left",
        ),
    ),
    Mutant(
        "gate-holds-the-day",
        "an operator's gate keeps a service on a day with nothing left to do",
        "shared/mongo/orphans.py",
        "    if gate and gate <= today:\n        return True\n",
        "",
        (f"{PAST}an_operator_s_gate_keeps_it_on_a_day_with_nothing_left",),
    ),
    Mutant(
        "news-is-proof-of-its-day",
        "news of a later day is decided by that day, whichever of the two arrives first",
        "shared/mongo/work.py",
        "return max(self._batch.today, self._recorded_on or self._batch.today)",
        "return self._batch.today",
        (f"{BUS}news_of_a_later_day_is_decided_by_that_day[memory]",),
    ),
    Mutant(
        "lease-of-the-days",
        "one instance sweeps",
        DAYS,
        """        if not await self._store.hold_lease("days", self._instance):\n"""
        "            return False\n",
        "",
        equivalent_because="the lease saves work only: two that sweep meet write conflicts, and "
        "`day-entered-once` is the rule that keeps their days apart",
    ),
)
