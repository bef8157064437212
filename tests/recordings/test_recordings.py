"""Today's code reads what every released version told, and makes the same of it.

A recording is read and replayed once; the faults that are planted below are planted in copies.
"""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest

from ops.topics import Record
from proofs.recording.collection import (
    BYTES_MAX,
    COLLECTION,
    LOG,
    Recording,
    change_faults,
    log_faults,
    outcome_faults,
    read_recording,
    versions,
)
from proofs.recording.replay import Outcomes, replay
from services.payroll import handlers as payroll
from shared.bus import Handles
from shared.events import CONTRACTS
from shared.events.placement import InternWithdrew

VERSIONS = versions()
FIRST = "0.1.0"

kept = cache(read_recording)


@cache
def found(version: str) -> Outcomes:
    return replay(kept(version).records)


def test_the_collection_has_begun() -> None:
    assert FIRST in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_every_record_is_there_listed_impersonal_and_read_by_todays_contracts(version: str) -> None:
    faults = log_faults(kept(version))

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("version", VERSIONS)
def test_todays_services_make_of_it_what_was_written_down(version: str) -> None:
    """See README.md beside this file, where a rule was changed on purpose."""
    faults = outcome_faults(kept(version), found(version))

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("version", VERSIONS)
def test_outcomes_are_written_with_a_reason(version: str) -> None:
    assert change_faults(kept(version)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recording_is_small(version: str) -> None:
    assert (COLLECTION / version / LOG).stat().st_size <= BYTES_MAX


def test_the_first_recording_has_what_goes_wrong_in_it() -> None:
    types = {type_.split(".")[-2] for type_ in kept(FIRST).log["types"]}

    assert types >= {
        *("ApplicationWithdrawn", "ApplicantReserved", "VacancyOpened", "PlacementDeclined"),
        *("HostCompanySuspended", "InternWithdrew", "AttendanceCorrected"),
        *("OverpaymentFound", "OverpaymentRecovered", "FollowUpOverdue", "Reemployed"),
    }


def test_every_service_made_something_of_the_first_recording() -> None:
    """Two empty outcomes would be equal, too."""
    services = kept(FIRST).services

    assert all(sum(outcome["taken"].values()) > 50 for outcome in services.values())
    assert services["payroll"]["kinds"]["payslips"].split()[0] > "0"
    assert services["counseling"]["kinds"]["cases"].split()[0] > "0"
    assert services["placement"]["published"]
    assert services["intake"]["parked"]


# Planted faults: each turns its check red, and the check names the culprit.


def with_records(change: Callable[[list[Record]], list[Record]]) -> Recording:
    """The first recording, with another log than was recorded."""
    recording = kept(FIRST)
    return replace(recording, records=change(list(recording.records)), sha256="another")


def first_of(type_: str) -> int:
    """The place of the first record of this type in the first recording's log."""
    wanted = ("ce_type", type_.encode())
    return next(n for n, record in enumerate(kept(FIRST).records) if wanted in record.headers)


def with_body(
    type_: str, change: Callable[[dict[str, Any]], object], records: list[Record]
) -> list[Record]:
    place = first_of(type_)
    body = json.loads(records[place].value or b"")
    change(body)
    records[place] = dataclasses.replace(records[place], value=json.dumps(body).encode())
    return records


def without(place: int, records: list[Record]) -> list[Record]:
    return records[:place] + records[place + 1 :]


PLACED = "womanup.placement.InternPlaced.v1"
PAYSLIP = "womanup.payroll.PayslipIssued.v1"


def test_a_required_field_that_has_another_name_is_named_with_its_type() -> None:
    def rename(body: dict[str, Any]) -> None:
        body["intern_id"] = body.pop("person_id")

    (fault,) = log_faults(with_records(partial(with_body, PLACED, rename)))

    assert PLACED in fault
    assert "person_id" in fault


def test_an_optional_field_that_has_another_name_is_named_with_its_type() -> None:
    """It has a default: today's reader would say nothing and lose it."""

    def rename(body: dict[str, Any]) -> None:
        body["correction_number"] = body.pop("correction_no")

    (fault,) = log_faults(with_records(partial(with_body, PAYSLIP, rename)))

    assert f"{PAYSLIP} has lost correction_number" in fault


def test_a_contract_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CONTRACTS, PLACED)

    faults = log_faults(kept(FIRST))

    assert len(faults) == kept(FIRST).log["types"][PLACED]
    assert all(f"there is no {PLACED} any more" in fault for fault in faults)


@pytest.mark.parametrize("type_", [PLACED, "womanup.calendar.DayStarted.v1"])
def test_a_record_that_was_removed_is_named_by_its_stream_and_number(type_: str) -> None:
    place = first_of(type_)
    id_ = dict(kept(FIRST).records[place].headers)["ce_id"]
    stream, _, number = (id_ or b"").decode().rpartition("/")

    faults = log_faults(with_records(partial(without, place)))

    assert f"{FIRST}: {stream}: number {number} is not there" in faults


def test_the_last_record_of_a_stream_cannot_be_removed_unseen() -> None:
    faults = log_faults(with_records(lambda records: records[:-1]))

    assert any("is not there" in fault for fault in faults)


def test_a_body_that_was_edited_is_found() -> None:
    def edit(body: dict[str, Any]) -> None:
        body["effective_on"] = "2022-03-01"

    faults = log_faults(with_records(partial(with_body, PLACED, edit)))

    assert faults == [f"{FIRST}: the log is another one than was recorded"]


def test_two_records_of_a_stream_in_the_wrong_order_are_found() -> None:
    day = "womanup.calendar.DayStarted.v1"

    def put_the_first_day_last(records: list[Record]) -> list[Record]:
        return [*without(first_of(day), records), records[first_of(day)]]

    (fault,) = log_faults(with_records(put_the_first_day_last))

    assert fault.startswith(f"{FIRST}: /womanup/calendar/seoul: [2, 3, 4, ")


def test_a_type_that_is_not_listed_is_named() -> None:
    recording = kept(FIRST)
    listed = {**recording.log, "types": {**recording.log["types"], PLACED: 0}}

    (fault,) = log_faults(replace(recording, log=listed))

    assert f"{PLACED}: 0 are listed" in fault


def with_payroll_again() -> Outcomes:
    return {**found(FIRST), **replay(kept(FIRST).records, ["payroll"])}


def with_handler(event: type, run: Any) -> tuple[Handles, ...]:
    return tuple(
        replace(handles, run=run) if handles.event is event else handles
        for handles in payroll.HANDLERS
    )


def test_a_handler_that_does_nothing_is_named_by_its_service_and_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def ignore(event: InternWithdrew, work: object) -> None:
        pass

    monkeypatch.setattr(payroll, "HANDLERS", with_handler(InternWithdrew, ignore))

    faults = outcome_faults(kept(FIRST), with_payroll_again())

    assert any(f.startswith(f"{FIRST}: payroll: kinds payroll_records was ") for f in faults)
    assert [fault for fault in faults if not fault.startswith(f"{FIRST}: payroll: ")] == []


def test_a_handler_that_fails_is_named_by_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(event: InternWithdrew, work: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(payroll, "HANDLERS", with_handler(InternWithdrew, fail))

    faults = outcome_faults(kept(FIRST), with_payroll_again())

    assert any("payroll: parked failed: ZeroDivisionError was none" in f for f in faults)


def test_outcomes_that_were_written_without_a_reason_are_found() -> None:
    recording = kept(FIRST)
    hushed = replace(recording, services={**recording.services, "payroll": {}})

    assert change_faults(hushed) != []
    assert change_faults(replace(recording, changes="")) != []
