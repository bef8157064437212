"""The demo's inputs: people, companies and what they will do, all drawn from one seed.

Facts only. Whether somebody is eligible, selected, matched or paid is for the rules to find:
nothing here is told to a service but what that person or company would say of itself.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ops.demo import names
from ops.demo.hosts import Host, Offer, draw_hosts, draw_market, draw_offer, draw_openings
from ops.demo.leaving import Leaving, draw_dropouts, draw_early_leavers
from ops.demo.people import Applicant, draw_applicant, draw_lacks
from ops.demo.programme import UNFIT, Condition, Programme
from ops.demo.year import Year, draw_contacts, draw_jobs, window_of

SEED = 20220401  # the article's day


@dataclass(frozen=True, slots=True)
class Counselor:
    staff_no: str
    name: str


@dataclass(frozen=True, slots=True)
class Population:
    """One cohort's people and hosts."""

    seed: int
    programme: Programme
    applicants: tuple[Applicant, ...]
    hosts: tuple[Host, ...]
    offers: tuple[Offer, ...]

    @property
    def unfit(self) -> int:
        return sum(bool(applicant.lacks) for applicant in self.applicants)

    @property
    def leavers(self) -> tuple[Applicant, ...]:
        """Those who will leave, should they be selected."""
        return tuple(applicant for applicant in self.applicants if applicant.leaving)

    def openings_by(self, of: str) -> dict[str | int, int]:
        """Openings by an attribute of their offers, `field` or `hours_per_day`."""
        counts: dict[str | int, int] = {}
        for offer in self.offers:
            counts[getattr(offer, of)] = counts.get(getattr(offer, of), 0) + offer.openings
        return counts


def draw(seed: int, programme: Programme) -> Population:
    """The same arguments give the same population."""
    rng = _rng(seed, programme.title)
    hosts = draw_hosts(rng, programme)
    openings = draw_openings(rng, programme, hosts)
    market = draw_market(rng, openings)
    declared = [
        draw_applicant(rng, number, lacks, programme, market)
        for number, lacks in enumerate(_draw_unfit(rng, programme), start=programme.first_number)
    ]
    offers = tuple(
        draw_offer(rng, number, alike, declared, programme.policy)
        for number, alike in enumerate(openings)
    )
    applicants = tuple(_draw_fates(rng, programme, declared))
    return Population(seed, programme, applicants, hosts, offers)


def draw_counselors(seed: int, programmes: Iterable[Programme]) -> tuple[Counselor, ...]:
    """The centre's, for all cohorts together: enough for everybody who may have a case."""
    rng, count = _rng(seed, "counselors"), 1
    for programme in programmes:
        cases = programme.size.openings + programme.troubles.early_leavers
        count += -(-cases // programme.policy.counseling.caseload_max)
    return tuple(
        Counselor(f"C-{number:03d}", f"{rng.choice(names.SURNAMES)}상담{number}")
        for number in range(1, count + 1)
    )


def _rng(seed: int, of: str) -> random.Random:
    return random.Random(f"{seed}/{of}")  # noqa: S311  # it must be possible to draw the same again


def _draw_unfit(rng: random.Random, programme: Programme) -> list[tuple[Condition, ...]]:
    size, conditions = programme.size, programme.cast.conditions
    if size.unfit is None:
        unfit = {n for n in range(size.applicants) if rng.random() < UNFIT}
    else:
        unfit = set(rng.sample(range(size.applicants), size.unfit))
    return [draw_lacks(rng, conditions) if n in unfit else () for n in range(size.applicants)]


def _draw_fates(
    rng: random.Random, programme: Programme, declared: Sequence[Applicant]
) -> Iterable[Applicant]:
    """Who will leave, be in touch with a counselor, and work again; nothing of it for those who
    lack a condition: they will not get so far.
    """
    policy = programme.policy
    fit = [applicant.number for applicant in declared if not applicant.lacks]
    leavings = _draw_leavings(rng, programme, fit)
    windows = {number: window_of(policy, leavings.get(number)) for number in fit}
    jobs = draw_jobs(rng, programme.jobs, windows)
    for applicant in declared:
        number = applicant.number
        if number in windows:
            year = Year(draw_contacts(rng, policy, windows[number]), jobs.get(number))
            yield replace(applicant, leaving=leavings.get(number), year=year)
        else:
            yield applicant


def _draw_leavings(
    rng: random.Random, programme: Programme, fit: Sequence[int]
) -> dict[int, Leaving]:
    troubles, policy = programme.troubles, programme.policy
    return {
        **draw_early_leavers(rng, policy, fit, min(len(fit), troubles.early_leavers)),
        **draw_dropouts(rng, policy, fit, troubles.dropouts),
    }
