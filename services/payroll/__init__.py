"""Payroll: what each intern is owed, what was ordered from the bank, what the bank did.

It owns payroll records, pay runs, payslips, payment orders and files, overpayment claims, and a
double-entry ledger.
It exists apart because money has rules of its own: a wage is worked out once, from attendance that
host and intern both confirmed, explained row by row, and ordered under an id for each attempt that
is written before the bank can see it.

It will never pay on anything but confirmed attendance, never pay a part of a cohort's month as if
it were the whole, never speak to the bank (the bank fetches files and posts results), and never
let an account leave its vault except in the file that the bank fetches.
"""
