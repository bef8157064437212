"""Steps of a cohort's intake on a bench, as the tests of its handlers tell their stories."""

from datetime import date
from typing import Any

from services.intake import handlers
from services.intake.domain import (
    AnnounceExtraRound,
    CancelCohort,
    RegisterPerson,
    SubmitApplication,
    WithdrawApplication,
)
from services.intake.storage import APPLICATIONS
from shared.mongo import Put
from shared.testing import Bench
from tests.intake.builders import COHORT_ID, declaration_of, policy_with

FIRST_DAY, APPLYING, SCREENING, SELECTING = "2022-03-02", "2022-03-10", "2022-03-18", "2022-03-22"


def person_of(number: int, **changes: Any) -> RegisterPerson:
    given = {
        "name": f"김지원{number}",
        "birth_date": "1985-06-15",
        "phone": f"010-1234-{number:04}",
        "address": "Mapo-gu",
    }
    return RegisterPerson.model_validate({**given, **changes})


def declare(person_id: str, **changes: Any) -> SubmitApplication:
    return declaration_of(**{"person_id": person_id, **changes})


async def open_cohort(bench: Bench, **changes: Any) -> str:
    policy = policy_with(**changes)
    reply = await bench.command(lambda work: handlers.open_cohort(policy, work))
    return str(reply["cohort_id"])


async def register(bench: Bench, command: RegisterPerson) -> str:
    reply = await bench.command(lambda work: handlers.register_person(command, work))
    return str(reply["person_id"])


async def apply(bench: Bench, number: int, *, born: str = "1985-06-15", **changes: Any) -> str:
    person_id = await register(bench, person_of(number, birth_date=born))
    declared = declare(person_id, **changes)
    reply = await bench.command(lambda work: handlers.submit_application(COHORT_ID, declared, work))
    return str(reply["application_id"])


async def selected_cohort(bench: Bench) -> list[str]:
    """Five applicants for two places and one reserve; the last lives elsewhere."""
    await bench.day(FIRST_DAY)
    await open_cohort(bench, target=2, reserves_max=1)
    await bench.day(APPLYING)
    ids = [await apply(bench, n, career_years=n) for n in (1, 2, 3, 4)]
    ids.append(await apply(bench, 5, residence_region="busan"))
    await bench.day(SELECTING)
    return ids


async def withdraw(bench: Bench, application_id: str, leaves_on: date) -> None:
    command = WithdrawApplication(leaves_on=leaves_on)
    await bench.command(lambda work: handlers.withdraw_application(application_id, command, work))


async def cancel(bench: Bench) -> None:
    await bench.command(lambda work: handlers.cancel_cohort(COHORT_ID, CancelCohort(), work))


async def announce(bench: Bench, **days: Any) -> int:
    """An extra round that is open from 1 to 4 April, and selects on the 6th."""
    given = {
        "application_from": "2022-04-01",
        "application_until": "2022-04-04",
        "screening_on": "2022-04-05",
        "selection_on": "2022-04-06",
        "matching_on": "2022-04-11",
    }
    command = AnnounceExtraRound.model_validate({**given, **days})
    reply = await bench.command(lambda w: handlers.announce_extra_round(COHORT_ID, command, w))
    return int(reply["round"])


async def status_of(bench: Bench, *application_ids: str) -> list[str]:
    return [(await bench.state(APPLICATIONS, i)).status for i in application_ids]


async def shown_selection(bench: Bench) -> dict[str, Any]:
    return await bench.query(lambda work: handlers.show_selection(COHORT_ID, work))


async def shown_vacancies(bench: Bench) -> list[dict[str, Any]]:
    shown = await bench.query(
        lambda work: handlers.list_vacancies(COHORT_ID, work, after="", limit=100)
    )
    return list(shown["items"])


async def tamper(bench: Bench, application_id: str, **facts: Any) -> None:
    """Change a stored document behind the engine's back."""

    async def run(session: Any) -> None:
        document = (await session.get(APPLICATIONS.name, [application_id]))[application_id]
        document["state"]["facts"].update(facts)
        await session.write(APPLICATIONS.name, [Put(document)])

    await bench.store.transact(run)
