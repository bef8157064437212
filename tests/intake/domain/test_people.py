"""A returning person is found again; nobody else is taken for her."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.domain import (
    BirthDateImplausible,
    Person,
    PersonApplied,
    PhoneInvalid,
    RegisterPerson,
    decide_registration,
    evolve_person,
    identity_of,
)
from shared.errors import Invalid
from tests.intake.builders import kinds

TODAY = date(2022, 3, 10)
PERSON_ID = "per_a"


def person(**changes: Any) -> RegisterPerson:
    given = {"name": "김하나", "birth_date": date(1985, 6, 15), "phone": "010-1234-5678"}
    return RegisterPerson.model_validate({**given, **changes})


@pytest.mark.parametrize(
    "again",
    [
        {"name": " 김 하나 "},
        {"name": "\u1100\u1175\u11b7\u1112\u1161\u1102\u1161"},
        {"phone": "01012345678"},
        {"phone": "+82 10 1234 5678"},
        {"phone": "+82 (0)10 1234 5678"},
        {"email": "hana@example.org", "address": "Seoul"},
    ],
)
def test_the_same_person_written_differently_has_one_identity(again: dict[str, str]) -> None:
    assert identity_of(person()) == identity_of(person(**again))


@pytest.mark.parametrize(
    "other",
    [{"name": "김하니"}, {"birth_date": date(1985, 6, 16)}, {"phone": "010-1234-5679"}],
)
def test_another_name_birth_date_or_phone_is_another_identity(other: dict[str, Any]) -> None:
    assert identity_of(person()) != identity_of(person(**other))


def test_letter_case_of_a_foreign_name_does_not_matter() -> None:
    assert identity_of(person(name="Mai Nguyen")) == identity_of(person(name="MAI NGUYEN"))


@pytest.mark.parametrize("phone", ["1234567890", "010-12-34", "0" * 13, "+1 212 555 0100"])
def test_what_is_no_korean_number_is_refused(phone: str) -> None:
    with pytest.raises(PhoneInvalid):
        identity_of(person(phone=phone))


def test_a_phone_number_with_letters_is_refused() -> None:
    with pytest.raises(ValidationError):
        person(phone="010-CALL-HANA")


def test_a_new_person_is_registered_and_a_known_one_renewed() -> None:
    first = decide_registration(None, person(), PERSON_ID, TODAY)
    state = evolve_person(None, first[0])

    again = decide_registration(state, person(), PERSON_ID, date(2022, 8, 1))

    assert kinds(first) == ["PersonRegistered"]
    assert kinds(again) == ["PersonRenewed"]
    assert Person(PERSON_ID, TODAY, date(2022, 8, 1)) == evolve_person(state, again[0])


@pytest.mark.parametrize("born", [date(1899, 12, 31), date(2022, 3, 11)])
def test_an_implausible_birth_date_is_rejected(born: date) -> None:
    with pytest.raises(BirthDateImplausible):
        decide_registration(None, person(birth_date=born), PERSON_ID, TODAY)


@pytest.mark.parametrize("born", [date(1900, 1, 1), TODAY])
def test_both_ends_of_the_plausible_are_in(born: date) -> None:
    assert decide_registration(None, person(birth_date=born), PERSON_ID, TODAY)


def test_no_event_holds_anything_personal() -> None:
    (event,) = decide_registration(None, person(), PERSON_ID, TODAY)

    assert {"effective_on", "recorded_on", "person_id"} == set(event.model_dump())


def test_a_contact_left_out_is_not_written_over() -> None:
    assert {"name", "birth_date", "phone"} == set(person().personal_data())


def test_renewing_nobody_is_invalid() -> None:
    (registered,) = decide_registration(None, person(), PERSON_ID, TODAY)
    (renewed,) = decide_registration(evolve_person(None, registered), person(), PERSON_ID, TODAY)

    with pytest.raises(Invalid):
        evolve_person(None, renewed)


def test_a_renewal_keeps_what_she_applied_for() -> None:
    (registered,) = decide_registration(None, person(), PERSON_ID, TODAY)
    applied = PersonApplied(
        effective_on=TODAY, recorded_on=TODAY, person_id=PERSON_ID, application_id="app_a"
    )
    known = evolve_person(evolve_person(None, registered), applied)
    (renewed,) = decide_registration(known, person(), PERSON_ID, TODAY)

    assert evolve_person(known, renewed).application_ids == ("app_a",)
