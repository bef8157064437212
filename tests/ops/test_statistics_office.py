"""The statistics office counts from the topics alone, and says who is missing."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer
from hypothesis import given
from hypothesis import strategies as st

from examples.statistics_office import Figures, Report, compute, read_topics
from ops.stack import Stack
from ops.topics import Record, read_records
from tests.ops.world import COHORT, WAGES, is_record, of_the_office, play

WORLD = play()
MONTH = sum(WAGES.values())
FIGURES = Figures(
    title="2022-h1",
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
