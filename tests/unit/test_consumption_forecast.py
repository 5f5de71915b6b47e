import random
import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from cloud.consumption import smoothing
from cloud.consumption.rules import (
    LEVELS,
    Forecast,
    NoForecast,
    Observation,
    ProductUse,
    SlotState,
    fold,
    forecast,
    to_dates,
)
from cloud.consumption.values import GAINS, Learned

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
USE = ProductUse(typical_pack_days=30.0, spread=0.5, absence_factor=0.0)
MEDIAN = LEVELS.index(0.5)


def made_of(state, stock, use=USE):
    made = forecast(state, stock, use)
    assert isinstance(made, Forecast)
    return made


def learned_from(days, use=USE):
    learned = Learned()
    for used in days:
        learned = smoothing.learn(learned, used, 1.0, use)
    return SlotState(level_packs=1.0, level_at=START, learned=learned)


def width(made):
    return made.exposure_days[LEVELS.index(0.9)] - made.exposure_days[LEVELS.index(0.1)]


def test_a_new_slot_is_given_the_products_usual_range():
    made = made_of(learned_from([]), 1.0)

    assert made.exposure_days[MEDIAN] == pytest.approx(30.0, rel=0.15)
    assert made.exposure_days[1] < 20.0
    assert made.exposure_days[5] > 45.0
    assert made.learned_share == 0.0
    assert made.n_days == 0


def test_the_range_narrows_and_comes_to_be_the_households_own():
    few, many = (made_of(learned_from([0.1, 0.06, 0.08, 0.09, 0.07] * n), 1.0, USE) for n in (1, 10))

    assert width(many) < width(few) < width(made_of(learned_from([]), 1.0))
    assert 0.0 < few.learned_share < many.learned_share < 1.0
    assert many.exposure_days[MEDIAN] == pytest.approx(1.0 / 0.08, rel=0.1)


def test_a_few_idle_days_are_no_new_habit():
    lumpy = [0.2, 0.0, 0.0, 0.15, 0.0, 0.0, 0.25, 0.0] * 3

    usual, idle = (made_of(learned_from([*lumpy, *[0.0] * n]), 1.0) for n in (0, 4))

    assert usual.exposure_days[MEDIAN] < idle.exposure_days[MEDIAN] < 1.6 * usual.exposure_days[MEDIAN]


def test_a_gain_that_forgets_knows_the_rate_from_fewer_days():
    assert smoothing.days_remembered(10.0, 0.02) == pytest.approx(10.0, rel=0.01)
    assert smoothing.days_remembered(1000.0, 0.5) == pytest.approx(3.0)
    assert smoothing.days_remembered(1.0, 0.5) == pytest.approx(1.0)
    assert smoothing.days_remembered(0.0, 0.5) == 0.0


def test_twice_the_stock_lasts_about_twice_as_long():
    state = learned_from([0.04, 0.05, 0.06] * 15)

    assert made_of(state, 2.0, USE).exposure_days[MEDIAN] == pytest.approx(
        2 * made_of(state, 1.0, USE).exposure_days[MEDIAN], rel=0.05
    )


def test_packs_of_another_size_scale_everything_alike():
    days = [0.04, 0.05, 0.06] * 15
    halves = ProductUse(USE.typical_pack_days / 2, USE.spread, 0.0)

    packs = made_of(learned_from(days), 0.8, USE)
    half_packs = made_of(learned_from([2 * used for used in days], halves), 1.6, halves)

    assert half_packs.exposure_days == pytest.approx(packs.exposure_days)


def test_the_moments_come_in_order_and_the_probability_agrees_with_them():
    made = made_of(learned_from([0.0, 0.1, 0.02, 0.07] * 6), 0.7, USE)

    assert list(made.exposure_days) == sorted(made.exposure_days)
    for level, days in zip(LEVELS, made.exposure_days, strict=True):
        assert made.probability_empty_within(days) == pytest.approx(level, abs=0.01)
    assert made.probability_empty_within(0.0) == 0.0
    assert made.probability_empty_within(1000.0) >= made.probability_empty_within(100.0)


def test_nothing_left_is_empty_now():
    made = made_of(learned_from([0.05] * 5), 0.0, USE)

    assert made.exposure_days == (0.0,) * len(LEVELS)
    assert made.probability_empty_within(0.0) == 1.0
    assert to_dates(made, START, [1.0] * 5, UTC)[0] == START


def test_what_lies_beyond_the_horizon_has_no_date():
    slow = ProductUse(400.0, 0.5, 0.0)

    assert made_of(learned_from([], slow), 1.0, slow).exposure_days[-1] is None
    assert to_dates(made_of(learned_from([]), 1.0), START, [1.0] * 10, UTC)[-1] is None


def test_no_forecast_says_why():
    assert forecast(SlotState(), 1.0, USE) == NoForecast("no_level")
    assert forecast(learned_from([0.0] * 20), 1.0, USE) == NoForecast("no_use_seen")
    assert forecast(learned_from([*[0.0] * 69, 0.9]), 1.0, USE) == NoForecast("not_regular")
    assert isinstance(forecast(learned_from([0.0] * 5), 1.0, USE), Forecast)


def test_what_is_left_of_today_counts_for_today():
    made = made_of(learned_from([0.05] * 60), 0.05, USE)
    noon = START + timedelta(hours=12)
    days = made.exposure_days[0]

    assert days < 1.0
    earliest: Any = to_dates(made, noon, [1.0] * 3, UTC)[0]
    assert abs(earliest - noon - days * DAY) < timedelta(seconds=1)


@pytest.mark.parametrize("index", range(len(GAINS)))
def test_the_levels_are_those_of_statsmodels(index):
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    source = random.Random(7)  # noqa: S311 - repeatable on purpose
    days = [source.gammavariate(2.0, 0.02) for _ in range(90)]
    model = SimpleExpSmoothing(days, initialization_method="known", initial_level=0.0)
    theirs = model.fit(smoothing_level=GAINS[index], optimized=False)

    learned = learned_from(days).learned

    assert learned.levels[index] == pytest.approx(theirs.level[-1], abs=1e-8)


def test_the_cumulative_variance_is_that_of_exponential_smoothing():
    from cloud.consumption.passage import _spread_of_sum

    assert _spread_of_sum(np.array([20.0]), 0.3)[0] == pytest.approx(sum((1 + 0.3 * k) ** 2 for k in range(20)))


def household(source):
    """Daily use of one household: its own rate, which wanders and now and then changes, and days without any."""
    rate = USE.rate * source.lognormvariate(0.0, USE.spread)
    daily = source.uniform(0.3, 1.0)  # the share of days with use
    while True:
        rate *= source.lognormvariate(0.0, 0.03)
        if source.random() < 0.01:
            rate *= source.choice((0.6, 1.6))
        rate = min(4 * USE.rate, max(0.25 * USE.rate, rate))
        yield source.gammavariate(2.0, rate / daily / 2.0) if source.random() < daily else 0.0


def cycle(state, days, at):
    """One pack from full to empty. Gives the state, the half-way forecast and how long it lasted from there."""
    level, made, lasted = 1.0, None, 0
    while level > 0.0:
        level -= next(days)
        at += DAY
        lasted += made is not None
        state, _ = fold(state, Observation(at, max(0.0, level), 0.001, "good", None), lambda a, b: (b - a) / DAY, USE)
        if made is None and 0.0 < level < 0.5:
            made = forecast(state, level, USE)
    at += timedelta(hours=1)
    for _ in range(2):
        at += timedelta(minutes=1)
        state, _ = fold(state, Observation(at, 1.0, 0.001, "good", None), lambda a, b: (b - a) / DAY, USE)
    return state, made, lasted, at


def test_eight_of_ten_packs_end_within_the_eighty_percent_range():
    source = random.Random(2026)  # noqa: S311 - repeatable on purpose
    inside: list[bool] = []
    misses: list[float] = []
    while len(inside) < 200:
        days, state, at = household(source), SlotState(), START
        for _ in range(5):
            state, made, lasted, at = cycle(state, days, at)
            if made is not None:
                low, high = made.exposure_days[1], made.exposure_days[5]
                # Use happens during a day; it is read at the day's end.
                inside.append(low <= lasted and (high is None or lasted - 1 <= high))
                misses.append(abs(lasted - 0.5 - made.exposure_days[MEDIAN]) / lasted)

    assert 0.65 <= statistics.mean(inside) <= 0.92
    assert statistics.median(misses) < 0.4
