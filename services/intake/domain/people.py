"""People: a returning person is found again, and the rest of the system knows an opaque id only.

Nothing personal is in a state or an event here: it goes to the vault under the person's id.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, assert_never

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.ids import ApplicationId, PersonId

BIRTH_DATE_MIN = date(1900, 1, 1)
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 9, 12  # 02-123-4567 up to the 12 digits of 0504 numbers


class BirthDateImplausible(Rejected):
    """No living applicant was born on that day."""

    code = "birth-date-implausible"
    status = 422


class PhoneInvalid(Rejected):
    """Not a Korean telephone number."""

    code = "phone-invalid"
    status = 422


class RegisterPerson(BaseModel):
    """Personal data as the applicant gives it. It is kept in the vault and nowhere else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    birth_date: date
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9 ()+.-]{9,25}$")]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}$")] | None = None
    address: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None

    def personal_data(self) -> dict[str, str]:
        """What goes to the vault. A contact left out keeps the one that is there."""
        return self.model_dump(mode="json", exclude_none=True)


class PersonRegistered(Event):
    """A person was met for the first time."""

    person_id: PersonId


class PersonRenewed(Event):
    """A known person gave her data again; what she gave is in the vault."""

    person_id: PersonId


class PersonApplied(Event):
    """She applied for one more cohort."""

    person_id: PersonId
    application_id: ApplicationId


PersonEvent = PersonRegistered | PersonRenewed | PersonApplied


@dataclass(frozen=True, slots=True)
class Person:
    """Her applications, in the order in which she made them, show whether she takes part twice."""

    person_id: str
    registered_on: date
    renewed_on: date | None = None
    application_ids: tuple[str, ...] = ()


def identity_of(command: RegisterPerson) -> str:
    """What makes her the same person next time, written in one way only.

    The name is compared without blanks and letter case, and in composed form, because some
    keyboards send Hangul letter by letter. Only ever stored as a keyed hash.
    """
    name = "".join(unicodedata.normalize("NFKC", command.name).split()).casefold()
    return f"{name}\x1f{command.birth_date.isoformat()}\x1f{_phone_digits(command.phone)}"


def decide_registration(
    person: Person | None, command: RegisterPerson, person_id: str, today: date
) -> list[PersonEvent]:
    if not BIRTH_DATE_MIN <= command.birth_date <= today:
        raise BirthDateImplausible(f"give a birth date between {BIRTH_DATE_MIN} and today")
    event = PersonRegistered if person is None else PersonRenewed
    return [event(effective_on=today, recorded_on=today, person_id=person_id)]


def evolve_person(person: Person | None, event: PersonEvent) -> Person:
    if isinstance(event, PersonRegistered):
        return Person(event.person_id, event.recorded_on)
    if person is None:
        raise Invalid(f"{event.person_id} was never registered")
    match event:
        case PersonRenewed():
            return replace(person, renewed_on=event.recorded_on)
        case PersonApplied():
            applied = (*person.application_ids, event.application_id)
            return replace(person, application_ids=applied)
        case _:
            assert_never(event)


def _phone_digits(phone: str) -> str:
    """The national number's digits: `+82 10-…` and `010 …` are one number."""
    digits = "".join(character for character in phone if character.isdigit())
    if phone.strip().startswith("+82"):
        digits = "0" + digits.removeprefix("82").removeprefix("0")
    if not (digits.startswith("0") and PHONE_DIGITS_MIN <= len(digits) <= PHONE_DIGITS_MAX):
        raise PhoneInvalid("give a Korean telephone number with its area or mobile code")
    return digits
