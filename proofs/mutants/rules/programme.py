"""Wages and counts: what the services add to the engine's rules, where won are at stake."""

from proofs.mutants.mutants import Mutant

PAYING, PAYMENTS = "services/payroll/handlers/paying.py", "services/payroll/domain/payments.py"
COMMANDS, ORDERING = (
    "services/payroll/handlers/commands.py",
    "services/payroll/handlers/ordering.py",
)
PAY = "tests/payroll/handlers/test_paying.py::test_"
DO = "tests/payroll/handlers/test_commands.py::test_"
RUNS = "tests/payroll/domain/test_pay_runs.py::test_"
MONTHS = "tests/payroll/domain/test_months.py::test_"
MATCHING = "tests/placement/handlers/test_sweeps.py::test_"
ORDERS = "tests/payroll/domain/test_payments.py::test_"

MUTANTS = (
    Mutant(
        "count-before-a-pay-run",
        "a pay run waits until as many attendances are here as were announced",
        PAYING,
        """    if run.status != "paying" and await _hold(run, work):\n        return\n""",
        "",
        (f"{PAY}a_pay_run_is_held_until_every_attendance_is_here[memory]",),
    ),
    Mutant(
        "counts-agree-at-the-end",
        "a pay run that issued another number of payslips than was announced does not close",
        "services/payroll/domain/pay_runs.py",
        "    if run.payslips != run.confirmed:\n",
        "    if run.payslips < 0:\n",
        (f"{RUNS}a_run_that_paid_fewer_than_announced_cannot_close",),
    ),
    Mutant(
        "order-before-the-bank",
        "an order is written, with its id, before the bank can see it in a file",
        ORDERING,
        "            work.save(ORDERS, order.order_id, [order])\n",
        "            work.save(ORDERS, order.order_id, [])\n",
        (f"{PAY}three_months_are_paid_and_the_record_closes[memory]",),
    ),
    Mutant(
        "order-id-of-payslip-and-attempt",
        "an order's id is derived from payslip and attempt: the same order is the same id",
        PAYMENTS,
        """    return derive("ord", payslip_id, attempt)\n""",
        """    return derive("ord", payslip_id, attempt, __import__("time").monotonic_ns())\n""",
        (f"{ORDERS}an_order_has_one_id_for_payslip_and_attempt",),
    ),
    Mutant(
        "a-file-is-answered-once",
        "the bank's second answer to a file is never taken",
        PAYMENTS,
        """    if file.status == "answered":\n        raise AlreadyAnswered\n""",
        "",
        (f"{DO}a_file_is_answered_once[memory]",),
    ),
    Mutant(
        "an-answer-fits-its-file",
        "an answer with another amount than was ordered is refused whole",
        PAYMENTS,
        "    if result.amount_krw != amounts[result.order_id]:\n",
        "    if result.amount_krw < 0:\n",
        (f"{ORDERS}an_answer_that_does_not_fit_is_refused_and_the_row_named",),
    ),
    Mutant(
        "an-answer-names-an-order-once",
        "an order that two rows of an answer name makes the answer refused",
        PAYMENTS,
        "    if seen[result.order_id] > 1:\n",
        "    if seen[result.order_id] > 1_000:\n",
        (f"{ORDERS}an_answer_that_does_not_fit_is_refused_and_the_row_named",),
    ),
    Mutant(
        "an-answer-is-whole",
        "an answer that leaves an order out is refused whole",
        PAYMENTS,
        "    if missing := amounts.keys() - seen:\n",
        "    if missing := amounts.keys() - seen - amounts.keys():\n",
        (f"{ORDERS}an_answer_that_does_not_fit_is_refused_and_the_row_named",),
    ),
    Mutant(
        "a-deposit-is-booked-once",
        "a deposit that is booked is not booked again",
        COMMANDS,
        "    is_booked = await work.load(LEDGER, command.deposit_id) is not None\n",
        "    is_booked = await work.load(LEDGER, command.deposit_id) is work\n",
        (f"{DO}a_deposit_is_booked_once[memory]",),
    ),
    Mutant(
        "note-now-decide-tomorrow",
        "a sweep decides by what was recorded before its day",
        "services/payroll/domain/months.py",
        "if c.recorded_on < day]",
        "if c.recorded_on <= day]",
        (f"{MONTHS}a_correction_counts_from_the_day_after_it_was_recorded",),
    ),
    Mutant(
        "count-before-matching",
        "matching waits until as many candidates are here as were announced",
        "services/placement/handlers/sweeps.py",
        "    if held := decide_hold(round_, len(candidates), work.today):\n",
        "    if held := decide_hold(round_, len(candidates), work.today)[1:]:\n",
        (f"{MATCHING}matching_waits_until_all_that_intake_announced_is_here[memory]",),
    ),
)
