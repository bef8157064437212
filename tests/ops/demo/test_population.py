"""The demo's inputs: the same seed draws the same city, in the sources' proportions."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import chain

import pytest

from ops.demo.people import Applicant
from ops.demo.population import SEED, Population, draw, draw_counselors
from ops.demo.programme import COHORT_1, COHORT_2, OVERSUBSCRIBED, Programme
from shared.money import add_months

SEEDS = [SEED, 1, 2, 3]


def drawn(seed: int = SEED, programme: Programme = COHORT_2) -> Population:
    return draw(seed, programme)


def of_2000() -> Population:
    size = replace(COHORT_2.size, applicants=2000, unfit=None)
    return drawn(programme=replace(COHORT_2, size=size))


def lacking(applicant: Applicant) -> set[str]:
    """By the notice's words (domain.md §1.2), from what she declares."""
    notice = date(2022, 3, 3)
    failed = {
        "age": not date(1972, 3, 4) <= applicant.birth_date <= date(1992, 3, 3),
        "residence": applicant.residence_region != "seoul",
        "career-break": applicant.last_employed_on is not None
        and applicant.last_employed_on > add_months(notice, -6),
        "licence-or-career": not applicant.licences and not applicant.career_years,
    }
    return {condition for condition, is_failed in failed.items() if is_failed}


def lacking_in_2021(applicant: Applicant) -> set[str]:
    """Cohort 1: a licence, whatever her age (domain.md §1.1)."""
    failed = {
        "residence": applicant.residence_region != "seoul",
        "career-break": applicant.last_employed_on is not None
        and applicant.last_employed_on > add_months(date(2021, 8, 9), -6),
        "licence": not applicant.licences,
    }
    return {condition for condition, is_failed in failed.items() if is_failed}


def test_a_seed_draws_the_same_city_again_and_another_seed_another() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_140_exactly_64_lack_what_they_were_made_to_lack(seed: int) -> None:
    population = drawn(seed)

    assert len(population.applicants) == 140
    assert population.unfit == 64
    for applicant in population.applicants:
        assert lacking(applicant) == set(applicant.lacks)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_cohort_1_exactly_62_meet_a_notice_that_asks_for_a_licence(seed: int) -> None:
    population = drawn(seed, COHORT_1)

    assert len(population.applicants) - population.unfit == 62
    for applicant in population.applicants:
        assert lacking_in_2021(applicant) == set(applicant.lacks)
    ages = [2021 - applicant.birth_date.year for applicant in population.applicants]
    assert min(ages) < 25  # as the council found (S10)


@pytest.mark.parametrize("seed", SEEDS)
def test_62_hosts_offer_76_openings_in_the_sourced_mix(seed: int) -> None:
    population = drawn(seed)

    assert openings_of_hosts(population) == {1: 48, 2: 14}
    assert population.openings_by("field") == {
        "marketing": 24,
        "design": 15,
        "accounting": 13,
        "it": 16,
        "other": 8,
    }
    assert population.openings_by("hours_per_day") == {8: 44, 6: 30, 4: 2}
    assert {"워드마인드", "젠틀에너지", "테스트웍스", "그로잉맘"} <= {
        h.name for h in population.hosts
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_46_public_bodies_offer_62_openings(seed: int) -> None:
    population = drawn(seed, COHORT_1)

    assert openings_of_hosts(population) == {1: 30, 2: 16}
    assert len({host.name for host in population.hosts}) == 46


def openings_of_hosts(population: Population) -> Counter[int]:
    of_host: Counter[int] = Counter()
    for offer in population.offers:
        of_host[offer.host_number] += offer.openings
    return Counter(of_host.values())


def test_offers_of_a_host_differ_by_title() -> None:
    """Placement tells a company's positions apart by it."""
    offers = drawn().offers

    assert len({(offer.host_number, offer.title) for offer in offers}) == len(offers)


def test_nobody_is_taken_for_another_nor_for_one_of_the_other_cohort() -> None:
    populations = (of_2000(), drawn(programme=COHORT_1))
    people = [a for population in populations for a in population.applicants]
    hosts = [h for population in populations for h in population.hosts]

    assert len({a.phone for a in people}) == len(people)
    assert len({a.number for a in people}) == len(people)
    assert len({(a.bank_code, a.account_number) for a in people}) == len(people)
    assert len({h.business_registration_no for h in hosts}) == len(hosts) == 62 + 46


def test_of_another_number_about_the_same_share_lacks_a_condition() -> None:
    assert 0.4 < of_2000().unfit / 2000 < 0.52


def test_wishes_and_rankings_disagree() -> None:
    """Else matching had nothing to decide: many wish for the same, and hosts have other tastes."""
    population = drawn()
    first_wishes = Counter(a.wishes[0] for a in population.applicants)
    favourites = {offer.number: offer.ranking[0] for offer in population.offers}
    of_number = {a.number: a for a in population.applicants}
    mutual = sum(of_number[one].wishes[0] == offer for offer, one in favourites.items())

    assert max(first_wishes.values()) > 2
    assert mutual < len(population.offers) / 4


def test_everything_happens_within_its_window() -> None:
    policy = COHORT_2.policy
    for applicant in drawn().applicants:
        assert policy.application_from <= applicant.applies_on <= policy.application_until
        for contact in applicant.year.contacts:
            assert date(2022, 7, 5) < contact.held_on <= contact.recorded_on <= date(2023, 6, 30)


def test_nobody_leaves_and_no_host_is_in_trouble_unless_it_is_asked_for() -> None:
    for programme in (COHORT_1, COHORT_2):
        population = drawn(programme=programme)
        assert population.leavers == ()
        assert all(h.declines_on is h.suspended_on is None for h in population.hosts)


def test_what_is_in_trouble_is_drawn_around_the_first_day() -> None:
    population, policy = drawn(programme=OVERSUBSCRIBED), OVERSUBSCRIBED.policy
    declining = [h.declines_on for h in population.hosts if h.declines_on]
    suspended = [h.suspended_on for h in population.hosts if h.suspended_on]

    assert (len(population.leavers), len(declining), len(suspended)) == (18, 2, 1)
    assert all(policy.matching_on < day < policy.starts_on for day in declining)
    assert all(policy.starts_on < day <= date(2022, 4, 8) for day in suspended)
    assert not any(a.lacks for a in population.leavers)


def test_the_centre_has_counselors_for_all_who_may_have_a_case() -> None:
    for programmes in ([COHORT_1, COHORT_2], [OVERSUBSCRIBED]):
        cases = sum(len(drawn(programme=p).offers) for p in programmes)
        counselors = draw_counselors(SEED, programmes)
        assert 20 * len(counselors) > cases
        assert len({counselor.staff_no for counselor in counselors}) == len(counselors)


def test_the_two_cohorts_are_not_one_people_drawn_twice() -> None:
    names = [{a.name for a in drawn(programme=p).applicants[:20]} for p in (COHORT_1, COHORT_2)]

    assert len(set(chain(*names))) > 30
