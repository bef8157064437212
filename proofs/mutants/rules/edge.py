"""Commands that happen once, keys that are trusted no longer than they may, and the envelope."""

from proofs.mutants.mutants import Mutant

HTTP, KEYS, ENVELOPE = (
    "shared/service/http.py",
    "shared/service/keys.py",
    "shared/events/envelope.py",
)
EDGE, TWINS = "tests/shared/test_service.py::test_", "tests/shared/service/test_http.py::test_"
TRUST = "tests/shared/service/test_keys.py::test_"
SPOILT = ("tests/contracts/test_contracts.py::test_a_spoilt_envelope_is_unreadable",)

MUTANTS = (
    Mutant(
        "reply-kept",
        "a command's reply is kept under its key",
        HTTP,
        """            await session.write("idempotency", [Put(row, 0)])\n""",
        "",
        (f"{EDGE}the_same_command_twice_happens_once_and_is_answered_alike[memory]",),
    ),
    Mutant(
        "reply-in-the-same-transaction",
        "the reply is kept in the transaction that did the command",
        HTTP,
        """            await session.write("idempotency", [Put(row, 0)])\n""",
        """            keep_it = [Put(row, 0)]\n"""
        """            await self.store.transact(lambda s: s.write("idempotency", keep_it))\n""",
        (
            f"{TWINS}a_command_that_another_one_passed_is_done_and_not_only_answered",
            f"{TWINS}a_command_that_was_not_stored_has_no_reply",
        ),
    ),
    Mutant(
        "twins-meet-at-the-key",
        "a key is written in every command, so that twins conflict, whatever else they touch",
        HTTP,
        """            await session.write("idempotency", [Put(row, 0)])\n""",
        """            row["_id"] = f"{key}{reply}"\n"""
        """            await session.write("idempotency", [Put(row, 0)])\n""",
        (f"{TWINS}a_twin_that_was_faster_is_what_both_are_answered_with",),
    ),
    Mutant(
        "request-compared",
        "a key that was used for another request is refused",
        HTTP,
        """                if kept["request"] != request_hash:\n""",
        """                if not kept["request"]:\n""",
        (f"{EDGE}a_key_for_another_request_is_refused[memory]",),
    ),
    Mutant(
        "key-required",
        "a command without a key is refused",
        HTTP,
        "    if not idempotency_key or len(idempotency_key) > IDEMPOTENCY_KEY_LENGTH_MAX:\n",
        """    idempotency_key = idempotency_key or "none"\n    if not idempotency_key:\n""",
        (f"{EDGE}a_command_without_a_key_is_refused[memory]",),
    ),
    Mutant(
        "callers-own-keys",
        "each caller's keys are her own",
        HTTP,
        """own_key = f"{caller.subject}\\n{key}" if caller.is_known else key""",
        "own_key = key",
        ("tests/contracts/test_ownership.py::test_a_key_is_its_callers_own",),
    ),
    Mutant(
        "no-command-before-the-first-day",
        "no command is taken before a day has been entered",
        HTTP,
        "            work.today  # noqa: B018  # raises while no day has been entered\n",
        "",
        ("tests/contracts/test_bad_input.py::test_no_command_is_taken_before_the_first_day",),
    ),
    Mutant(
        "noted-before-answered",
        "who looked at a person is stored before she is shown",
        HTTP,
        "        if people:\n",
        "        if len(people) < 0:\n",
        (
            "tests/shared/service/test_access_log.py::test_each_look_at_a_person_is_an_entry",
            "tests/shared/service/test_access_log.py::test_no_entry_no_answer",
        ),
    ),
    Mutant(
        "keys-grow-stale",
        "an issuer's keys count only so long while it is away",
        KEYS,
        "if self._found is None or self._age() > STALE_SECONDS_MAX:",
        "if self._found is None:",
        (f"{TRUST}known_keys_outlive_their_issuer_for_so_long_and_no_longer",),
    ),
    Mutant(
        "keys-asked-again",
        "a key that the issuer takes back counts no more",
        KEYS,
        "if self._age() > FRESH_SECONDS:",
        "if self._found is None:",
        (f"{TRUST}a_key_that_was_taken_back_counts_no_more",),
    ),
    Mutant(
        "keys-not-asked-too-often",
        "invented key ids do not make us ask again and again",
        KEYS,
        "            if self._clock() - self._asked_at < seconds_min:\n                return\n",
        "",
        (f"{TRUST}a_new_key_is_learnt_at_once_and_invented_ones_make_us_ask_no_more",),
    ),
    Mutant(
        "no-shared-secret",
        "a shared secret in a key set is no key",
        KEYS,
        """if key.get("kty") in SIGNING and key""",
        "if key",
        (f"{TRUST}a_shared_secret_in_a_key_set_is_no_key",),
    ),
    Mutant(
        "own-topic-only",
        "a service speaks on its own topic only: another's source is unreadable there",
        ENVELOPE,
        """texts["ce_source"]\n        == source_of(producer),""",
        """texts["ce_source"]\n        != "",""",
        SPOILT,
    ),
    Mutant(
        "id-is-stream-and-sequence",
        "an event's id is its stream and its sequence",
        ENVELOPE,
        """        == f"{source_of(producer)}/{subject}/{sequence}",""",
        """        != "",""",
        SPOILT,
    ),
    Mutant(
        "a-header-stands-once",
        "a header that stands twice makes its record unreadable",
        ENVELOPE,
        "        if name in texts:\n",
        "        if name in texts and not name:\n",
        ("tests/shared/events/test_envelope.py::test_a_header_that_stands_twice_is_not_believed",),
    ),
    Mutant(
        "body-is-about-the-key",
        "a body that is about another than its record's key is invalid",
        ENVELOPE,
        "    if event.key != envelope.key:\n",
        "    if not event.key:\n",
        ("tests/shared/events/test_envelope.py::test_a_body_about_another_person_is_invalid",),
    ),
)
