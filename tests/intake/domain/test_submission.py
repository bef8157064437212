"""Applications are taken on the notice's days, one a person, for a field that is offered."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.domain import (
    AlreadyApplied,
    ApplicationEvent,
    ApplicationFiled,
    ApplicationPeriodClosed,
    LastEmployedInFuture,
    UnknownField,
    decide_submission,
)
from shared.events.intake import ApplicationSubmitted
from shared.ids import derive
from tests.intake.builders import (
    APPLYING,
    BORN,
    COHORT_ID,
    NOTICE,
    cohort_of,
    declaration_of,
    kinds,
    submitted,
)

PERSON_ID = derive("per", 1)


def submit(*, today: date = APPLYING, born: date = BORN, **declared: Any) -> list[ApplicationEvent]:
    command = declaration_of(**declared)
    return decide_submission(cohort_of(), None, command, birth_date=born, today=today)


def test_the_city_hears_of_an_application_with_its_age_band_only() -> None:
    filed, told = submit(priority_groups=("disabled",))

    assert isinstance(filed, ApplicationFiled)
    assert (
        ApplicationSubmitted(
            effective_on=APPLYING,
            recorded_on=APPLYING,
            application_id=derive("app", COHORT_ID, PERSON_ID),
            person_id=PERSON_ID,
            cohort_id=COHORT_ID,
            field="marketing",
            age_band="30-39",
        )
        == told
    )


def test_the_birth_date_becomes_an_age_and_goes_no_further() -> None:
    events = submit(born=date(1985, 6, 15))

    assert submitted().facts.age_on_notice == 36
    assert not any("1985" in event.model_dump_json() for event in events)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(1992, 3, 3), "30-39"),
        (date(1992, 3, 4), "20-29"),
        (date(1982, 3, 3), "40-49"),
        (date(1920, 1, 1), "100-109"),
        (date(2022, 3, 9), "0-9"),
    ],
)
def test_the_age_band_is_the_decade_on_the_notice_date(born: date, band: str) -> None:
    (_, told) = submit(born=born)

    assert isinstance(told, ApplicationSubmitted)
    assert band == told.age_band


@pytest.mark.parametrize("today", [NOTICE, date(2022, 3, 17)])
def test_the_first_and_the_last_day_of_the_period_are_in(today: date) -> None:
    assert kinds(submit(today=today)) == ["ApplicationFiled", "ApplicationSubmitted"]


@pytest.mark.parametrize("today", [NOTICE - timedelta(days=1), date(2022, 3, 18)])
def test_the_day_before_and_the_day_after_are_out(today: date) -> None:
    with pytest.raises(ApplicationPeriodClosed):
        submit(today=today)


def test_a_second_application_of_a_person_is_rejected() -> None:
    with pytest.raises(AlreadyApplied):
        decide_submission(
            cohort_of(), submitted(), declaration_of(), birth_date=BORN, today=APPLYING
        )


def test_a_field_that_the_cohort_does_not_offer_is_rejected() -> None:
    with pytest.raises(UnknownField, match="marketing, design"):
        submit(field="law")


def test_who_works_until_today_may_apply_and_who_says_tomorrow_may_not() -> None:
    assert submit(last_employed_on=APPLYING)
    with pytest.raises(LastEmployedInFuture):
        submit(last_employed_on=APPLYING + timedelta(days=1))


def test_the_order_of_the_wish_is_kept_and_lists_without_order_are_sorted() -> None:
    wish = (derive("pos", 2), derive("pos", 1))

    application = submitted(licences=("b", "a"), preferred_position_ids=wish)

    assert wish == application.preferred_position_ids
    assert application.facts.licences == ("a", "b")


@pytest.mark.parametrize(
    "change",
    [
        {"licences": ("a", "a")},
        {"priority_groups": ("disabled", "disabled")},
        {"priority_groups": ("left-handed",)},
        {"preferred_position_ids": ("pos_a", "pos_a")},
        {"preferred_position_ids": tuple(derive("pos", n) for n in range(21))},
        {"career_years": -1},
        {"residence_region": "somewhere in Seoul"},
        {"reason": "a free text"},
    ],
)
def test_what_is_no_declaration_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        declaration_of(**change)
