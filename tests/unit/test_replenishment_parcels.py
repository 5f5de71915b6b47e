"""What would be due within days goes along with a parcel that leaves anyway: never where it may not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.replenishment import costs
from cloud.replenishment.costs import Holding, Wish
from cloud.replenishment.flips import flips
from cloud.replenishment.reasons import Outcome, Reason
from cloud.replenishment.rules import decide, obstacles, orders_by_itself
from tests.unit.test_replenishment_rules import TERMS, WANTED, any_inputs, mandate_terms

SOON = replace(WANTED, empty_if_later=0.01, parcel="order-1", days_early=3.5, empty_if_waits=0.2, pack_days=30.0)


def test_what_would_be_due_within_days_goes_along():
    assert decide(SOON).outcome is Outcome.ORDERED
    assert decide(SOON).reasons == (Reason.GOES_ALONG,)
    assert decide(SOON).quantity == SOON.quantity


def test_what_cannot_wait_says_so_also_beside_a_parcel():
    assert decide(replace(SOON, empty_if_later=0.6)).reasons == (Reason.RUNS_OUT_BEFORE_ARRIVAL,)


@pytest.mark.parametrize(
    "change",
    [
        {"parcel": ""}, {"empty_if_waits": 0.05}, {"mode_chosen": "curate"}, {"mode_chosen": "coach"},
        {"mode_chosen": "respond"}, {"mode_earned": False}, {"consent_order": False}, {"mandate": None},
        {"mandate": replace(TERMS, spent_this_month_minor=4001)}, {"mandate": replace(TERMS, expired=True)},
        {"price_minor": 3001}, {"price_minor": None}, {"presence": "unknown"}, {"snoozed": True}, {"quantity": 3},
        {"delivery_moved_by": "away"}, {"delivery_moved_by": "paused"}, {"keeps_days": 20},
        {"keeps_days": 60, "forecast_days": (None,) * 7},
    ],
)  # fmt: skip
def test_where_it_may_not_go_along_it_is_left_alone_as_without_a_parcel(change):
    assert decide(replace(SOON, **change)) == decide(replace(SOON, **{**change, "parcel": ""}))
    assert decide(replace(SOON, **change)).reasons == (Reason.ENOUGH_LEFT,)


def test_what_spoils_goes_along_only_if_its_last_day_is_still_a_good_one():
    lies_three_days = replace(SOON, forecast_days=(3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0), pack_days=5.0, quantity=1)

    assert decide(replace(lies_three_days, keeps_days=10)).outcome is Outcome.ORDERED
    assert decide(replace(lies_three_days, keeps_days=9)).outcome is Outcome.WAITING


@given(any_inputs)
def test_a_parcel_makes_an_order_of_what_would_wait_and_changes_nothing_else(inputs):
    alone, beside = decide(replace(inputs, parcel="")), decide(inputs)

    assert beside == alone or (alone.outcome, beside.outcome) == (Outcome.WAITING, Outcome.ORDERED)


some_of_it_otherwise = st.fixed_dictionaries(
    {},
    optional={
        "consent_supply": st.booleans(), "consent_order": st.booleans(), "mode_earned": st.booleans(),
        "mode_chosen": st.sampled_from(["curate", "automatic"]), "presence": st.sampled_from(["home", "unknown"]),
        "delivery_moved_by": st.sampled_from(["", "away", "paused"]), "snoozed": st.booleans(),
        "mandate": st.none() | mandate_terms, "quantity": st.integers(0, 3), "price_minor": st.integers(0, 4000),
        "empty_if_waits": st.floats(0, 1), "keeps_days": st.integers(1, 60), "reads_since_event": st.integers(0, 3),
    },
)  # fmt: skip


@given(some_of_it_otherwise)
def test_nothing_goes_along_outside_consent_and_agreement_or_before_a_closed_door(changes):
    inputs = replace(SOON, **changes)
    if decide(inputs).outcome is not Outcome.ORDERED:
        assert not orders_by_itself(inputs)
        return

    assert inputs.consent_supply
    assert inputs.consent_order
    assert inputs.mode_earned
    assert orders_by_itself(inputs)
    assert obstacles(inputs) == ()
    assert (inputs.mode_chosen, inputs.snoozed, inputs.delivery_moved_by) == ("automatic", False, "")
    assert flips(inputs) == ()


holdings = st.builds(Holding, st.floats(0.1, 900.0), st.one_of(st.none(), st.integers(1, 700)))


@given(holdings)
def test_from_never_out_to_never_pile_up_ever_less_comes_early(held):
    early = [costs.days_early(wish, held) for wish in Wish]

    assert early == sorted(early, reverse=True)
    assert 0.0 < early[-1] <= early[0] <= costs.MOST_DAYS_EARLY


def test_what_lasts_long_takes_its_place_for_longer_and_what_spoils_loses_by_it():
    by_life = [costs.days_early(Wish.BALANCED, Holding(days)) for days in (20.0, 30.0, 120.0)]
    by_keeping = [costs.days_early(Wish.BALANCED, Holding(30.0, keeps)) for keeps in (None, 365, 30, 7)]

    assert by_life == sorted(by_life, reverse=True)
    assert by_keeping == sorted(by_keeping, reverse=True)
    assert by_life[1] == costs.A_PARCEL_IS_WORTH[Wish.BALANCED]
