"""What is played: each cohort's rules, how many take part, and what kind of people and hosts.

Numbers with a source tag are the sources' (domain.md §7); the rest are ours, and printed as ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from ops.demo import names
from ops.policies import read_policy
from shared.events.policy import CohortPolicy

Condition = Literal["age", "residence", "career-break", "licence-or-career", "licence"]

UNFIT = Fraction(64, 140)  # ours: so that 76 of 140 are left, as the article has it
OPENINGS_PER_HOST_MAX = 2  # S4, S7
# Where cohort 1's numbers of people and hosts begin: behind all that another cohort may have.
FIRST_NUMBER_OF_COHORT_1 = 20_001


@dataclass(frozen=True, slots=True)
class Size:
    """How many. `unfit`: exactly so many lack a condition; None draws it for each by `UNFIT`."""

    applicants: int
    unfit: int | None
    hosts: int
    openings: int

    def __post_init__(self) -> None:
        if not self.hosts <= self.openings <= OPENINGS_PER_HOST_MAX * self.hosts:
            raise ValueError(f"{self.hosts} hosts cannot have {self.openings} openings")


@dataclass(frozen=True, slots=True)
class Cast:
    """What kind of people and hosts. `conditions` are the notice's as its readers know them, not
    as the policy file has them; `ages` are of those who do not lack that one.
    """

    conditions: tuple[Condition, ...]
    ages: tuple[int, int]
    named_hosts: tuple[tuple[str, str], ...]
    host_endings: tuple[str, ...]
    registration_type: str


@dataclass(frozen=True, slots=True)
class Wave:
    """So many begin to work again by that day, and after the wave before."""

    count: int
    until: date


@dataclass(frozen=True, slots=True)
class Jobs:
    """Who works again, as facts that go in: of `interns` so many; scaled where there are others.

    `ended`: how many of these jobs are over by `ended_by`. `employers`: some whom a source names.
    """

    interns: int
    waves: tuple[Wave, ...]
    ended: int
    ended_by: date
    employers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Troubles:
    """What does not go smoothly. `dropouts`: the share of those who meet all conditions that leave
    during the internship. `early_leavers`: so many of them leave, or withdraw, around its start.
    """

    dropouts: Fraction = Fraction(0)
    early_leavers: int = 0
    declining_hosts: int = 0
    suspended_hosts: int = 0


@dataclass(frozen=True, slots=True)
class Programme:
    """One cohort as it is to be played. `first_number`: numbers of people and hosts count from it,
    because two cohorts share the city's telephones, accounts and registration numbers.
    """

    policy: CohortPolicy
    size: Size
    cast: Cast
    jobs: Jobs
    first_number: int = 1
    troubles: Troubles = Troubles()

    @property
    def title(self) -> str:
        return self.policy.title

    @property
    def all_stay(self) -> bool:
        """Nobody leaves, and no host wants anybody gone."""
        return self.troubles == Troubles()


PUBLIC_BODIES = Cast(  # S3; no age: the council found women in their early twenties (S10)
    conditions=("residence", "career-break", "licence"),
    ages=(22, 59),
    named_hosts=(),
    host_endings=names.PUBLIC_SECOND,
    registration_type="83",
)
FIRMS = Cast(  # S4, S5
    conditions=("age", "residence", "career-break", "licence-or-career"),
    ages=(30, 49),
    named_hosts=names.NAMED_HOSTS,
    host_endings=names.HOST_SECOND,
    registration_type="81",
)
# S1: 29 of 62 by April. S8: 34 ever and 23 still by the end of October; of 60, says the council.
JOBS_1 = Jobs(
    interns=62,
    waves=(Wave(29, date(2022, 4, 1)), Wave(5, date(2022, 10, 31))),
    ended=11,
    ended_by=date(2022, 10, 31),
    employers=names.NAMED_EMPLOYERS,
)
# S8: 32 ever and 18 still by the end of October; of "100", says the council, of whom 76 started.
JOBS_2 = Jobs(
    interns=76, waves=(Wave(32, date(2022, 10, 31)),), ended=14, ended_by=date(2022, 10, 31)
)

COHORT_1 = Programme(
    policy=read_policy("2021-h2"),
    # S1: 62 interns in 46 public bodies. How many applied is NOT FOUND: 90 is ours.
    size=Size(applicants=90, unfit=28, hosts=46, openings=62),
    cast=PUBLIC_BODIES,
    jobs=JOBS_1,
    first_number=FIRST_NUMBER_OF_COHORT_1,
)
COHORT_2 = Programme(
    policy=read_policy("2022-h1"),
    size=Size(applicants=140, unfit=64, hosts=62, openings=76),  # S1; unfit and who has two: ours
    cast=FIRMS,
    jobs=JOBS_2,
)
OVERSUBSCRIBED = Programme(  # all of it ours: no source has a cohort with more women than places
    policy=read_policy("oversubscribed"),
    size=Size(applicants=300, unfit=120, hosts=62, openings=106),
    cast=FIRMS,
    jobs=JOBS_2,
    troubles=Troubles(early_leavers=18, declining_hosts=2, suspended_hosts=1),
)


def programmes(
    play: str, applicants: int | None = None, dropouts: Fraction = Fraction(0)
) -> tuple[Programme, ...]:
    """The cohorts of a play. The last one has `applicants` and `dropouts` where they are given."""
    *before, last = PLAYS[play]
    if applicants is not None and applicants != last.size.applicants:
        last = replace(last, size=replace(last.size, applicants=applicants, unfit=None))
    if dropouts:
        last = replace(last, troubles=replace(last.troubles, dropouts=dropouts))
    return (*before, last)


PLAYS: dict[str, Sequence[Programme]] = {
    "article": (COHORT_1, COHORT_2),
    "oversubscribed": (OVERSUBSCRIBED,),
}
