"""What can be asked for: which cohorts, how many people, how many of them leave."""

from fractions import Fraction

import pytest

from ops.demo.programme import COHORT_1, COHORT_2, Size, programmes


def test_the_article_is_both_cohorts_as_published() -> None:
    assert programmes("article") == (COHORT_1, COHORT_2)
    assert all(programme.all_stay for programme in programmes("article"))


def test_other_people_and_drop_outs_are_those_of_the_last_cohort() -> None:
    first, last = programmes("article", 300, Fraction(2, 5))

    assert first == COHORT_1
    assert (last.size.applicants, last.size.unfit) == (300, None)
    assert last.troubles.dropouts == Fraction(2, 5)
    assert not last.all_stay


def test_the_published_number_of_people_is_the_published_size() -> None:
    assert programmes("article", 140) == programmes("article")


def test_openings_that_hosts_cannot_have_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot have"):
        Size(applicants=1, unfit=None, hosts=2, openings=5)
