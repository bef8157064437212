"""The demo's inputs: the same seed draws the same city, in the article's proportions."""

from collections import Counter
from datetime import date

import pytest

from ops.demo.people import Applicant
from ops.demo.population import ARTICLE, SEED, Population, Size, draw, share_out, size_for
from ops.policies import read_policy
from shared.money import add_months

POLICY = read_policy("2022-h1")


def drawn(seed: int = SEED, size: Size = ARTICLE) -> Population:
    return draw(seed, size, POLICY)


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


def test_a_seed_draws_the_same_city_again_and_another_seed_another() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


@pytest.mark.parametrize("seed", [SEED, 1, 2, 3])
def test_of_140_exactly_64_lack_what_they_were_made_to_lack(seed: int) -> None:
    population = drawn(seed)

    assert len(population.applicants) == 140
    assert population.unfit == 64
    for applicant in population.applicants:
        assert lacking(applicant) == set(applicant.lacks)


@pytest.mark.parametrize("seed", [SEED, 1, 2, 3])
def test_62_hosts_offer_76_openings_in_the_sourced_mix(seed: int) -> None:
    population = drawn(seed)
    of_host: Counter[int] = Counter()
    for offer in population.offers:
        of_host[offer.host_number] += offer.openings

    assert Counter(of_host.values()) == {1: 48, 2: 14}
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


def test_offers_of_a_host_differ_by_title() -> None:
    """Placement tells a company's positions apart by it."""
    offers = drawn().offers

    assert len({(offer.host_number, offer.title) for offer in offers}) == len(offers)


def test_nobody_is_taken_for_another() -> None:
    population = drawn(size=size_for(2000))

    assert len({a.phone for a in population.applicants}) == 2000
    assert len({(a.bank_code, a.account_number) for a in population.applicants}) == 2000
    assert len({h.business_registration_no for h in population.hosts}) == 62


def test_of_another_number_about_the_same_share_lacks_a_condition() -> None:
    population = drawn(size=size_for(2000))

    assert 0.4 < population.unfit / 2000 < 0.52


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
    for applicant in drawn().applicants:
        assert POLICY.application_from <= applicant.applies_on <= POLICY.application_until
        for contact in applicant.year.contacts:
            assert date(2022, 7, 5) < contact.held_on <= contact.recorded_on <= date(2023, 6, 30)


def test_shares_sum_up_to_the_total() -> None:
    assert share_out(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert sum(share_out(7, {8: 58, 6: 39, 4: 3}).values()) == 7


def test_openings_that_hosts_cannot_have_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot have"):
        Size(applicants=1, unfit=None, hosts=2, openings=5)
