"""What counselors and their centre ask for: load, decide, save, answer."""

from typing import Any

from services.counseling.domain import (
    Case,
    RecordContact,
    RecordEmploymentEnd,
    RecordReemployment,
    RegisterCounselor,
    decide_contact,
    decide_departure,
    decide_employment_end,
    decide_reemployment,
    decide_registration,
)
from services.counseling.storage import CASES, COUNSELORS, employer_field, note_field
from shared.ids import derive
from shared.mongo import Work

Reply = dict[str, Any]


async def register_counselor(command: RegisterCounselor, work: Work) -> Reply:
    """The next pass counts on her: no case that waits is due before tomorrow anyway."""
    counselor_id = derive("cns", command.staff_no)
    counselor = await work.load(COUNSELORS, counselor_id)
    events = decide_registration(counselor, counselor_id, command, work.today)
    work.save(COUNSELORS, counselor_id, events)
    await work.write_vault(counselor_id, {"staff_no": command.staff_no, "name": command.name})
    return {"counselor_id": counselor_id}


async def record_departure(counselor_id: str, work: Work) -> Reply:
    """Hers alone is written: who takes her cases is for the passes of the days to come."""
    counselor = await work.require(COUNSELORS, counselor_id)
    work.save(COUNSELORS, counselor_id, decide_departure(counselor, work.today))
    return {
        "counselor_id": counselor_id,
        "left_on": work.today.isoformat(),
        "open_cases": counselor.open_cases,
    }


async def record_contact(case_id: str, command: RecordContact, work: Work) -> Reply:
    case = await work.require(CASES, case_id)
    work.save(CASES, case_id, decide_contact(case, command, work.today))
    contact_no = len(case.contacts) + 1
    await work.write_vault(case_id, {note_field(contact_no): command.note}, about=case.person_id)
    return {"case_id": case_id, "contact_no": contact_no}


async def record_reemployment(case_id: str, command: RecordReemployment, work: Work) -> Reply:
    case = await work.require(CASES, case_id)
    work.save(CASES, case_id, decide_reemployment(case, command, work.today))
    await _keep_employer(case, command, work)
    return {"case_id": case_id, "started_on": command.started_on.isoformat()}


async def record_employment_end(case_id: str, command: RecordEmploymentEnd, work: Work) -> Reply:
    case = await work.require(CASES, case_id)
    work.save(CASES, case_id, decide_employment_end(case, command, work.today))
    return {"case_id": case_id, "ended_on": command.ended_on.isoformat()}


async def _keep_employer(case: Case, command: RecordReemployment, work: Work) -> None:
    if command.employer_name is not None:
        number = len(case.reemployments) + 1
        await work.write_vault(
            case.case_id, {employer_field(number): command.employer_name}, about=case.person_id
        )
