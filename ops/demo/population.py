"""The demo's inputs: people, companies and what they will do, all drawn from one seed.

Facts only. Whether somebody is eligible, selected, matched or paid is for the rules to find:
nothing here is told to a service but what that person or company would say of itself.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from ops.demo import names
from ops.demo.people import Applicant, Condition, Market, draw_applicant, draw_lacks
from shared.events.policy import CohortPolicy

SEED = 20220401  # the article's day
FIELDS = {
    "marketing": 31,
    "design": 20,
    "accounting": 17,
    "it": 21,
    "other": 11,
}  # S4: posts of 100
HOURS = {8: 58, 6: 39, 4: 3}  # S5: hours a day, posts of 100
UNFIT = Fraction(64, 140)  # ours: so that 76 of 140 are left, as the article has it
WISHES_MAX = 6
POPULARITY_SHAPE = 2.5  # of a Pareto distribution: a few offers are wanted by many
OPENINGS_PER_HOST_MAX = 2  # S4, S7
STAFF_MIN, STAFF_MAX = 5, 999  # S19, S20

Key = TypeVar("Key", str, int)


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


ARTICLE = Size(applicants=140, unfit=64, hosts=62, openings=76)  # S1; unfit and who has two: ours


@dataclass(frozen=True, slots=True)
class Host:
    number: int
    business_registration_no: str
    name: str
    regular_employee_count: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A position. `ranking`: all applicants by number, as the host would have them, best first."""

    number: int
    host_number: int
    title: str
    field: str
    openings: int
    hours_per_day: int
    ranking: tuple[int, ...]
    ranks_on: date


@dataclass(frozen=True, slots=True)
class Counselor:
    staff_no: str
    name: str


@dataclass(frozen=True, slots=True)
class Population:
    seed: int
    size: Size
    applicants: tuple[Applicant, ...]
    hosts: tuple[Host, ...]
    offers: tuple[Offer, ...]
    counselors: tuple[Counselor, ...]

    @property
    def unfit(self) -> int:
        return sum(bool(applicant.lacks) for applicant in self.applicants)

    def openings_by(self, of: str) -> dict[str | int, int]:
        """Openings by an attribute of their offers, `field` or `hours_per_day`."""
        counts: dict[str | int, int] = {}
        for offer in self.offers:
            counts[getattr(offer, of)] = counts.get(getattr(offer, of), 0) + offer.openings
        return counts


@dataclass(frozen=True, slots=True)
class Opening:
    """One place, before places that are alike become one offer."""

    host_number: int
    field: str
    hours_per_day: int


def size_for(applicants: int) -> Size:
    """The article's size, with other people where another number is asked for."""
    if applicants == ARTICLE.applicants:
        return ARTICLE
    return Size(applicants, None, ARTICLE.hosts, ARTICLE.openings)


def draw(seed: int, size: Size, policy: CohortPolicy) -> Population:
    """The same arguments give the same population."""
    rng = random.Random(seed)  # noqa: S311  # it must be possible to draw the same again
    hosts = _draw_hosts(rng, size)
    openings = _draw_openings(rng, size)
    market = _draw_market(rng, openings)
    applicants = tuple(
        draw_applicant(rng, number, lacks, policy, market)
        for number, lacks in enumerate(_draw_unfit(rng, size), start=1)
    )
    offers = tuple(
        _draw_offer(rng, number, alike, applicants, policy)
        for number, alike in enumerate(_alike(openings))
    )
    counselors = max(1, -(-size.openings // policy.counseling.caseload_max)) + 1
    staff = tuple(
        Counselor(f"C-{number:03d}", f"{rng.choice(names.SURNAMES)}상담{number}")
        for number in range(1, counselors + 1)
    )
    return Population(seed, size, applicants, hosts, offers, staff)


def share_out(total: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """`total` by weight in whole numbers: floors, then the largest remainders get one more."""
    exact = {
        key: Fraction(total * weight, sum(weights.values())) for key, weight in weights.items()
    }
    counts = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: counts[key] - exact[key])
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


def _draw_hosts(rng: random.Random, size: Size) -> tuple[Host, ...]:
    invented = [f"{one}{two}" for one in names.HOST_FIRST for two in names.HOST_SECOND]
    called = [name for name, _ in names.NAMED_HOSTS] + rng.sample(invented, len(invented))
    return tuple(
        Host(
            number=number,
            business_registration_no=f"{names.REGISTRATION_PREFIX}-81-{number:05d}",
            name=called[number] if number < len(called) else f"{called[-1]}{number}",
            regular_employee_count=rng.randint(STAFF_MIN, STAFF_MAX),
        )
        for number in range(size.hosts)
    )


def _draw_openings(rng: random.Random, size: Size) -> list[Opening]:
    """Every host has one, some drawn hosts a second; the named companies offer their own field."""
    fields = _shuffled(rng, share_out(size.openings, FIELDS))
    hours = _shuffled(rng, share_out(size.openings, HOURS))
    extra = sorted(rng.sample(range(size.hosts), size.openings - size.hosts))
    for number, (_, field) in enumerate(names.NAMED_HOSTS[: size.hosts]):
        if field in fields[number:]:
            chosen = fields.index(field, number)
            fields[number], fields[chosen] = fields[chosen], fields[number]
    return [
        Opening(host_number, field, hours_per_day)
        for host_number, field, hours_per_day in zip(
            [*range(size.hosts), *extra], fields, hours, strict=True
        )
    ]


def _shuffled(rng: random.Random, counts: Mapping[Key, int]) -> list[Key]:
    found = [key for key, count in counts.items() for _ in range(count)]
    rng.shuffle(found)
    return found


def _alike(openings: Sequence[Opening]) -> list[list[Opening]]:
    """Places of one host in one field for the same hours are one offer."""
    groups: dict[Opening, list[Opening]] = {}
    for opening in openings:
        groups.setdefault(opening, []).append(opening)
    return sorted(groups.values(), key=lambda group: group[0].host_number)


def _draw_market(rng: random.Random, openings: Sequence[Opening]) -> Market:
    """Some offers are more popular than others, so that not everyone gets her wish."""
    offered = [group[0].field for group in _alike(openings)]
    popularity = [rng.paretovariate(POPULARITY_SHAPE) for _ in offered]
    return Market(FIELDS, offered, popularity, min(WISHES_MAX, len(offered)))


def _draw_unfit(rng: random.Random, size: Size) -> list[tuple[Condition, ...]]:
    if size.unfit is None:
        unfit = {n for n in range(size.applicants) if rng.random() < UNFIT}
    else:
        unfit = set(rng.sample(range(size.applicants), size.unfit))
    return [draw_lacks(rng) if n in unfit else () for n in range(size.applicants)]


def _draw_offer(
    rng: random.Random,
    number: int,
    alike: Sequence[Opening],
    applicants: Sequence[Applicant],
    policy: CohortPolicy,
) -> Offer:
    """The host has a taste of its own; experience in its field helps, being keen on it does not."""
    place = alike[0]
    liking = {
        a.number: rng.random() + (0.3 if a.field == place.field else 0) + a.career_years / 50
        for a in applicants
    }
    days = (policy.matching_on - policy.selection_on).days
    return Offer(
        number=number,
        host_number=place.host_number,
        title=f"{names.TITLES[place.field]} {place.hours_per_day}시간",
        field=place.field,
        openings=len(alike),
        hours_per_day=place.hours_per_day,
        ranking=tuple(sorted(liking, key=lambda n: -liking[n])),
        ranks_on=policy.selection_on + timedelta(days=rng.randrange(days)),
    )
