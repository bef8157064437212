"""Not a won lost, none paid twice: payroll's topic against its ledger.

Not the audit: `python -m ops audit` works out who was entitled to what, and reads the bank's own
file. This says only that what payroll told and what it booked is the same money.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from proofs.invariants.evidence import Document, Evidence, read_body
from proofs.invariants.verdict import Look
from shared.events import CONTRACTS, source_of

PAYROLL = "payroll"
BOOKED_AS = {
    "PayslipIssued": ("payslip_id", "net_krw"),
    "WagePaid": ("order_id", "amount_krw"),
    "OverpaymentFound": ("claim_id", "amount_krw"),
    "OverpaymentRecovered": ("deposit_id", "amount_krw"),
}
"""Event → the field that names its entry in the ledger, and the one with its won."""

Told = Mapping[str, list[Document]]
"""Event → the bodies of those that payroll told, or has in its outbox."""


def won(evidence: Evidence, look: Look) -> None:
    """An order is paid at most once and a payslip by at most one order, with the won of the
    payslip. Each paper is in the ledger with its won, nothing else is, and both sides are equal.
    """
    store = evidence.stores.get(PAYROLL)
    if store is None:
        return
    found: dict[str, list[Document]] = {}
    for name, body in _told(evidence):
        found.setdefault(name, []).append(body)
    _compare_payments(found, look)
    _compare_ledger(found, store.ledger, look)


def _told(evidence: Evidence) -> Iterator[tuple[str, Document]]:
    """Each event once: the first record of its number, then what is on its way."""
    on_the_log = set()
    for numbers in evidence.firsts.values():
        for said in numbers.values():
            if said.envelope.source == source_of(PAYROLL) and not evidence.is_foreign(said):
                on_the_log.add(said.envelope.id)
                yield from _readable(said.envelope.type, said.body)
    for row in evidence.stores[PAYROLL].outbox:
        headers = {name: bytes(value).decode() for name, value in row["headers"]}
        if headers["ce_id"] not in on_the_log:
            yield from _readable(headers["ce_type"], read_body(bytes(row["value"])))


def _readable(type_: str, body: Any) -> Iterator[tuple[str, Document]]:
    """With the event's name. What is not what its type says was never committed: see `told`."""
    contract = CONTRACTS.get(type_)
    if contract is None:
        return
    try:
        contract.model_validate(body)
    except ValidationError:
        return
    yield contract.__name__, body


def _compare_payments(told: Told, look: Look) -> None:
    net = {body["payslip_id"]: body["net_krw"] for body in told.get("PayslipIssued", ())}
    ordered = {body["order_id"]: body for body in told.get("PaymentOrdered", ())}
    paid = told.get("WagePaid", [])
    look.saw("payslips", len(net))
    look.saw("orders", len(ordered))
    look.saw("won paid", sum(body["amount_krw"] for body in paid))
    for field in ("order_id", "payslip_id"):
        for id_, count in Counter(body[field] for body in paid).items():
            if count > 1:
                look.found(id_, f"is paid {count} times")
    for body in ordered.values():
        if body["amount_krw"] != net.get(body["payslip_id"]):
            says = f"orders {body['amount_krw']} won of {net.get(body['payslip_id'])}"
            look.found(body["order_id"], says)
    for body in paid:
        order = ordered.get(body["order_id"], {})
        if body["amount_krw"] != order.get("amount_krw"):
            says = f"is paid {body['amount_krw']} won of {order.get('amount_krw')}"
            look.found(body["order_id"], says)


def _compare_ledger(told: Told, ledger: tuple[Document, ...], look: Look) -> None:
    papers: Counter[str] = Counter()
    for name, (id_, amount) in BOOKED_AS.items():
        for body in told.get(name, ()):
            papers[body[id_]] += body[amount]
    booked: dict[str, int] = {}
    for entry in ledger:
        debit = sum(posting["debit_krw"] for posting in entry["state"]["postings"])
        credit = sum(posting["credit_krw"] for posting in entry["state"]["postings"])
        booked[entry["_id"]] = debit
        look.saw("entries")
        if debit != credit:
            look.found(entry["_id"], f"has {debit} won on one side and {credit} on the other")
    for id_ in sorted(papers.keys() | booked.keys()):
        if papers[id_] != booked.get(id_, 0):
            says = f"is {papers[id_]} won on the topic and {booked.get(id_, 0)} in the ledger"
            look.found(id_, says)
