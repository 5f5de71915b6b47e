import json
import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloud.consumption.rules import (
    LEVELS,
    Forecast,
    Observation,
    ProductUse,
    SlotState,
    correct,
    fold,
    forecast,
    uncorrect,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
USE = ProductUse(typical_pack_days=20.0, spread=0.5, absence_factor=0.3)

packs = st.none() | st.sampled_from((0.0, 0.01, 0.1, 0.5, 0.95, 1.0)) | st.floats(-1.0, 3.0) | st.just(math.nan)
readings = st.lists(
    st.builds(
        Observation,
        at=st.integers(0, 100_000).map(lambda minutes: START + timedelta(minutes=minutes)),
        packs=packs,
        resolution_packs=st.sampled_from((0.0, 0.01, 0.1)),
        quality=st.just("good"),
        serial=st.sampled_from((None, "A", "B")),
    ),
    max_size=40,
)


def at_home(start, end):
    return (end - start) / timedelta(days=1)


@given(readings, st.floats(-2.0, 3.0), st.floats(0.0, 3.0))
def test_whatever_a_sensor_says_the_state_stays_sound(seen, told, stock):
    state = SlotState()
    for observation in sorted(seen, key=lambda each: each.at):
        before = state
        state, _ = fold(state, observation, at_home, USE)
        assert fold(state, observation, at_home, USE) == (state, ())
        if observation.packs is None:
            assert state == before
    told_state = correct(state, told, START + timedelta(days=100))
    assert uncorrect(told_state) == state
    state = told_state

    assert SlotState.from_json(json.loads(json.dumps(state.to_json()))) == state
    assert state.level_packs is not None
    assert 0.0 <= state.level_packs <= 3.0
    assert all(math.isfinite(each) for each in (*state.learned.levels, *state.learned.errors))
    made = forecast(state, stock, USE)
    if isinstance(made, Forecast):
        known = [each for each in made.exposure_days if each is not None]
        assert known == sorted(known)
        assert made.exposure_days == (*known, *[None] * (len(LEVELS) - len(known)))
        assert 0.0 <= made.learned_share < 1.0
        assert 0.0 <= made.probability_empty_within(7.0) <= made.probability_empty_within(14.0) <= 1.0


@given(
    st.lists(st.tuples(st.integers(1, 48), st.floats(0.0, 0.06)), min_size=2, max_size=30),
    st.floats(0.0, 1.0),
    st.sampled_from((0.01, 0.05)),
)
def test_one_bad_reading_never_moves_the_stock_by_more_than_days_of_use(steps, wrong, step):
    """Three days' use, or two steps of the sensor: whatever it said, no more than that is believed to be gone."""
    at, level, state = START, 1.0, SlotState()
    for hours, used in steps:
        at += timedelta(hours=hours)
        level = max(0.05, level - used)
        state, _ = fold(state, Observation(at, level, step, "good"), at_home, USE)
    before = state

    after, _ = fold(state, Observation(at + timedelta(hours=6), wrong, step, "good"), at_home, USE)

    rate = max(USE.rate, before.use_per_day or 0.0)
    least = min(level, before.level_packs)  # the true level, when its own fall was still waiting for another reading
    assert after.level_packs >= least - max(0.05, 2 * step, 3 * rate) - 1e-9
    assert after.level_packs <= before.level_packs + max(0.05, 2 * step)
