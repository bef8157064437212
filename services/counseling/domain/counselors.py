"""The counselors: registered, given cases, freed of them, and one day gone."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, assert_never

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.counseling.domain.cases import Case
from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.ids import CaseId, CounselorId

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class CounselorExists(Rejected):
    """A staff number names one counselor."""

    code = "counselor-exists"


class CounselorLeft(Rejected):
    """Who has left cannot leave again. Who comes back gets a new staff number."""

    code = "counselor-left"


class RegisterCounselor(BaseModel):
    """`staff_no` and `name` go to the vault. `caseload_max`: open cases she can carry at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    staff_no: Text
    name: Text
    caseload_max: int = Field(ge=1, le=1000, strict=True)


class RecordDeparture(BaseModel):
    """She leaves today: no new cases, and hers go to others from tomorrow on."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CounselorRegistered(Event):
    counselor_id: CounselorId
    caseload_max: int


class CounselorDeparted(Event):
    """From this day on she takes no case; those that she has, the centre takes back."""

    counselor_id: CounselorId


class CaseTaken(Event):
    counselor_id: CounselorId
    case_id: CaseId


class CaseReleased(Event):
    """The case is closed, or taken back because she left: it is hers no more."""

    counselor_id: CounselorId
    case_id: CaseId


CounselorEvent = CounselorRegistered | CounselorDeparted | CaseTaken | CaseReleased


@dataclass(frozen=True, slots=True)
class Counselor:
    counselor_id: str
    caseload_max: int
    open_cases: int = 0
    left_on: date | None = None

    @property
    def has_room(self) -> bool:
        return self.left_on is None and self.open_cases < self.caseload_max


def decide_registration(
    counselor: Counselor | None, counselor_id: str, command: RegisterCounselor, today: date
) -> list[CounselorEvent]:
    if counselor is not None:
        raise CounselorExists("this staff number is registered already: use the counselor's id")
    return [
        CounselorRegistered(
            effective_on=today,
            recorded_on=today,
            counselor_id=counselor_id,
            caseload_max=command.caseload_max,
        )
    ]


def decide_departure(counselor: Counselor, today: date) -> list[CounselorEvent]:
    if counselor.left_on is not None:
        raise CounselorLeft(f"this counselor left on {counselor.left_on} already")
    return [
        CounselorDeparted(
            effective_on=today, recorded_on=today, counselor_id=counselor.counselor_id
        )
    ]


def decide_taking(case: Case, counselor_id: str, today: date) -> list[CounselorEvent]:
    return [
        CaseTaken(
            effective_on=today, recorded_on=today, counselor_id=counselor_id, case_id=case.case_id
        )
    ]


def decide_release(
    case: Case, counselor_id: str, released_on: date, today: date
) -> list[CounselorEvent]:
    return [
        CaseReleased(
            effective_on=released_on,
            recorded_on=today,
            counselor_id=counselor_id,
            case_id=case.case_id,
        )
    ]


def evolve_counselor(state: Counselor | None, event: CounselorEvent) -> Counselor:
    if isinstance(event, CounselorRegistered):
        return Counselor(event.counselor_id, event.caseload_max)
    if state is None:
        raise Invalid("a counselor begins with CounselorRegistered")
    match event:
        case CounselorDeparted():
            return replace(state, left_on=event.effective_on)
        case CaseTaken():
            return replace(state, open_cases=state.open_cases + 1)
        case CaseReleased():
            return replace(state, open_cases=state.open_cases - 1)
        case _:
            assert_never(event)
