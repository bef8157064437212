"""Invented hosts: what they offer, whom they would like, and which of them cause trouble."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from ops.demo import names
from ops.demo.people import Applicant, Market
from ops.demo.programme import Programme
from shared.events.policy import CohortPolicy

# S4: posts of 100, of cohort 2. Those of cohort 1 are NOT FOUND: the same mix is ours.
FIELDS = {
    "marketing": 31,
    "design": 20,
    "accounting": 17,
    "it": 21,
    "other": 11,
}
HOURS = {8: 58, 6: 39, 4: 3}  # S5: hours a day, posts of 100
WISHES_MAX = 6
POPULARITY_SHAPE = 2.5  # of a Pareto distribution: a few offers are wanted by many
STAFF_MIN, STAFF_MAX = 5, 999  # S19, S20

Key = TypeVar("Key", str, int)


@dataclass(frozen=True, slots=True)
class Host:
    """`declines_on`: on this day it will have none of the interns who have not begun there.
    `suspended_on`: from this day on it is no host any more.
    """

    number: int
    business_registration_no: str
    name: str
    regular_employee_count: int
    declines_on: date | None = None
    suspended_on: date | None = None


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
class Opening:
    """One place, before places that are alike become one offer."""

    host_number: int
    field: str
    hours_per_day: int


def draw_hosts(rng: random.Random, programme: Programme) -> tuple[Host, ...]:
    cast, policy, count = programme.cast, programme.policy, programme.size.hosts
    invented = [f"{one}{two}" for one in names.HOST_FIRST for two in cast.host_endings]
    called = [name for name, _ in cast.named_hosts] + rng.sample(invented, len(invented))
    first = programme.first_number - 1
    declining, suspended = programme.troubles.declining_hosts, programme.troubles.suspended_hosts
    in_trouble = rng.sample(range(count), min(count, declining + suspended))
    before = (policy.starts_on - policy.matching_on).days - 1
    return tuple(
        Host(
            number=first + n,
            business_registration_no=(
                f"{names.REGISTRATION_PREFIX}-{cast.registration_type}-{first + n:05d}"
            ),
            name=called[n] if n < len(called) else f"{called[-1]}{n}",
            regular_employee_count=rng.randint(STAFF_MIN, STAFF_MAX),
            declines_on=policy.matching_on + timedelta(days=rng.randint(1, before))
            if n in in_trouble[:declining]
            else None,
            suspended_on=policy.starts_on + timedelta(days=rng.randint(1, 7))
            if n in in_trouble[declining:]
            else None,
        )
        for n in range(count)
    )


def draw_openings(
    rng: random.Random, programme: Programme, hosts: Sequence[Host]
) -> list[list[Opening]]:
    """Every host has one, some drawn hosts a second; the named companies offer their own field.
    Places of one host in one field for the same hours are one offer.
    """
    size = programme.size
    fields = _shuffled(rng, share_out(size.openings, FIELDS))
    hours = _shuffled(rng, share_out(size.openings, HOURS))
    extra = sorted(rng.sample(range(size.hosts), size.openings - size.hosts))
    for number, (_, field) in enumerate(programme.cast.named_hosts[: size.hosts]):
        if field in fields[number:]:
            chosen = fields.index(field, number)
            fields[number], fields[chosen] = fields[chosen], fields[number]
    groups: dict[Opening, list[Opening]] = {}
    for n, field, hours_per_day in zip([*range(size.hosts), *extra], fields, hours, strict=True):
        opening = Opening(hosts[n].number, field, hours_per_day)
        groups.setdefault(opening, []).append(opening)
    return sorted(groups.values(), key=lambda group: group[0].host_number)


def draw_market(rng: random.Random, offered: Iterable[Sequence[Opening]]) -> Market:
    """Some offers are more popular than others, so that not everyone gets her wish."""
    fields = [alike[0].field for alike in offered]
    popularity = [rng.paretovariate(POPULARITY_SHAPE) for _ in fields]
    return Market(FIELDS, fields, popularity, min(WISHES_MAX, len(fields)))


def draw_offer(
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


def _shuffled(rng: random.Random, counts: Mapping[Key, int]) -> list[Key]:
    found = [key for key, count in counts.items() for _ in range(count)]
    rng.shuffle(found)
    return found
