"""What running out costs against storing and spoiling."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.replenishment import costs
from cloud.replenishment.costs import Holding, Wish
from cloud.replenishment.rules import Judged, earned

MONTH = Holding(pack_days=30.0)
START = datetime(2026, 3, 2, tzinfo=UTC)
CYCLE = timedelta(days=30)
holdings = st.builds(Holding, st.floats(0.1, 900.0), st.one_of(st.none(), st.integers(1, 700)))


def judged(*inside):
    return [Judged(hit, START + n * CYCLE) for n, hit in enumerate(inside)]


def enough_with(packs):
    return lambda ordered: ordered >= packs


def test_a_pack_of_a_month_accepts_what_the_wish_says():
    assert [costs.accepted_risk(costs.of_a_month(wish), MONTH) for wish in Wish] == pytest.approx(
        [0.01, 0.025, 0.05, 0.1, 0.2]
    )


@given(holdings)
def test_from_never_out_to_never_pile_up_ever_more_is_risked_and_ever_less_is_ordered(held):
    risks = [costs.accepted_risk(costs.of_a_month(wish), held) for wish in Wish]
    amounts = [costs.quantity(wish, held, 6, enough_with(1)) for wish in Wish]

    assert risks == sorted(risks)
    assert risks[0] > 0.0
    assert risks[-1] <= costs.MOST_RISK
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[-1] >= 1


def test_a_pack_that_lasts_longer_may_come_late_more_often_and_one_that_spoils_too():
    of_a_month = costs.of_a_month(Wish.BALANCED)

    by_life = [costs.accepted_risk(of_a_month, Holding(days)) for days in (5.0, 30.0, 120.0)]
    by_keeping = [costs.accepted_risk(of_a_month, Holding(30.0, keeps)) for keeps in (None, 365, 30, 7)]

    assert by_life == sorted(by_life)
    assert by_keeping == sorted(by_keeping)


def test_what_is_used_up_quickly_comes_for_a_week_at_once_but_not_more_than_keeps():
    assert costs.quantity(Wish.BALANCED, Holding(1.0), costs.MOST_AT_ONCE, enough_with(1)) == 7
    assert costs.quantity(Wish.BALANCED, Holding(1.0, keeps_days=5), 24, enough_with(1)) == 4
    assert costs.quantity(Wish.BALANCED, Holding(30.0, keeps_days=2), 6, enough_with(1)) == 1


def test_no_more_than_the_agreement_allows_is_wanted_however_full_it_is_to_be():
    assert costs.quantity(Wish.NEVER_OUT, Holding(1.0), 5, enough_with(1)) == 5
    assert costs.quantity(Wish.BALANCED, Holding(0.3), 2, enough_with(9)) == 2


def test_a_word_of_another_version_is_taken_for_the_usual():
    assert Wish("as full as can be") is Wish.BALANCED
    assert costs.accepted_risk(0.05, Holding(30.0, keeps_days=0)) <= costs.MOST_RISK


def test_more_is_ordered_where_one_pack_would_be_used_up_before_the_next_can_come():
    assert costs.quantity(Wish.BALANCED, MONTH, 6, enough_with(3)) == 3
    assert costs.quantity(Wish.BALANCED, MONTH, 2, enough_with(3)) == 2
    assert costs.quantity(Wish.BALANCED, MONTH, 99, enough_with(99)) == costs.MOST_PACKS
    assert costs.quantity(Wish.BALANCED, Holding(30.0, keeps_days=70), 6, enough_with(3)) == 1


def test_who_stops_an_automatic_order_has_it_earned_anew():
    hits = judged(True, True, True, True)

    assert earned(hits)
    assert not earned(hits, vetoed_at=START + 1.5 * CYCLE)
    assert earned([*hits, *judged(True)], vetoed_at=START - CYCLE)
    assert earned(judged(*[True] * 6), vetoed_at=START + 2.5 * CYCLE)


def test_a_change_of_habit_costs_the_trust_within_two_packs():
    """Three right, then the use changes and the ranges miss."""
    trust = [earned(judged(*[True] * 5, *[False] * misses)) for misses in (0, 1, 2)]

    assert trust == [True, True, False]
