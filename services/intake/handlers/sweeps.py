"""What falls due: screening, calls for vacancies, selection, winding up what is cancelled."""

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
        decide = domain.decide_calls
    elif cohort.is_cancelled:
        decide = domain.decide_winding_up
    else:
        decide = domain.decide_selection
    decided = decide(cohort, applications, work.today)
    for application_id, events in decided.applications.items():
        work.save(APPLICATIONS, application_id, events)
    work.save(COHORTS, cohort.cohort_id, decided.cohort)
