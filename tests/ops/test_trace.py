"""One person's life from planted events: what is in it, in which order, and what is never in it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ops.policies import read_policy
from ops.services import ServiceError
from ops.topics import Record
from ops.trace import Life, NoSuchPerson, Reasons, Told, read_told, select, tell
from ops.trace.command import show
from ops.trace.reasons import ask_reasons
from ops.trace.words import say
from shared.events import (
    CONTRACTS,
    IntegrationEvent,
    counseling,
    envelope_of,
    intake,
    payroll,
    placement,
    source_of,
    topic_of,
    write_headers,
)

POLICY = read_policy("2022-h1")
EXAMPLES = Path("tests/contracts/examples")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WAGE = 2_250_094
ANNA: dict[str, Any] = {"person_id": "per_anna", "cohort_id": "coh_2"}
APPLIED = {**ANNA, "application_id": "app_anna"}
AT: dict[str, Any] = {"org_id": "org_1", "position_id": "pos_1"}
PLACED = {**APPLIED, **AT, "placement_id": "plc_anna"}


@dataclass
class Topics:
    """Publishes as the services do: one number more per stream."""

    records: list[Record] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)

    def say(self, contract: type[IntegrationEvent], days: str, **fields: Any) -> None:
        """`days`: the one on which it was recorded, or that one/the one from which it counts."""
        recorded, _, effective = days.partition("/")
        dates = {"effective_on": effective or recorded, "recorded_on": recorded}
        event = contract.model_validate({**dates, **fields})
        stream = f"{source_of(event.producer)}/{event.key}"
        self.last[stream] = self.last.get(stream, 0) + 1
        envelope = envelope_of(event, self.last[stream], "c", "c")
        headers = tuple(write_headers(contract, envelope, NOW))
        topic, body = topic_of(event.producer), event.model_dump_json().encode()
        place = len(self.records)
        self.records.append(Record(topic, 0, place, event.key.encode(), headers, body))

    def of(self, person_id: str = "per_anna", cohort: str | None = None) -> list[Told]:
        return select(read_told(self.records), person_id, cohort)


def recruited() -> Topics:
    """Anna is on the reserve list, Berta is selected and leaves, Anna is called."""
    topics = Topics()
    policy = POLICY.model_dump(mode="json")
    topics.say(intake.CohortOpened, "2022-03-03", cohort_id="coh_2", policy=policy)
    offer = {"cohort_id": "coh_2", "field": "it", "openings": 1, "hours_per_day": 8}
    for name in ("1", "2"):
        where = {"org_id": f"org_{name}", "position_id": f"pos_{name}"}
        topics.say(placement.PositionOffered, "2022-03-03", **offer, **where, hours_per_month=209)
    for who in ("anna", "berta"):
        about = {"person_id": f"per_{who}", "application_id": f"app_{who}", "cohort_id": "coh_2"}
        topics.say(intake.ApplicationSubmitted, "2022-03-10", **about, field="it", age_band="30-39")
        topics.say(intake.ApplicationAccepted, "2022-03-19", **about)
    topics.say(intake.ApplicantReserved, "2022-03-22", **APPLIED, round=1, reserve_rank=3)
    counts = {"applied": 2, "eligible": 2, "selected": 1, "reserved": 1, "not_selected": 0}
    topics.say(
        intake.SelectionClosed, "2022-03-22", cohort_id="coh_2", round=1, **counts, input_digest="d"
    )
    for vacancy, position in (
        ("vac_1", AT),
        ("vac_2", {"org_id": "org_2", "position_id": "pos_2"}),
    ):
        topics.say(
            placement.VacancyOpened, "2022-03-30", vacancy_id=vacancy, cohort_id="coh_2", **position
        )
    called = {"round": 1, "field": "it", "preferred_position_ids": ["pos_2", "pos_1"]}
    topics.say(intake.ApplicantSelected, "2022-03-31", **APPLIED, **called, vacancy_id="vac_1")
    contract = {"starts_on": "2022-04-04", "ends_on": "2022-06-30", "hours_per_day": 8}
    topics.say(
        placement.InternPlaced,
        "2022-04-01/2022-04-04",
        **PLACED,
        **contract,
        hours_per_month=209,
        vacancy_id="vac_1",
    )
    return topics


def overpaid() -> Topics:
    """She left on 3 May, which is heard of on the 31st: April is right, May was paid in full."""
    topics = recruited()
    month = {**ANNA, "placement_id": "plc_anna", "month": "2022-05"}
    served = {"service_from": "2022-05-01", "service_until": "2022-05-31", "scheduled_days": 21}
    absent = {"absent_days": 0, "absent_weeks": 0}
    topics.say(placement.AttendanceConfirmed, "2022-05-31", **month, **served, **absent)
    record = {**ANNA, "record_id": "rec_anna"}
    topics.say(payroll.PayrollRecordOpened, "2022-04-01", **record, placement_id="plc_anna")
    money = {"gross_krw": WAGE, "deductions_krw": 0, "net_krw": WAGE, "pay_date": "2022-05-31"}
    payslip = {**record, "payslip_id": "slp_anna", "month": "2022-05"}
    topics.say(payroll.PayslipIssued, "2022-05-31", **payslip, **money)
    order = {**ANNA, "payslip_id": "slp_anna", "amount_krw": WAGE}
    for attempt in (1, 2):
        numbered = {**order, "order_id": f"ord_{attempt}"}
        topics.say(
            payroll.PaymentOrdered, "2022-05-31", **numbered, attempt=attempt, pay_on="2022-05-31"
        )
        if attempt == 1:
            refusal = {**numbered, "month": "2022-05", "reason_code": "account-closed"}
            topics.say(payroll.PaymentFailed, "2022-05-31", **refusal)
    topics.say(payroll.WagePaid, "2022-05-31", **order, order_id="ord_2", month="2022-05")
    topics.say(placement.InternWithdrew, "2022-05-31/2022-05-03", **PLACED, ended_by="intern")
    fewer = {"service_from": "2022-05-01", "service_until": "2022-05-02", "scheduled_days": 1}
    topics.say(
        placement.AttendanceCorrected, "2022-05-31", **month, **fewer, **absent, correction_no=1
    )
    claim = {**ANNA, "claim_id": "clm_1", "month": "2022-05"}
    found = {**record, **claim, "correction_no": 1, "amount_krw": 2_000_000}
    topics.say(payroll.OverpaymentFound, "2022-06-01", **found)
    for number, amount in (("1", 500_000), ("2", 1_500_000)):
        deposit = {**claim, "deposit_id": f"dep_{number}", "amount_krw": amount}
        topics.say(payroll.OverpaymentRecovered, "2022-06-20", **deposit)
    return topics


def life(topics: Topics, reasons: Reasons | None = None) -> Life:
    return tell("per_anna", topics.of(), reasons or Reasons())


def named(found: Life, event: str) -> Any:
    return next(step for step in found.steps if step.event == event)


def test_what_names_her_and_what_explains_it_is_told_in_the_order_of_days() -> None:
    told = [(one.recorded_on.isoformat(), one.name) for one in recruited().of()]

    assert told == [
        ("2022-03-03", "CohortOpened"),
        ("2022-03-03", "PositionOffered"),
        ("2022-03-10", "ApplicationSubmitted"),
        ("2022-03-19", "ApplicationAccepted"),
        ("2022-03-22", "SelectionClosed"),
        ("2022-03-22", "ApplicantReserved"),
        ("2022-03-30", "VacancyOpened"),
        ("2022-03-31", "ApplicantSelected"),
        ("2022-04-01", "InternPlaced"),
    ]


def test_nothing_of_anybody_else_is_told() -> None:
    bodies = json.dumps([one.body for one in recruited().of()])

    assert "per_berta" not in bodies
    assert "vac_2" not in bodies
    assert '"org_2"' not in bodies


def test_her_host_s_suspension_and_her_position_s_closing_are_hers_too() -> None:
    topics = recruited()
    for name in ("1", "2"):
        host = {"org_id": f"org_{name}", "cohort_id": "coh_2"}
        topics.say(placement.HostCompanySuspended, "2022-05-02", **host)
        topics.say(placement.PositionClosed, "2022-05-02", **host, position_id=f"pos_{name}")
    topics.say(intake.CohortCancelled, "2022-05-03/2022-05-04", cohort_id="coh_2")
    topics.say(intake.CohortCancelled, "2022-05-03/2022-05-04", cohort_id="coh_other")
    told = [(one.name, one.key) for one in topics.of()][-3:]

    assert told == [
        ("HostCompanySuspended", "org_1"),
        ("PositionClosed", "org_1"),
        ("CohortCancelled", "coh_2"),
    ]


def test_a_record_told_twice_is_told_once() -> None:
    topics = recruited()
    topics.records.append(topics.records[-1])

    assert [one.name for one in topics.of()].count("InternPlaced") == 1


def test_within_a_day_the_services_stand_in_the_order_of_the_chain() -> None:
    topics = overpaid()
    order = [(one.recorded_on, one.producer) for one in topics.of()]
    chain = ["intake", "placement", "payroll", "counseling"]

    assert order == sorted(order, key=lambda pair: (pair[0], chain.index(pair[1])))


@given(st.randoms(use_true_random=False))
def test_the_order_of_topics_makes_no_difference(random: Any) -> None:
    """Streams keep their order, as on the topics; which stream comes first is chance."""
    records = overpaid().records
    streams: dict[bytes | None, list[Record]] = {}
    for record in records:
        streams.setdefault(record.topic.encode() + (record.key or b""), []).append(record)
    mixed = []
    while streams:
        key = random.choice(sorted(streams, key=str))
        mixed.append(streams[key].pop(0))
        if not streams[key]:
            del streams[key]

    assert select(read_told(mixed), "per_anna") == select(read_told(records), "per_anna")


def test_late_news_say_how_late_and_coming_ones_from_when() -> None:
    found = life(overpaid())

    assert named(found, "InternWithdrew").dating == "counts from 2022-05-03, known 28 days late"
    assert named(found, "InternPlaced").dating == "counts from 2022-04-04"
    assert named(found, "ApplicationSubmitted").dating == ""


def test_money_has_a_running_balance() -> None:
    found = [(s.event, s.owed_krw) for s in life(overpaid()).steps if s.owed_krw is not None]

    assert found == [
        ("PayslipIssued", WAGE),
        ("PaymentOrdered", WAGE),
        ("PaymentFailed", WAGE),
        ("PaymentOrdered", WAGE),
        ("WagePaid", 0),
        ("OverpaymentFound", -2_000_000),
        ("OverpaymentRecovered", -1_500_000),
        ("OverpaymentRecovered", 0),
    ]
    assert life(overpaid()).owed_krw == 0


def test_a_refusal_is_told_with_the_bank_s_reason() -> None:
    says = named(life(overpaid()), "PaymentFailed").says

    assert says == "the bank refused ₩2,250,094 for 2022-05: account-closed"


def test_a_called_reserve_says_as_what_she_was_called_and_which_wish_it_is() -> None:
    found = life(recruited())

    assert named(found, "ApplicantSelected").why == ("as reserve 3 of round 1",)
    assert named(found, "InternPlaced").why == ("her wish 2 of 2, by her call for vac_1",)


def test_a_rejection_names_what_each_rule_asks_for() -> None:
    topics = recruited()
    clara = {"person_id": "per_clara", "application_id": "app_clara", "cohort_id": "coh_2"}
    topics.say(intake.ApplicationSubmitted, "2022-03-10", **clara, field="it", age_band="50-59")
    codes = ["age-on-notice-date", "licence-or-career"]
    topics.say(intake.ApplicationRejected, "2022-03-19", **clara, reason_codes=codes)
    reasons = Reasons(applications={"app_clara": {"check": {"rule_version": "screening-1"}}})
    found = tell("per_clara", topics.of("per_clara"), reasons)

    age = POLICY.eligibility[0].model_dump()
    assert named(found, "ApplicationRejected").why == (
        f"not met: age-on-notice-date (age_min {age['age_min']}, age_max {age['age_max']})",
        "not met: licence-or-career",
        "by screening-1",
    )


ANSWERS: dict[str, dict[str, Any]] = {
    "/applications/app_anna": {
        "rank": 79,
        "points": {"priority_group": 10, "career": 6, "licence": 7, "total": 23},
        "tie_break": "3f2a" * 16,
        "check": {"rule_version": "screening-1", "input_digest": "d"},
        "facts": {"age_on_notice": 38, "priority_groups": ["single-parent"]},
    },
    "/cohorts/coh_2/selection": {
        "tie_break_seed": "seed-2",
        "rounds": [{"round": 1, "rule_version": "selection-1"}],
    },
    "/cohorts/coh_2/matching": {"rule_version": "matching-1", "seed": "seed-m"},
    "/payslips/slp_anna": {
        "proration": "hourly",
        "rows": [{"item": "wage", "basis": "209 h x ₩10,766", "amount_krw": WAGE}],
    },
}
SERVICES = {name: f"http://{name}" for name in ("intake", "placement", "payroll")}


async def asked(
    topics: Topics, answers: dict[str, dict[str, Any]] | None = None
) -> tuple[Reasons, list[str]]:
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        found = (ANSWERS if answers is None else answers).get(request.url.path)
        return httpx.Response(200 if found else 404, json=found or {"code": "not-found"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        return await ask_reasons(http, SERVICES, topics.of()), paths


async def test_rank_points_and_ties_come_from_intake_and_rows_from_payroll() -> None:
    reasons, _ = await asked(overpaid())
    found = life(overpaid(), reasons)

    assert named(found, "ApplicantReserved").why == (
        "rank 79, 23 points, by selection-1",
        "among equal points by hash 3f2a3f2a3f2a…, seed seed-2",
    )
    assert named(found, "PayslipIssued").why == (
        "wage: 209 h x ₩10,766 = ₩2,250,094",
        "a month not fully worked is paid by: hourly",
    )


async def test_a_matched_intern_has_her_wish_and_the_rule() -> None:
    topics = Topics()
    selected = {"round": 1, "field": "it", "preferred_position_ids": ["pos_2", "pos_3", "pos_1"]}
    contract = {"starts_on": "2022-04-04", "ends_on": "2022-06-30", "hours_per_day": 8}
    topics.say(intake.ApplicantSelected, "2022-03-22", **APPLIED, **selected)
    placed = {**PLACED, **contract, "hours_per_month": 209}
    topics.say(placement.InternPlaced, "2022-03-25/2022-04-04", **placed)
    reasons, _ = await asked(topics)

    assert named(life(topics, reasons), "InternPlaced").why == (
        "her wish 3 of 3, by matching-1, seed seed-m",
    )


async def test_what_a_service_has_not_decided_leaves_the_event_without_a_reason() -> None:
    reasons, _ = await asked(overpaid(), answers={})
    found = life(overpaid(), reasons)

    assert named(found, "ApplicantReserved").why == ()
    assert named(found, "PayslipIssued").why == ()


async def test_a_service_that_is_away_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
        with pytest.raises(ServiceError, match=r"http://\w+/\S+ does not answer .*: is it up\?"):
            await ask_reasons(http, SERVICES, overpaid().of())


async def test_nothing_that_opens_a_vault_is_asked_and_no_declared_fact_is_told() -> None:
    topics = overpaid()
    case = {**ANNA, "case_id": "cas_anna"}
    topics.say(counseling.CaseOpened, "2022-06-02", **case, ends_on="2023-05-02", after="leaving")
    topics.say(
        counseling.ContactRecorded, "2022-06-09", **case, counselor_id="cns_1", kind="education"
    )
    reasons, paths = await asked(topics)
    found = life(topics, reasons)
    text = json.dumps(found.to_json(), ensure_ascii=False) + shown(found)

    assert named(found, "ContactRecorded").says == "contact: education, with cns_1"
    assert not [path for path in paths if path.startswith(("/people", "/cases", "/payment-files"))]
    for secret in ("single-parent", "priority", "age_on_notice", "account_number", "note"):
        assert secret not in text.replace("among equal", "")


def test_an_unknown_person_says_what_to_do() -> None:
    with pytest.raises(NoSuchPerson, match=r"(?s)no event names 'per_x'.*applications.*--prefix"):
        recruited().of("per_x")


def test_a_cohort_is_chosen_by_number_or_id() -> None:
    topics = recruited()
    other = {"person_id": "per_anna", "application_id": "app_old", "cohort_id": "coh_1"}
    policy = POLICY.model_copy(update={"cohort_no": 1}).model_dump(mode="json")
    topics.say(intake.CohortOpened, "2021-08-01", cohort_id="coh_1", policy=policy)
    topics.say(intake.ApplicationSubmitted, "2021-08-09", **other, field="it", age_band="30-39")

    assert {one.body["cohort_id"] for one in topics.of(cohort="1")} == {"coh_1"}
    assert topics.of(cohort="coh_1") == topics.of(cohort="1")
    assert {one.body["cohort_id"] for one in topics.of(cohort="2")} == {"coh_2"}
    assert {one.body["cohort_id"] for one in topics.of()} == {"coh_1", "coh_2"}
    with pytest.raises(NoSuchPerson, match=r"no part in cohort 3, but in 1 \(coh_1\), 2 \(coh_2\)"):
        topics.of(cohort="3")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_every_contract_of_a_service_has_a_sentence(path: Path) -> None:
    contract = next(c for c in CONTRACTS.values() if c.__name__ == path.name.split(".")[0])
    body = contract.model_validate_json(path.read_text()).model_dump(mode="json")
    # None of these tells of a person.
    unsaid = {"DayStarted", "HostCompanyApproved", "AgreementSigned", "AttendanceMonthClosed"}

    assert (say(contract.__name__, body) == contract.__name__) == (contract.__name__ in unsaid)


def test_a_screen_has_days_once_dates_that_differ_and_the_balance() -> None:
    text = shown(life(overpaid()))

    assert text.startswith("per_anna, cohort 2 (coh_2)")
    assert text.count("2022-05-31 ") >= 1
    assert "known 28 days late" in text
    assert "-₩1,500,000" in text
    assert text.rstrip().endswith("open at the end: ₩0")


def test_json_has_dates_as_text_and_amounts_as_numbers() -> None:
    read = json.loads(json.dumps(life(overpaid()).to_json()))
    withdrew = next(step for step in read["steps"] if step["event"] == "InternWithdrew")

    assert read["cohorts"] == {"coh_2": 2}
    assert withdrew["effective_on"] == date(2022, 5, 3).isoformat()
    assert withdrew["known_late_days"] == 28
    assert read["steps"][-1]["owed_krw"] == 0


def shown(found: Life) -> str:
    console = Console(width=120, record=True, file=StringIO())
    show(found, console)
    return console.export_text()
