"""The bank: a participant outside, simulated. It fetches payment files, pays, and posts results;
it takes what people pay back, and tells payroll of each deposit.

Its own file is the truth about what was paid: a row per order and per deposit, written and synced
before payroll hears of it. So a bank that is killed anywhere pays no order twice and loses no
deposit that it took: what it has written it knows, what it had not written it has not done, and a
row that was torn off is cut off.

The file names an account by its SHA-256 only: enough to see that it was swapped, no account data.
"""

from ops.bank.book import COLUMNS, RECEIVED, BankError, Book, Row, parse_bank_file, read_bank_file
from ops.bank.serve import build_app, command
from ops.bank.teller import Bank, Deposit, DepositDiffers, Refusals

__all__ = [
    "COLUMNS",
    "RECEIVED",
    "Bank",
    "BankError",
    "Book",
    "Deposit",
    "DepositDiffers",
    "Refusals",
    "Row",
    "build_app",
    "command",
    "parse_bank_file",
    "read_bank_file",
]
