"""What every act of a cohort needs: a client, who plays, and what the services have answered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ops.demo.client import Client, Json
from ops.demo.people import Applicant
from ops.demo.population import Population
from ops.tokens import Actor
from ops.tokens import applicant as as_applicant
from shared.events.policy import CohortPolicy

Found = TypeVar("Found")


@dataclass(slots=True)
class Stage:
    """One cohort's. Ids by our own numbers, papers by person: an actor knows what she was told,
    and no more. `placements` are those that stand or stood, without the declined ones;
    `with_account` those of them whose intern gave her account.
    """

    client: Client
    population: Population
    cohort_id: str = ""
    org_ids: dict[int, str] = field(default_factory=dict)
    position_ids: dict[int, str] = field(default_factory=dict)
    person_ids: dict[int, str] = field(default_factory=dict)
    application_ids: dict[int, str] = field(default_factory=dict)
    placements: dict[str, Json] = field(default_factory=dict)
    with_account: set[str] = field(default_factory=set)

    @property
    def policy(self) -> CohortPolicy:
        return self.population.programme.policy

    async def post(
        self, service: str, path: str, body: Json, *, key: str, by: Actor | None
    ) -> Json:
        """A command of this cohort's; `key` says what is done and to whom within it."""
        own_key = f"{self.policy.title}/{key}"
        return await self.client.post(service, path, body, key=own_key, by=by)

    def her(self, applicant: Applicant) -> Actor:
        """Before she is registered her token names no person."""
        person_id = self.person_ids.get(applicant.number, "")
        return as_applicant(person_id or f"applicant-{applicant.number}", person_id)

    async def of_cohort(self, service: str, what: str) -> list[Json]:
        """Every item of a list that a service keeps of this cohort."""
        return await self.client.items(service, f"/cohorts/{self.cohort_id}/{what}")

    async def learn_placements(self) -> None:
        """Who works where by now: interns, hosts and the office hear of it like this."""
        placements = await self.of_cohort("placement", "placements")
        stand = [p for p in placements if p["status"] != "declined"]
        self.placements = {placement["person_id"]: placement for placement in stand}

    def among(
        self, applicants: Iterable[Applicant], found: Mapping[str, Found]
    ) -> Iterator[tuple[Applicant, Found]]:
        """Those of whom there is something, with it: a placement, a record, a case."""
        for applicant in applicants:
            one = found.get(self.person_ids.get(applicant.number, ""))
            if one is not None:
                yield applicant, one
