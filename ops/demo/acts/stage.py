"""What every act needs: a client, who plays, and what the services have answered so far."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ops.demo.client import Client, Json
from ops.demo.people import Applicant
from ops.demo.population import Population
from shared.events.policy import CohortPolicy


@dataclass(slots=True)
class Stage:
    """Ids by our own numbers, papers by person: an actor knows what she was told, and no more."""

    client: Client
    population: Population
    policy: CohortPolicy
    cohort_id: str = ""
    org_ids: dict[int, str] = field(default_factory=dict)
    position_ids: dict[int, str] = field(default_factory=dict)
    person_ids: dict[int, str] = field(default_factory=dict)
    placement_ids: dict[str, str] = field(default_factory=dict)
    case_ids: dict[str, str] = field(default_factory=dict)

    async def of_cohort(self, service: str, what: str) -> list[Json]:
        """Every item of a list that a service keeps of this cohort."""
        return await self.client.items(service, f"/cohorts/{self.cohort_id}/{what}")

    def with_ids(
        self, applicants: Iterable[Applicant], ids: dict[str, str]
    ) -> Iterator[tuple[Applicant, str]]:
        """Those who have an id there, with it: a placement, a record, a case."""
        for applicant in applicants:
            if id_ := ids.get(self.person_ids[applicant.number]):
                yield applicant, id_
