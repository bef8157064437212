import pytest

from services.placement.domain.hosts import (
    Host,
    HostEvent,
    HostNotApproved,
    HostSuspended,
    decide_openings,
    evolve_host,
    host_due_on,
)
from services.placement.domain.leaving import DeclinePlacement, decide_decline
from services.placement.domain.suspensions import (
    decide_freeing,
    decide_offer_closed,
    decide_recount,
    decide_suspension,
    decide_suspension_settled,
    offers_due,
    suspensions_due,
)
from tests.placement.builders import COHORT_ID, TODAY, day, fold, host, placement


def grown(state: Host, *events: HostEvent) -> Host:
    for event in events:
        state = evolve_host(state, event)
    return state


def test_a_suspension_is_made_once_and_acted_on_on_the_day_after() -> None:
    with pytest.raises(HostNotApproved):
        decide_suspension(host(is_approved=False), COHORT_ID, TODAY)

    state = grown(host(), *decide_suspension(host(), COHORT_ID, TODAY))

    assert (state.is_suspended(COHORT_ID, TODAY), state.is_suspended(COHORT_ID, day("03-11"))) == (
        False,
        True,
    )
    assert host_due_on(state) == day("03-11")
    assert suspensions_due(state, TODAY) == []
    assert len(suspensions_due(state, day("03-11"))) == 1
    with pytest.raises(HostSuspended):
        decide_suspension(state, COHORT_ID, TODAY)
    with pytest.raises(HostSuspended):
        decide_openings(state, COHORT_ID, "pos_1", 1, TODAY)
    settled = grown(state, *decide_suspension_settled(COHORT_ID, day("03-11")))
    assert host_due_on(settled) is None
    assert settled.suspension(COHORT_ID)


def test_of_a_closed_position_only_what_is_taken_counts_from_the_day_after_on() -> None:
    state = grown(host(), *decide_openings(host(), COHORT_ID, "pos_1", 2, TODAY))
    state = grown(state, *decide_offer_closed("pos_1", TODAY))
    assert (state.openings(COHORT_ID), host_due_on(state)) == (2, day("03-11"))
    assert offers_due(state, TODAY) == []
    (offer,) = offers_due(state, day("03-11"))
    declined = DeclinePlacement(declined_by="host")
    gone = fold(placement(2), decide_decline(placement(2), declined, day("03-30")))

    state = grown(state, *decide_recount(offer, [placement(1), gone], day("03-11")))

    assert (state.openings(COHORT_ID), host_due_on(state)) == (1, None)
    freed = grown(state, *decide_freeing(state, "pos_1", day("04-01")))
    assert freed.openings(COHORT_ID) == 0


def test_an_ending_on_an_open_position_frees_nothing_of_the_cap() -> None:
    state = grown(host(), *decide_openings(host(), COHORT_ID, "pos_1", 2, TODAY))

    assert decide_freeing(state, "pos_1", TODAY) == []
