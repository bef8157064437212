from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.placement.domain.attendance import (
    AbsenceNamedTwice,
    ConfirmAttendance,
    MonthAlreadyConfirmed,
    MonthNotOver,
    NotAScheduledDay,
    checked_absences,
    figures_of,
    scheduled_days,
)
from services.placement.domain.sheets import Figures, Sheet, sheets_for, weeks_counted
from tests.placement.builders import POLICY, day

APRIL, MAY, JUNE = sheets_for(POLICY.starts_on, POLICY.ends_on)
CONFIRMED = Figures(service_until=None, scheduled_days=0, absent_days=0, absent_weeks=0)


def absent(*days: str) -> ConfirmAttendance:
    return ConfirmAttendance(absent_on=tuple(map(day, days)))


def confirmed(sheet: Sheet, *days: str) -> Sheet:
    absent_on = tuple(map(day, days))
    return Sheet(
        sheet.month,
        sheet.service_from,
        sheet.service_until,
        host_absent_on=absent_on,
        intern_absent_on=absent_on,
        figures=CONFIRMED,
        weeks=weeks_counted(absent_on, ()),
    )


def test_scheduled_days_of_2022_h1_are_those_of_the_calendar() -> None:
    """domain.md §2.5: April 21, May 21, June 20."""
    assert [len(scheduled_days(s, POLICY)) for s in (APRIL, MAY, JUNE)] == [21, 21, 20]


def test_an_internship_that_starts_mid_month_has_days_from_then_on() -> None:
    (april, may) = sheets_for(day("04-11"), day("05-03"))

    assert (april.service_from, april.service_until) == (day("04-11"), day("04-30"))
    assert (may.service_from, may.service_until) == (day("05-01"), day("05-03"))
    assert len(scheduled_days(april, POLICY)) == 15


@pytest.mark.parametrize("today", ["04-01", "04-28"])
def test_a_month_is_not_confirmed_before_its_last_scheduled_day(today: str) -> None:
    with pytest.raises(MonthNotOver):
        checked_absences(APRIL, absent(), POLICY, day(today))


@pytest.mark.parametrize("today", ["04-29", "04-30", "07-01"])
def test_a_month_is_confirmed_from_its_last_scheduled_day_on(today: str) -> None:
    """29 April 2022 is a Friday, and the last day on which anybody could be absent."""
    assert checked_absences(APRIL, absent(), POLICY, day(today)) == ()


def test_absences_are_put_in_order() -> None:
    absences = checked_absences(APRIL, absent("04-20", "04-04"), POLICY, day("04-30"))

    assert absences == (day("04-04"), day("04-20"))


@pytest.mark.parametrize("unscheduled", ["05-05", "05-07", "04-29", "06-02"])
def test_nobody_is_absent_on_a_holiday_a_saturday_or_in_another_month(unscheduled: str) -> None:
    with pytest.raises(NotAScheduledDay):
        checked_absences(MAY, absent(unscheduled), POLICY, day("05-31"))


def test_a_day_is_named_once() -> None:
    with pytest.raises(AbsenceNamedTwice):
        checked_absences(APRIL, absent("04-04", "04-04"), POLICY, day("04-30"))


def test_a_confirmed_sheet_is_closed() -> None:
    with pytest.raises(MonthAlreadyConfirmed):
        checked_absences(confirmed(APRIL), absent("04-04"), POLICY, day("04-30"))


@given(st.sets(st.sampled_from(scheduled_days(MAY, POLICY))))
def test_figures_count_days_and_the_weeks_they_lie_in(days: set[date]) -> None:
    figures = figures_of(MAY, tuple(sorted(days)), (APRIL, JUNE), POLICY)

    assert figures.scheduled_days == 21
    assert figures.absent_days == len(days)
    assert figures.absent_weeks == len({d.strftime("%G-%V") for d in days})
    assert figures.absent_weeks <= figures.absent_days <= 5 * figures.absent_weeks


def test_a_week_in_two_months_counts_in_the_month_of_its_first_absent_day() -> None:
    """Monday 30 May to Friday 3 June 2022 is one week, and one weekly holiday."""
    may = confirmed(MAY, "05-31")

    assert figures_of(MAY, (day("05-31"),), (APRIL, JUNE), POLICY).absent_weeks == 1
    june = figures_of(JUNE, (day("06-02"), day("06-10")), (APRIL, may), POLICY)
    assert (june.absent_days, june.absent_weeks) == (2, 1)


def test_a_week_in_two_months_counts_once_also_when_the_second_month_is_confirmed_first() -> None:
    june = confirmed(JUNE, "06-02")

    assert figures_of(JUNE, (day("06-02"),), (APRIL, MAY), POLICY).absent_weeks == 1
    assert figures_of(MAY, (day("05-31"),), (APRIL, june), POLICY).absent_weeks == 0


def test_what_only_one_side_declared_counts_nowhere() -> None:
    may = Sheet("2022-05", day("05-01"), day("05-31"), host_absent_on=(day("05-31"),))

    assert figures_of(JUNE, (day("06-02"),), (may,), POLICY).absent_weeks == 1


@pytest.mark.parametrize(
    ("host", "intern", "status"),
    [
        (None, None, "open"),
        ((), None, "waiting"),
        (None, (), "waiting"),
        ((), (day("04-04"),), "disputed"),
    ],
)
def test_a_sheet_says_what_it_waits_for(
    host: tuple[date, ...] | None, intern: tuple[date, ...] | None, status: str
) -> None:
    sheet = Sheet("2022-04", day("04-01"), day("04-30"), host, intern)

    assert sheet.status == status
    assert confirmed(sheet).status == "confirmed"
