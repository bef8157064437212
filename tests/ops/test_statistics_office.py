"""The statistics office counts from the topics alone, and says who is missing."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from hypothesis import given
from hypothesis import strategies as st

from examples.cohort_counts import Figures
from examples.statistics_office import Report, compute, read_topics
from ops.stack import Stack
from ops.topics import Record, read_records
from shared.events.counseling import EmploymentEnded, Reemployed
from shared.events.intake import (
    ApplicationAccepted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CohortPolicyRevised,
    SelectionClosed,
)
from shared.events.placement import (
    InternWithdrew,
    MatchingClosed,
    PositionClosed,
    PositionOffered,
)
from tests.ops.town import Town, application_of, case_of, place_of, play
from tests.ops.unhappy import CLAIM, RECOVERED, leaving, unhappy
from tests.ops.world import COHORT, POLICY, WAGES, World, is_record, of_the_office, renumbered

WORLD = play()
MONTH = sum(WAGES.values())
FIGURES = Figures(
    title="2022-h1",
    rounds=1,
    applied=4,
    eligible=3,
    selected=3,
    placed=3,
    hosts=3,
    started=3,
    completed=3,
    wages_paid=9,
    paid_krw=3 * MONTH,
    paid_krw_by_month={"2022-04": MONTH, "2022-05": MONTH, "2022-06": MONTH},
    cases=3,
    reemployed=1,
    still_employed=1,
)


def count(records: Iterable[Record]) -> Report:
    return compute(of_the_office(records))


def culprits(report: Report) -> set[str]:
    return {problem.culprit for problem in report.problems}


def test_counts_a_whole_cohort() -> None:
    assert Report({COHORT: FIGURES}, ()) == count(WORLD.records)


@given(st.data())
def test_what_comes_twice_is_counted_once(data: st.DataObject) -> None:
    """A crashed relay repeats the end of a stream: 1, 2, 3, 1, 2."""
    records = list(WORLD.records)
    place = data.draw(st.integers(1, len(records)))
    again = data.draw(st.integers(0, place - 1))
    records[place:place] = records[again:place]

    assert Report({COHORT: FIGURES}, ()) == count(records)


@given(st.data())
def test_a_record_that_is_lost_in_mid_stream_is_a_gap_by_name(data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(WORLD.records))
    stream = {r.offset for r in WORLD.records if (r.topic, r.key) == (gone.topic, gone.key)}
    left = [r for r in WORLD.records if r is not gone]
    key = (gone.key or b"").decode()

    expected = set() if gone.offset == max(stream) else {f"/womanup/{gone.topic[8:-3]}/{key}"}
    assert expected <= culprits(count(left))


def test_an_application_fewer_disagrees_with_what_was_announced_and_names_her() -> None:
    report = count(WORLD.without("ApplicationSubmitted", "per_1").records)

    assert report.figures[COHORT].applied == 3
    assert {COHORT, "per_1", "/womanup/intake/per_1"} == culprits(report)
    assert "applied: announced 4, counted 3" in {p.says for p in report.problems}


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("ApplicationRejected", "per_rejected"),
        ("ApplicationAccepted", "per_2"),
        ("ApplicantSelected", "per_2"),
        ("InternPlaced", "per_0"),
        ("AttendanceConfirmed", "per_0"),
    ],
)
def test_a_fact_that_is_lost_names_whom_it_was_about(name: str, person: str) -> None:
    report = count(WORLD.without(name, person).records)

    if name == "ApplicationRejected":
        assert set() == culprits(report)  # nothing announces how many were rejected
    else:
        assert {COHORT, person} <= culprits(report)


def test_a_person_who_is_lost_altogether_still_shows_in_the_counts() -> None:
    left = [r for r in WORLD.records if r.key != b"per_rejected"]

    assert {COHORT} == culprits(count(left))


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("SelectionClosed", "reserved"),
        ("SelectionClosed", "not_selected"),
        ("MatchingClosed", "candidates"),
        ("MatchingClosed", "unmatched"),
        ("MatchingClosed", "openings"),
        ("AttendanceMonthClosed", "missing"),
    ],
)
def test_every_announced_count_is_counted_again(name: str, counted: str) -> None:
    world = WORLD.telling(name, COHORT, lambda body: body.update({counted: body[counted] + 1}))

    assert {COHORT} == culprits(count(world.records))


def test_an_intern_who_was_never_selected_is_named_though_all_counts_agree() -> None:
    """On the payroll, in every count, and never an applicant: the documented fraud."""
    intake = ("ApplicationSubmitted", "ApplicationAccepted", "ApplicantSelected")
    left = [r for r in WORLD.records if not any(is_record(r, n, "per_2") for n in intake)]
    fewer = {"applied": 3, "eligible": 2, "selected": 2}
    world = replace(WORLD, records=tuple(left)).telling(
        "SelectionClosed", COHORT, lambda body: body.update(fewer)
    )
    found = count(world.records).problems

    assert f"InternPlaced in {COHORT} without ApplicantSelected" in {
        p.says for p in found if p.culprit == "per_2"
    }


def test_garbage_is_named_by_its_place_and_nothing_else_suffers() -> None:
    garbage = [
        Record("womanup.intake.v1", 3, 99, b"per_1", (), b"\xff\xfe"),
        Record("womanup.intake.v1", 3, 100, b"\xff", (("ce_sequence", None),), None),
    ]
    report = count([*garbage, *WORLD.records])

    assert report.figures[COHORT] == FIGURES
    assert {"womanup.intake.v1/3/99", "womanup.intake.v1/3/100"} == culprits(report)


def test_an_unknown_type_is_passed_over() -> None:
    last = next(r for r in reversed(WORLD.records) if is_record(r, "Reemployed"))
    headers = {**dict(last.headers), "ce_type": b"womanup.counseling.Moonlit.v9"}
    headers["ce_sequence"] = b"3"
    unknown = replace(last, headers=tuple(headers.items()))

    assert Report({COHORT: FIGURES}, ()) == count([*WORLD.records, unknown])


# Much goes as it should not, and the figures are still everyone's.


def test_counts_who_left_declined_and_was_called() -> None:
    report = count(unhappy().records)
    figures = report.figures[COHORT]

    assert report.problems == ()
    assert (figures.applied, figures.selected, figures.called_from_reserve) == (11, 9, 2)
    assert (figures.placed, figures.declined, figures.started) == (9, 1, 8)
    assert (figures.withdrew, figures.completed, figures.cases) == (3, 5, 8)
    assert (figures.overpaid_krw, figures.recovered_krw) == (CLAIM, RECOVERED)


def test_who_is_found_to_have_left_did_not_complete() -> None:
    world = play([8]).also(InternWithdrew, "2022-07-11", **leaving("per_0", "2022-06-15"))
    figures = count(world.records).figures[COHORT]

    assert (figures.completed, figures.withdrew) == (0, 1)


def test_who_works_no_longer_is_re_employed_still_not() -> None:
    ended = play([8]).also(EmploymentEnded, "2022-07-12", **case_of("per_0"))
    how = {"kind": "regular", "evidence_grade": "self-report", "is_at_host": False}
    again = ended.also(Reemployed, "2022-07-12", **case_of("per_0"), **how)
    found = [count(world.records).figures[COHORT] for world in (ended, again)]

    assert [(f.reemployed, f.still_employed) for f in found] == [(1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("AttendanceConfirmed", {"month": "2022-05"}),  # corrected since, and counted still
        ("InternPlaced", {}),
        ("InternWithdrew", {}),
        ("AttendanceCorrected", {}),
        ("OverpaymentFound", {}),
    ],
)
def test_a_fact_of_who_left_that_is_lost_names_her(name: str, fields: dict[str, Any]) -> None:
    assert "per_1" in culprits(count(unhappy().never(name, "per_1", **fields).records))


def test_final_and_late_attendance_is_in_no_count_and_corrected_ones_stay() -> None:
    """per_2's last month is final, and she is not missing in it, confirmed or not."""
    world = unhappy()
    unconfirmed = world.never("AttendanceConfirmed", "per_2").never("WagePaid", "per_2")

    assert count(world.records).problems == count(unconfirmed.records).problems == ()
    in_time = world.telling("AttendanceConfirmed", "per_2", lambda b: b.update(is_final=False))
    assert {COHORT} == culprits(count(in_time.records))


def test_who_left_on_the_day_of_the_closing_was_missing_or_not_any_more() -> None:
    """No order is promised between her stream and the cohort's."""
    world = unhappy().never("AttendanceConfirmed", "per_2").never("WagePaid", "per_2")
    world = world.telling("InternWithdrew", "per_2", lambda b: b.update(recorded_on="2022-05-05"))

    def says(missing: int) -> set[str]:
        change = {"missing": missing}
        closed = world.telling(
            "AttendanceMonthClosed", COHORT, lambda b: b.update(change), month="2022-04"
        )
        return {p.says for p in count(closed.records).problems if p.culprit == COHORT}

    assert says(0) == says(1) == set()
    assert says(2) == {"missing of 2022-04: announced 2, counted 1"}


def test_who_withdrew_before_selection_applied_and_was_not_ranked() -> None:
    world = unhappy().never("ApplicantReserved", "per_r3")
    world = world.also(ApplicationWithdrawn, "2022-03-20", **application_of("per_r3"))
    counts = {"eligible": 10, "reserved": 3}
    world = world.telling("SelectionClosed", COHORT, lambda b: b.update(counts))

    assert count(world.records).problems == ()


def test_who_withdrew_before_matching_is_no_candidate_of_it() -> None:
    world = unhappy().never("ApplicantUnmatched", "per_u")
    world = world.also(ApplicationWithdrawn, "2022-03-28", **application_of("per_u"))
    fewer = world.telling("MatchingClosed", COHORT, lambda b: b.update(candidates=6, unmatched=0))

    assert {COHORT} == culprits(count(world.records))
    assert count(fewer.records).problems == ()


def extra_round() -> World:
    """The story, and an extra round in April: one more applies, is selected, placed; a position was
    closed in the meantime, one stands free since per_3 declined, one is new.
    """
    town = Town()
    days = {"application_from": "2022-03-22", "application_until": "2022-03-31"}
    days |= {
        "screening_on": "2022-04-01",
        "selection_on": "2022-04-01",
        "matching_on": "2022-04-04",
    }
    policy = POLICY.model_dump(mode="json") | days
    town.tell(CohortPolicyRevised, "2022-03-22", cohort_id=COHORT, round=2, policy=policy)
    about = application_of("per_x")
    town.tell(ApplicationSubmitted, "2022-03-22", **about, field="it", age_band="30-39")
    town.tell(ApplicationAccepted, "2022-04-01", **about)
    town.select("per_x", "2022-04-01", round=2)
    counts = {"applied": 1, "eligible": 1, "selected": 1, "reserved": 0, "not_selected": 0}
    town.tell(SelectionClosed, "2022-04-01", cohort_id=COHORT, round=2, input_digest="d", **counts)
    org = {"cohort_id": COHORT, "field": "it", "openings": 2}
    town.tell(PositionOffered, "2022-03-30", **org, **place_of("per_x"))
    town.tell(PositionOffered, "2022-03-30", **org, **place_of("per_y"))
    closed = {k: v for k, v in place_of("per_y").items() if not k.startswith("hours")}
    town.tell(PositionClosed, "2022-04-01", **closed, cohort_id=COHORT)
    town.place("per_x", "2022-04-04", starts_on="2022-04-05")
    counts = {"candidates": 1, "openings": 2, "placed": 1, "unmatched": 0}
    town.tell(MatchingClosed, "2022-04-04", cohort_id=COHORT, round=2, input_digest="d", **counts)
    told = play([8, 6, 4])
    late = [r for r in told.records if is_record(r, "AttendanceMonthClosed")]
    kept = tuple(r for r in told.records if r not in late)
    return replace(told, records=renumbered((*kept, *town.topics.records)))


def test_each_round_is_counted_by_itself() -> None:
    report = count(extra_round().records)

    assert report.problems == ()
    assert report.figures[COHORT].rounds == 2
    assert report.figures[COHORT].applied == 5


@pytest.mark.parametrize(
    ("name", "field"),
    [
        *[("SelectionClosed", f) for f in ("applied", "eligible", "selected", "reserved")],
        *[("MatchingClosed", f) for f in ("candidates", "openings", "placed", "unmatched")],
    ],
)
@pytest.mark.parametrize("number", [1, 2])
def test_every_count_of_every_round_is_counted_again(name: str, field: str, number: int) -> None:
    world = extra_round().telling(
        name, COHORT, lambda body: body.update({field: body[field] + 1}), round=number
    )

    assert {COHORT} <= culprits(count(world.records))


@pytest.mark.system
async def test_reads_what_is_on_the_topics(stack: Stack, prefix: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka, acks="all")
    await producer.start()
    for record in WORLD.records:
        await producer.send(
            prefix + record.topic,
            key=record.key,
            value=record.value,
            headers=list(record.headers),
        )
    await producer.stop()

    assert Report({COHORT: FIGURES}, ()) == compute(await read_topics(stack.kafka, prefix))
    assert len(WORLD.records) == len(await read_records(stack.kafka, prefix))


def test_figures_as_of_a_day_are_of_what_counts_by_then_and_problems_of_all() -> None:
    world = play([8]).also(EmploymentEnded, "2022-07-12", **case_of("per_0"))
    how = {"kind": "regular", "evidence_grade": "self-report", "is_at_host": False}
    world = world.also(Reemployed, "2022-07-12", **case_of("per_0"), **how)
    records = of_the_office(world.records)
    before, after = (compute(records, day).figures[COHORT] for day in ("2022-03-31", "2022-07-12"))

    assert (before.applied, before.started, before.reemployed) == (2, 0, 0)
    assert (after.applied, after.started, after.reemployed) == (2, 1, 1)
    assert compute(records, "2022-03-31").problems == compute(records).problems
