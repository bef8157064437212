"""An application grows by its events: submitted, screened, decided."""

from datetime import date, timedelta

import pytest

from services.intake.domain import application_due_on, decide_screening, evolve_application
from shared.errors import Invalid
from shared.events.intake import ApplicationAccepted, ApplicationRejected
from tests.intake.builders import POLICY, SCREENING, kinds, screened, submitted


def test_a_submitted_application_is_due_on_the_screening_day() -> None:
    assert application_due_on(submitted()) == SCREENING


def test_a_screened_application_is_never_due_again() -> None:
    assert application_due_on(screened(1)) is None
    assert application_due_on(screened(2, residence_region="busan")) is None


def test_who_meets_every_rule_is_accepted() -> None:
    application = submitted()

    checked, told = decide_screening(application, POLICY, SCREENING)

    assert kinds([checked, told]) == ["ApplicationChecked", "ApplicationAccepted"]
    assert (
        ApplicationAccepted(effective_on=SCREENING, recorded_on=SCREENING, **application.names)
        == told
    )
    assert screened().status == "accepted"


def test_who_fails_rules_is_rejected_with_their_names() -> None:
    application = submitted(residence_region="busan", career_years=0)

    _, told = decide_screening(application, POLICY, SCREENING)

    assert isinstance(told, ApplicationRejected)
    assert told.reason_codes == ("resides-in", "licence-or-career")


def test_a_screening_done_late_counts_from_the_day_it_was_done() -> None:
    late = SCREENING + timedelta(days=3)

    _, told = decide_screening(submitted(), POLICY, late)

    assert (late, late) == (told.effective_on, told.recorded_on)


def test_equal_facts_have_equal_digests_and_others_do_not() -> None:
    one, twin, other = screened(1), screened(2), screened(3, last_employed_on=date(2019, 2, 1))

    assert one.check == twin.check
    assert one.check != other.check


def test_an_application_grows_from_its_filing_only() -> None:
    (_, told) = decide_screening(submitted(), POLICY, SCREENING)

    with pytest.raises(Invalid):
        evolve_application(None, told)
