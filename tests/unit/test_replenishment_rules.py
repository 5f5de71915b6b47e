"""Order or hold? Every answer has its reasons."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.replenishment.flips import CHANGES, changed, flips
from cloud.replenishment.inputs import Inputs, MandateTerms
from cloud.replenishment.reasons import Outcome, Reason
from cloud.replenishment.rules import Judged, decide, earned, orders_by_itself, outside

TERMS = MandateTerms(3000, 6000, 0, 2, "EUR")
WANTED = Inputs(
    supply="consumable", has_product=True, consent_supply=True, consent_order=True, mode_chosen="automatic",
    mode_earned=True, forecast_days=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), no_forecast_reason="",
    empty_if_later=0.6, accepted_risk=0.05, reading_age_hours=1.0, reads_since_event=20, in_device=0.05, on_shelf=0.0,
    in_transit=0.0, lead_days=(2.0, 3.0, 4.0), today="2026-03-02", earliest_delivery="2026-03-05",
    delivery_day="2026-03-05", delivery_moved_by="", home_from=None, presence="home", price_minor=2000, currency="EUR",
    quantity=1, mandate=TERMS, snoozed_until=None, snoozed=False, cancel_window_hours=24,
)  # fmt: skip

mandate_terms = st.builds(
    MandateTerms, st.integers(0, 5000), st.integers(0, 9000), st.integers(0, 9000), st.integers(0, 4),
    st.sampled_from(["EUR", "USD"]), st.booleans(), st.booleans(),
)  # fmt: skip
any_inputs = st.builds(
    replace, st.just(WANTED), supply=st.sampled_from(["consumable", "part", "receptacle"]), has_product=st.booleans(),
    consent_supply=st.booleans(), consent_order=st.booleans(), mode_earned=st.booleans(),
    mode_chosen=st.sampled_from(["respond", "curate", "coach", "automatic"]),
    forecast_days=st.sampled_from([(), WANTED.forecast_days]), empty_if_later=st.floats(0, 1),
    reading_age_hours=st.floats(0, 200), reads_since_event=st.integers(0, 5), in_transit=st.sampled_from([0.0, 1.0]),
    on_shelf=st.sampled_from([0.0, 1.0]), delivery_moved_by=st.sampled_from(["", "away", "paused"]),
    delivery_day=st.dates(date(2026, 3, 5), date(2026, 4, 30)).map(date.isoformat),
    presence=st.sampled_from(["home", "away", "unknown"]), price_minor=st.none() | st.integers(0, 6000),
    quantity=st.integers(0, 5), mandate=st.none() | mandate_terms, snoozed=st.booleans(),
    zero_unseen=st.booleans(),
    parcel=st.sampled_from(["", "order-1"]), empty_if_waits=st.floats(0, 1), pack_days=st.floats(0.1, 400.0),
    keeps_days=st.none() | st.integers(1, 400),
)  # fmt: skip


def test_what_runs_out_before_it_could_arrive_is_ordered():
    assert decide(WANTED).outcome is Outcome.ORDERED
    assert decide(WANTED).reasons == (Reason.RUNS_OUT_BEFORE_ARRIVAL,)


OBSTACLES = [
    ({"supply": "receptacle"}, Outcome.BLOCKED, Reason.NOT_A_CONSUMABLE),
    ({"supply": "part"}, Outcome.BLOCKED, Reason.NOT_A_CONSUMABLE),
    ({"has_product": False}, Outcome.BLOCKED, Reason.NO_PRODUCT),
    ({"consent_supply": False}, Outcome.BLOCKED, Reason.NO_CONSENT_SUPPLY),
    ({"consent_order": False}, Outcome.PROPOSED, Reason.NO_CONSENT_ORDER),
    ({"forecast_days": ()}, Outcome.WAITING, Reason.NO_FORECAST),
    ({"reading_age_hours": 100.0}, Outcome.WAITING, Reason.STALE),
    ({"reads_since_event": 1}, Outcome.WAITING, Reason.ONE_READING),
    ({"zero_unseen": True}, Outcome.WAITING, Reason.ZERO_UNSEEN),
    ({"in_transit": 1.0}, Outcome.WAITING, Reason.ALREADY_ON_ITS_WAY),
    ({"empty_if_later": 0.01}, Outcome.WAITING, Reason.ENOUGH_LEFT),
    ({"empty_if_later": 0.01, "on_shelf": 1.0}, Outcome.WAITING, Reason.ENOUGH_ON_THE_SHELF),
    ({"snoozed": True}, Outcome.HELD, Reason.HELD_BY_CUSTOMER),
    ({"mode_chosen": "respond"}, Outcome.WAITING, Reason.MODE_RESPOND),
    ({"mode_chosen": "coach"}, Outcome.REMINDED, Reason.MODE_COACH),
    ({"mode_chosen": "curate"}, Outcome.PROPOSED, Reason.MODE_CURATE),
    ({"mode_earned": False}, Outcome.PROPOSED, Reason.NOT_EARNED),
    ({"presence": "unknown"}, Outcome.PROPOSED, Reason.CALENDAR_UNKNOWN),
    ({"price_minor": None}, Outcome.PROPOSED, Reason.NO_PRICE),
    ({"price_minor": None, "mandate": None}, Outcome.PROPOSED, Reason.NO_PRICE),
    ({"price_minor": 0}, Outcome.PROPOSED, Reason.NO_PRICE),
    ({"quantity": 0}, Outcome.PROPOSED, Reason.ABOVE_QUANTITY),
    ({"mandate": None}, Outcome.PROPOSED, Reason.NO_MANDATE),
    ({"price_minor": 3001}, Outcome.PROPOSED, Reason.PRICE_ABOVE_CEILING),
    ({"quantity": 3}, Outcome.PROPOSED, Reason.ABOVE_QUANTITY),
    ({"mandate": replace(TERMS, spent_this_month_minor=4001)}, Outcome.PROPOSED, Reason.ABOVE_MONTHLY_CAP),
    ({"mandate": replace(TERMS, expired=True)}, Outcome.PROPOSED, Reason.MANDATE_EXPIRED),
    ({"mandate": replace(TERMS, covers_product=False)}, Outcome.PROPOSED, Reason.NOT_IN_MANDATE),
    ({"currency": "USD"}, Outcome.PROPOSED, Reason.NOT_IN_MANDATE),
]
CALENDAR = [("away", Reason.AWAY_ON_ARRIVAL), ("paused", Reason.PAUSED)]


@pytest.mark.parametrize(("change", "outcome", "reason"), OBSTACLES)
def test_each_obstacle_has_its_outcome_and_its_reason(change, outcome, reason):
    decision = decide(replace(WANTED, **change))

    assert decision.outcome is outcome
    assert reason in decision.reasons


def test_no_reason_and_no_outcome_is_without_an_example():
    reasons = {Reason.RUNS_OUT_BEFORE_ARRIVAL, Reason.GOES_ALONG, *(o[2] for o in OBSTACLES), *(c[1] for c in CALENDAR)}

    assert reasons == set(Reason)
    assert {Outcome.ORDERED, *(o[1] for o in OBSTACLES)} == set(Outcome)


@pytest.mark.parametrize(("moved_by", "reason"), CALENDAR)
def test_what_cannot_be_received_waits_for_the_day_of_return(moved_by, reason):
    decision = decide(replace(WANTED, delivery_moved_by=moved_by, delivery_day="2026-03-20"))

    assert decision.outcome is Outcome.HELD
    assert decision.reasons == (reason,)
    assert (decision.send_on, decision.deliver_on) == ("2026-03-16", "2026-03-20")


def test_it_leaves_in_time_to_be_there_on_the_day_of_return():
    decision = decide(replace(WANTED, delivery_moved_by="away", delivery_day="2026-03-06"))

    assert decision.outcome is Outcome.ORDERED
    assert decision.deliver_on == "2026-03-06"


@given(any_inputs)
def test_nothing_is_ordered_by_itself_outside_consent_mandate_and_good_readings(inputs: Inputs):
    if not orders_by_itself(inputs):
        assert decide(inputs).outcome is not Outcome.ORDERED
        return
    assert inputs.supply == "consumable"
    assert inputs.has_product
    assert inputs.consent_supply
    assert inputs.consent_order
    assert inputs.mode_chosen == "automatic"
    assert inputs.mode_earned
    assert inputs.forecast_days
    assert inputs.reads_since_event >= 2
    assert inputs.reading_age_hours <= 72
    assert not inputs.zero_unseen
    assert inputs.presence != "unknown"
    assert not inputs.snoozed
    assert inputs.mandate is not None
    assert inputs.price_minor is not None
    assert outside(inputs.mandate, inputs.price_minor, inputs.quantity, inputs.currency) == ()


@given(any_inputs)
def test_every_answer_has_a_reason(inputs: Inputs):
    assert decide(inputs).reasons


@given(any_inputs)
def test_what_is_stored_decides_the_same_again(inputs: Inputs):
    stored = Inputs.from_json(json.loads(json.dumps(inputs.to_json())))

    assert stored == inputs
    assert decide(stored) == decide(inputs)


@given(any_inputs)
def test_what_is_said_to_change_the_answer_changes_it(inputs: Inputs):
    for name in flips(inputs):
        assert decide(changed(inputs, name)).outcome is Outcome.ORDERED


@given(any_inputs)
def test_a_lower_price_is_never_a_higher_one(inputs: Inputs):
    cheaper = CHANGES["lower_price"](inputs)

    assert cheaper.price_minor is None or cheaper.price_minor <= inputs.price_minor


def test_a_mistake_in_the_price_list_is_not_put_right_by_a_lower_price():
    assert flips(replace(WANTED, price_minor=0)) == ()
    assert flips(replace(WANTED, quantity=0)) == ()


@pytest.mark.parametrize(
    ("change", "flip"),
    [
        ({"empty_if_later": 0.01}, "lower_stock"),
        ({"delivery_moved_by": "away", "delivery_day": "2026-03-20"}, "home"),
        ({"presence": "unknown"}, "home"),
        ({"delivery_moved_by": "paused", "delivery_day": "2026-03-20"}, "no_pause"),
        ({"mandate": None}, "mandate_signed"),
        ({"consent_order": False}, "consent_order"),
        ({"mode_chosen": "curate"}, "mode_automatic"),
        ({"mode_earned": False}, "mode_earned"),
        ({"price_minor": 3001}, "lower_price"),
        ({"mandate": replace(TERMS, spent_this_month_minor=4001)}, "lower_price"),
        ({"in_transit": 1.0}, "nothing_on_its_way"),
        ({"reading_age_hours": 100.0}, "fresh_reading"),
        ({"reads_since_event": 1}, "another_reading"),
        ({"zero_unseen": True}, "level_seen"),
        ({"snoozed": True}, "no_hold"),
    ],
)
def test_where_one_thing_stands_in_the_way_it_is_named(change, flip):
    assert flips(replace(WANTED, **change)) == (flip,)


def test_where_two_things_stand_in_the_way_both_are_named_together():
    assert flips(replace(WANTED, mode_earned=False, consent_order=False)) == ("consent_order+mode_earned",)
    assert flips(replace(WANTED, mode_chosen="curate", mode_earned=False, mandate=None)) == (
        "mandate_signed+mode_automatic+mode_earned",
    )


@given(any_inputs)
def test_nothing_less_than_what_is_named_would_do(inputs: Inputs):
    for flip in flips(inputs):
        parts = flip.split("+")
        for part in parts:
            less = [each for each in parts if each != part]
            assert not less or decide(changed(inputs, "+".join(less))).outcome is not Outcome.ORDERED


@given(any_inputs)
def test_nothing_is_planned_for_a_day_on_which_nothing_may_come(inputs: Inputs):
    decision = decide(inputs)

    if decision.deliver_on is not None:
        assert decision.deliver_on == inputs.delivery_day
        assert inputs.today <= decision.send_on <= decision.deliver_on
    elif inputs.delivery_moved_by:
        assert decision.outcome not in {Outcome.ORDERED, Outcome.PROPOSED}


def test_what_the_calendar_alone_holds_is_ordered_now_for_the_day_of_return():
    away = replace(WANTED, delivery_moved_by="away", delivery_day="2026-03-20")

    assert orders_by_itself(away)
    assert not orders_by_itself(replace(away, mode_chosen="curate"))
    assert not orders_by_itself(replace(away, mandate=None))
    assert not orders_by_itself(replace(away, presence="unknown"))
    assert not orders_by_itself(replace(away, snoozed=True))


def judged(*inside: bool) -> list[Judged]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [Judged(hit, start + n * timedelta(days=30)) for n, hit in enumerate(inside)]


def test_automatic_is_earned_by_three_in_a_row():
    assert not earned(judged(True, True))
    assert earned(judged(True, True, True))
    assert earned(judged(False, True, True, True))


def test_a_single_miss_is_as_it_should_be_and_two_in_three_lose_it():
    assert earned(judged(True, True, True, False, True, True))
    assert not earned(judged(True, True, True, False, False))
    assert not earned(judged(True, True, True, False, True, False, True))
