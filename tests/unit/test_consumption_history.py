"""The days that a slot has shown, closed one after the other, and what many homes have taught of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.consumption import depletion, history, one_day, quantiles, sensed, taught
from cloud.consumption.history import History, Used
from cloud.consumption.rules import LEVELS, Forecast, Observation, ProductUse, SlotState, fold, forecast
from cloud.consumption.sensed import Sensed
from cloud.consumption.uses import Uses

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
USE = ProductUse(typical_pack_days=30.0, spread=0.5, absence_factor=0.0)
days_of_use = st.lists(st.one_of(st.just(0.0), st.floats(0.001, 0.2)), min_size=1, max_size=60)


def shown(uses, step=0.001, exposure=1.0, kept=None):
    kept = kept or History()
    for number, used in enumerate(uses):
        kept = history.after(kept, Used(used, exposure, step, 0.03, number % 7))
    return kept


def known(uses, level=1.0, step=0.001):
    """A slot that has been seen to use so much, day by day, and has been filled again in time."""
    state = SlotState(level_packs=level, level_at=START, step_packs=step, history=shown(uses, step))
    return replace(state, learned=depletion.smoothing.Learned())


def made_of(state, stock):
    made = forecast(state, stock, USE, 0)
    assert isinstance(made, Forecast)
    return made


@given(days_of_use)
def test_one_slot_remembers_a_day_exactly_as_many_do(uses):
    many, row = Uses.none(1), Uses.none(1).rows()[0].tolist()

    for number, used in enumerate(uses):
        many.add(np.array([used]), weekday=number % 7)
        one_day.add(row, used, number % 7)

    assert row == pytest.approx(many.rows()[0].tolist(), rel=1e-12, abs=1e-15)


@given(days_of_use)
def test_one_coarse_sensor_is_smoothed_exactly_as_many_are(uses):
    many, one = Sensed.none(1), (0.0, 0.0, 0.0)

    for course in np.cumsum(uses):
        one, day = sensed.one_day(one, float(course))
        assert day == many.add(np.array([course]))[0]

    assert one == (many.days[0], many.course[0], many.rate[0])


def test_readings_of_a_day_come_to_one_day_however_many_they_are():
    hourly = History()
    for hour in range(24 * 10):
        hourly = history.after(hourly, Used(0.002, 1 / 24, 0.0001, 0.05, hour // 24 % 7))

    assert hourly.count == 10
    assert hourly.uses().total[0] == pytest.approx(0.48, abs=0.006)


def test_a_daily_reading_may_come_a_little_late_or_early():
    late_and_early = History()
    for number in range(30):
        late_and_early = history.after(
            late_and_early, Used(0.03, 1.04 if number % 2 else 0.96, 0.001, 0.03, number % 7)
        )

    assert late_and_early.count == 30
    assert late_and_early.uses().total[0] == pytest.approx(0.9)


def test_a_gap_is_so_many_days_of_the_same_use():
    after = shown([0.4], exposure=8.0)

    assert after.count == 8
    assert after.uses().size[0] == pytest.approx(0.05)


def test_a_gap_of_years_takes_no_longer_than_one_of_two_months():
    after = shown([1.0], exposure=1000.0)

    assert after.count == history.LONGEST_GAP_DAYS
    assert after.shown == pytest.approx(1.0)


@given(days_of_use)
def test_time_without_exposure_leaves_every_bit_as_it_was(uses):
    before = shown(uses)

    assert history.after(before, Used(0.0, 0.0, 0.001, 0.03, 3)) == before


def test_nobody_home_makes_no_sensor_coarse():
    before = shown([0.02] * 20, step=0.01)

    assert history.after(before, Used(0.0, 0.0, 0.01, 0.001, 3)) == before


def test_a_coarse_sensors_days_are_smooth_and_sum_up_to_what_went():
    steps = [0.0, 0.05] * 30

    after = shown(steps, step=0.05)

    assert after.is_coarse
    assert after.uses().total[0] == pytest.approx(sum(steps), abs=0.1)
    assert after.uses().used_days[0] > 50


def test_a_state_with_its_days_loses_nothing_in_json():
    state = known([0.03, 0.0, 0.05] * 9)

    assert SlotState.from_json(state.to_json()) == state


def test_a_state_that_was_kept_before_days_were_is_read_with_none():
    plain = SlotState().to_json()
    del plain["history"]

    assert SlotState.from_json(plain).history == History()


def test_networks_say_nothing_until_there_is_something_to_read_and_then_ever_more():
    weights = [taught.weight(shown([0.03] * n)) for n in (0, 5, 7, 8, 14, 60, 300)]

    assert weights[:3] == [0.0, 0.0, 0.0]
    assert weights == sorted(weights)
    assert 0.9 < weights[-1] < 1.0
    assert taught.weight(shown([0.0] * 40)) == 0.0


def test_a_forecast_moves_little_on_the_day_on_which_the_networks_come_in():
    before, after = (made_of(known([0.03] * n), 0.6) for n in (7, 8))

    for then, now in zip(before.exposure_days, after.exposure_days, strict=True):
        assert now == pytest.approx(then, rel=0.15)


def test_the_chance_of_a_shortage_falls_with_more_stock_and_rises_with_a_longer_lead():
    state = known([0.03, 0.05, 0.04, 0.0, 0.02] * 12)
    made = {stock: made_of(state, stock) for stock in (0.05, 0.1, 0.2, 0.5)}

    by_stock = [depletion.chance_of_shortage(state, made[stock], ((3.0, 0.5), (4.0, 0.5)), 0) for stock in made]
    by_lead = [depletion.chance_of_shortage(state, made[0.2], ((lead, 1.0),), 0) for lead in (1.0, 3.0, 6.0, 10.0)]

    assert by_stock == sorted(by_stock, reverse=True)
    assert by_lead == sorted(by_lead)
    assert by_stock[0] > 0.5
    assert by_stock[-1] < 0.01


def test_a_lead_longer_than_the_networks_were_taught_is_answered_by_the_forecast():
    state = known([0.03] * 60)
    made = made_of(state, 0.5)

    assert depletion.chance_of_shortage(state, made, ((30.0, 1.0),), 0) == pytest.approx(
        made.probability_empty_within(30.0)
    )


def test_what_a_person_only_glanced_at_is_less_certain():
    state = known([0.03] * 60, level=0.15)
    made = made_of(state, 0.15)

    seen, told = (
        depletion.chance_of_shortage(each, made, ((3.0, 1.0),), 0)
        for each in (state, replace(state, by_hand=True, step_packs=0.25))
    )

    assert told > seen


def test_a_coarser_step_makes_the_range_wider():
    state = known([0.03, 0.05, 0.02] * 20)
    fine, coarse = (made_of(replace(state, step_packs=step), 0.3) for step in (0.001, 0.1))

    assert coarse.exposure_days[0] < fine.exposure_days[0]
    assert coarse.exposure_days[-1] > fine.exposure_days[-1]


def test_days_at_levels_are_read_back_as_probabilities():
    days = (3.0, 4.0, 6.0, 8.0, 10.0, 14.0, None)

    for level, at in zip(LEVELS[:-1], days[:-1], strict=True):
        assert quantiles.probability(LEVELS, days, at) == pytest.approx(level)
    assert quantiles.probability(LEVELS, days, 0.0) == 0.0
    assert quantiles.probability(LEVELS, (None,) * 7, 20.0) == 0.0
    assert quantiles.probability(LEVELS, (0.0,) * 7, 0.0) == 1.0


def test_a_slot_that_is_read_day_by_day_comes_to_be_foretold_by_what_homes_have_taught():
    state, level = SlotState(), 1.0
    for number in range(60):
        level = level - 0.04 if level > 0.08 else 1.0
        seen = Observation(START + number * DAY, level, 0.001, "good", weekday=number % 7)
        state, _ = fold(state, seen, lambda a, b: (b - a) / DAY, USE)
    made = made_of(state, 0.8)

    assert made.passage is None
    assert state.history.count > 50
    assert made.exposure_days[LEVELS.index(0.5)] == pytest.approx(20.0, rel=0.15)
