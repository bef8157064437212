"""Invented applicants: who they are, what they declare, and what they would like."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ops.demo import names
from ops.demo.leaving import Leaving
from ops.demo.programme import Condition, Programme
from ops.demo.year import NO_YEAR, Year
from shared.money import add_months

BREAK_MONTHS = 6  # S4, S5, S10: as the notices' readers know it

LACKS_TWO = 0.2
AT_THE_EDGE = (
    0.06  # share of facts that lie on the last day that counts, or the first that does not
)
NEVER_EMPLOYED = 0.03
CAREER_YEARS_MAX = 15
PRIORITY_GROUPS = {"low-income": 0.12, "single-parent": 0.08, "disabled": 0.05}


@dataclass(frozen=True, slots=True)
class Applicant:
    """`lacks` is what we made her lack; nobody tells it to a service. `wishes` are numbers of
    offers, best first; `confirms_after_days` counts from a month's end. `leaving` and `year` are
    what will happen, should the rules let her in.
    """

    number: int
    lacks: tuple[Condition, ...]
    name: str
    birth_date: date
    phone: str
    email: str
    address: str
    bank_code: str
    account_number: str
    field: str
    residence_region: str
    last_employed_on: date | None
    licences: tuple[str, ...]
    career_years: int
    priority_groups: tuple[str, ...]
    wishes: tuple[int, ...]
    applies_on: date
    confirms_after_days: int
    leaving: Leaving | None = None
    year: Year = NO_YEAR


@dataclass(frozen=True, slots=True)
class Market:
    """What she chooses from: weights of fields, and of the offers as she sees them."""

    fields: Mapping[str, int]
    offer_fields: Sequence[str]
    popularity: Sequence[float]
    wishes_max: int


def draw_lacks(rng: random.Random, conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    count = 2 if rng.random() < LACKS_TWO else 1
    return tuple(sorted(rng.sample(conditions, count)))


def draw_applicant(
    rng: random.Random,
    number: int,
    lacks: tuple[Condition, ...],
    programme: Programme,
    market: Market,
) -> Applicant:
    policy = programme.policy
    field = rng.choices(list(market.fields), list(market.fields.values()))[0]
    region, address = _draw_home(rng, "residence" in lacks)
    licences, career_years = _draw_skills(rng, field, programme.cast.conditions, lacks)
    window = (policy.application_until - policy.application_from).days
    return Applicant(
        number=number,
        lacks=lacks,
        name=_draw_name(rng),
        birth_date=_draw_birth_date(rng, programme, is_outside="age" in lacks),
        # The number stands in what must differ, so that no two people are one to intake.
        phone=f"{names.PHONE_PREFIX}{rng.randint(10, 99)}{number // 10_000}-{number % 10_000:04d}",
        email=f"{rng.choice('abcdefghkmnprstuvwxyz')}{rng.randint(1000, 9999)}.{number}"
        f"@{names.MAIL_DOMAIN}",
        address=address,
        bank_code=rng.choice(names.BANK_CODES),
        account_number=f"{rng.randint(100, 999)}-{rng.randint(100, 999)}-{number:06d}",
        field=field,
        residence_region=region,
        last_employed_on=_draw_last_day(rng, policy.notice_date, is_recent="career-break" in lacks),
        licences=licences,
        career_years=career_years,
        priority_groups=tuple(g for g, share in PRIORITY_GROUPS.items() if rng.random() < share),
        wishes=_draw_wishes(rng, field, market),
        applies_on=policy.application_from + timedelta(days=rng.randint(0, window)),
        confirms_after_days=rng.randrange(policy.attendance_closes_after_days),
    )


def _draw_name(rng: random.Random) -> str:
    given = rng.choice(names.FIRST_SYLLABLES) + rng.choice(names.SECOND_SYLLABLES)
    return rng.choice(names.SURNAMES) + given


def _draw_home(rng: random.Random, is_outside: bool) -> tuple[str, str]:
    region, town = "seoul", f"서울특별시 {rng.choice(names.DISTRICTS)}"
    if is_outside:
        region, town = rng.choice(names.ELSEWHERE)
    door = f"{rng.randint(1, 299)}, {rng.randint(101, 130)}동 {rng.randint(101, 2504)}호"
    return region, f"{town} {names.STREET} {door}"


def _draw_birth_date(rng: random.Random, programme: Programme, *, is_outside: bool) -> date:
    """Full age on the notice date within the bounds, or not; now and then by a single day."""
    notice, (age_min, age_max) = programme.policy.notice_date, programme.cast.ages
    youngest = add_months(notice, -12 * age_min)
    oldest = add_months(notice, -12 * (age_max + 1)) + timedelta(days=1)
    is_young, is_edge = rng.random() < 0.5, rng.random() < AT_THE_EDGE
    if not is_outside:
        edge = youngest if is_young else oldest
        days = (youngest - oldest).days
        return edge if is_edge else oldest + timedelta(days=rng.randint(0, days))
    past = timedelta(days=1 if is_edge else rng.randint(1, 8 * 365))
    return youngest + past if is_young else oldest - past


def _draw_last_day(rng: random.Random, notice: date, *, is_recent: bool) -> date | None:
    """Her last day at any workplace; recent is after the day six months before the notice."""
    limit = add_months(notice, -BREAK_MONTHS)
    is_edge = rng.random() < AT_THE_EDGE
    if is_recent:
        days = (notice - limit).days
        return limit + timedelta(days=1 if is_edge else rng.randint(1, days))
    if rng.random() < NEVER_EMPLOYED:
        return None
    return limit - timedelta(days=0 if is_edge else rng.randint(0, 12 * 365))


def _draw_skills(
    rng: random.Random,
    field: str,
    conditions: Sequence[Condition],
    lacks: Sequence[Condition],
) -> tuple[tuple[str, ...], int]:
    """Licences for her field and years in it, as the notice asks for them, or not."""
    licences_min = 1 if "licence" in conditions else 0
    licences = rng.sample(names.LICENCES[field], rng.randint(licences_min, 2))
    career_years = rng.randint(0 if licences else 1, CAREER_YEARS_MAX)
    if "licence-or-career" in lacks:
        return (), 0
    return () if "licence" in lacks else tuple(licences), career_years


def _draw_wishes(rng: random.Random, field: str, market: Market) -> tuple[int, ...]:
    """Without repeats, by weight: the popular offers, four times so in her own field."""
    weights = [
        popularity * (4 if offered == field else 1)
        for offered, popularity in zip(market.offer_fields, market.popularity, strict=True)
    ]
    keys = [rng.random() ** (1 / weight) for weight in weights]
    best = sorted(range(len(keys)), key=lambda n: -keys[n])
    return tuple(best[: rng.randint(min(3, market.wishes_max), market.wishes_max)])
