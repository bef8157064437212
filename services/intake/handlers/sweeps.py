"""What falls due: screening, calls for vacancies, selection, winding up what is cancelled."""

from collections.abc import Mapping, Sequence

from services.intake import domain
from services.intake.storage import APPLICATIONS, COHORTS, applications_of
from shared.mongo import Work


async def screen_application(application: domain.Application, work: Work) -> None:
    cohort = await work.require(COHORTS, application.cohort_id)
    if cohort.is_cancelled:
        events = domain.decide_lapse(application, work.today)
    else:
        events = domain.decide_screening(application, cohort.policy, work.today)
    work.save(APPLICATIONS, application.application_id, events)


async def advance_cohort(cohort: domain.Cohort, work: Work) -> None:
    """The next thing that is due: vacancies first, by what was known before this day."""
    applications = await applications_of(cohort.cohort_id, work)
    if domain.due_vacancies(cohort, work.today):
        called = domain.decide_calls(cohort, applications, work.today)
        _save(cohort, called.cohort, called.applications, work)
    elif cohort.is_cancelled:
        lapsed = domain.decide_winding_up(cohort, applications, work.today)
        _save(cohort, lapsed.cohort, lapsed.applications, work)
    else:
        selected = domain.decide_selection(cohort, applications, work.today)
        _save(cohort, selected.cohort, selected.applications, work)


def _save(
    cohort: domain.Cohort,
    events: Sequence[domain.CohortEvent],
    applications: Mapping[str, Sequence[domain.ApplicationEvent]],
    work: Work,
) -> None:
    """The members first, so that a total never stands without them."""
    for application_id, decided in applications.items():
        work.save(APPLICATIONS, application_id, decided)
    work.save(COHORTS, cohort.cohort_id, events)
