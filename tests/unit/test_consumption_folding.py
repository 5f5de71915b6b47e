import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloud.consumption.rules import Observation, ProductUse, SlotState, fold, forecast

START = datetime(2026, 3, 2, tzinfo=UTC)
USE = ProductUse(typical_pack_days=20.0, spread=0.5, absence_factor=0.0)


def at_home(start, end):
    return (end - start) / timedelta(days=1)


def read(packs, hours, serial=None, resolution=0.01):
    quality = "unknown" if packs is None else "good"
    return Observation(START + timedelta(hours=hours), packs, resolution, quality, serial)


def folded(*observations, state=None, exposure=at_home):
    state = state or SlotState()
    kinds: list[str] = []
    for observation in observations:
        state, happened = fold(state, observation, exposure, USE)
        kinds.extend(event.kind for event in happened)
    return state, kinds


def test_use_is_what_is_missing_between_two_readings():
    state, events = folded(read(1.0, 0), read(0.95, 24), read(0.90, 48))

    assert state.learned.days == pytest.approx(2.0)
    assert state.use_per_day == pytest.approx(0.05)
    assert state.level_packs == 0.90
    assert events == []


def test_a_day_is_closed_by_exposure_whatever_the_readings_rhythm():
    every_hour, _ = folded(*[read(1.0 - 0.002 * h, h) for h in range(97)])
    once, _ = folded(read(1.0, 0), read(1.0 - 0.002 * 96, 96))

    assert every_hour.learned.days == pytest.approx(4.0)
    assert once.learned.days == pytest.approx(4.0)
    assert every_hour.use_per_day == pytest.approx(0.048)
    assert once.use_per_day == pytest.approx(0.048)


def test_sensor_noise_up_and_down_cancels_out():
    state, events = folded(read(0.50, 0), read(0.47, 12), read(0.49, 24), read(0.45, 48))

    assert events == []
    assert state.use_per_day * state.learned.days == pytest.approx(0.05, rel=0.25)


def test_a_coarse_sensor_gives_a_regular_household_its_own_rate():
    readings = [read(round((1.0 - 0.02 * d) * 10) / 10, 24 * d, resolution=0.1) for d in range(46)]

    state, events = folded(*readings)

    assert events == []
    assert state.use_per_day == pytest.approx(0.02, rel=0.1)
    assert state.learned.stretches < 15
    made: Any = forecast(state, 0.5, USE)
    assert made.exposure_days[1] < 25.0 < made.exposure_days[5]


def test_no_step_for_long_is_news_from_a_coarse_sensor_too():
    used, _ = folded(*[read(round((1.0 - 0.05 * d) * 10) / 10, 24 * d, resolution=0.1) for d in range(10)])

    idle, _ = folded(*[read(used.level_packs, 24 * d, resolution=0.1) for d in range(10, 40)], state=used)

    assert idle.use_per_day < used.use_per_day / 2


def test_use_while_nobody_is_home_is_added_to_the_next_closed_day():
    def away_then_home(start, end):
        return 0.0 if start < START + timedelta(hours=48) else at_home(start, end)

    state, _ = folded(read(1.0, 0), read(0.98, 48), read(0.95, 72), exposure=away_then_home)

    assert state.learned.days == pytest.approx(1.0)
    assert state.use_per_day == pytest.approx(0.05)


def test_a_changed_serial_is_a_new_pack_at_once():
    state, events = folded(read(0.08, 0, "A"), read(1.0, 5, "B"))

    assert events == ["replaced"]
    assert state.serial == "B"
    assert state.level_packs == 1.0
    assert state.reads_since_event == 1
    assert state.open_use == 0.0


def test_a_pack_changed_with_much_left_was_swapped_early():
    assert folded(read(0.4, 0, "A"), read(1.0, 5, "B"))[1] == ["swapped_early"]


def test_without_a_serial_a_rise_needs_a_second_reading():
    once, nothing = folded(read(0.1, 0), read(1.0, 5))
    twice, events = folded(read(0.99, 10), state=once)

    assert nothing == []
    assert once.level_packs == 0.1
    assert events == ["replaced"]
    assert twice.level_packs == 0.99
    assert twice.cycle.started_at == START + timedelta(hours=5)


def test_a_second_reading_far_from_the_first_confirms_nothing():
    state, events = folded(read(0.1, 0), read(1.0, 1), read(0.5, 2))

    assert events == []
    assert state.level_packs == 0.1


def test_a_rise_within_two_steps_of_the_sensor_is_noise():
    state, events = folded(read(0.4, 0, resolution=0.1), read(0.5, 5, resolution=0.1), read(0.5, 9, resolution=0.1))

    assert events == []
    assert state.jump is None


def test_a_shaken_cartridge_is_not_a_new_one():
    state, events = folded(read(0.1, 0, "A"), read(0.3, 5, "A"), read(0.1, 10, "A"), read(0.09, 24, "A"))

    assert events == ["shaken"]
    assert state.cycle.started_at == START
    assert state.use_per_day == pytest.approx(0.01)


def test_a_shaken_cartridge_may_hold_its_rise_for_two_readings():
    assert folded(read(0.1, 0, "A"), read(0.3, 5, "A"), read(0.29, 8, "A"), read(0.1, 10, "A"))[1] == ["shaken"]


def test_the_same_cartridge_fuller_for_three_readings_was_refilled():
    readings = (read(0.1, 0, "A"), read(0.8, 5, "A"), read(0.8, 6, "A"), read(0.79, 7, "A"))

    assert folded(*readings)[1] == ["refilled"]


@pytest.mark.parametrize(("level", "wrong"), [(0.8, 0.0), (0.8, 0.2), (0.3, 0.0), (0.3, 1.0)])
def test_a_single_bad_reading_leaves_no_trace(level, wrong):
    clean, _ = folded(read(level, 0), read(level - 0.02, 48))
    faulty, events = folded(read(level, 0), read(wrong, 24), read(level - 0.02, 48))

    assert faulty.learned == clean.learned
    assert faulty.level_packs == clean.level_packs
    assert set(events) <= {"shaken"}


@pytest.mark.parametrize("serials", [(None, None), ("A", "B")])
def test_a_sudden_end_that_a_new_pack_follows_was_true(serials):
    old, new = serials
    readings = (read(0.5, 0, old), read(0.3, 24, old), read(0.0, 48, old), read(1.0, 60, new), read(1.0, 61, new))

    state, events = folded(*readings)

    assert events == ["emptied", "replaced"]
    assert state.use_per_day == pytest.approx(0.25, abs=0.01)
    assert state.cycle.started_at == START + timedelta(hours=60)


def test_a_steep_fall_counts_once_a_second_reading_agrees():
    once, _ = folded(read(0.9, 0), read(0.3, 24))
    twice, _ = folded(read(0.29, 48), state=once)

    assert once.level_packs == 0.9
    assert twice.level_packs == 0.29
    assert twice.learned.days == pytest.approx(2.0)
    assert twice.use_per_day == pytest.approx(0.61 / 2, rel=0.05)


def test_what_is_not_known_never_becomes_a_number():
    state, _ = folded(read(0.5, 0))

    assert folded(read(None, 5), state=state) == (state, [])
    assert folded(read(float("nan"), 5), state=state) == (state, [])
    assert folded(read(-0.1, 5), state=state) == (state, [])
    assert folded(read(None, 5))[0] == SlotState()


def test_a_reading_that_comes_again_or_late_changes_nothing():
    state, _ = folded(read(0.5, 10), read(0.45, 40), read(0.9, 41))

    assert folded(read(0.5, 10), read(0.45, 40), read(0.9, 41), read(0.2, 41), state=state) == (state, [])


def test_a_pack_is_empty_once():
    state, events = folded(*[read(p, 24 * d) for d, p in enumerate((0.2, 0.1, 0.02, 0.01, 0.02, 0.0))])

    assert events == ["emptied"]
    assert state.cycle.emptied_at == START + timedelta(hours=48)


def test_an_empty_pack_is_no_sign_of_a_small_need():
    used_up, _ = folded(*[read(1.0 - 0.1 * d, 24 * d) for d in range(11)])
    waited, _ = folded(*[read(0.0, 24 * d) for d in range(11, 30)], state=used_up)

    assert waited.learned == used_up.learned


@pytest.mark.parametrize(
    "readings",
    [
        (),
        (read(0.7, 0),),
        (read(1 / 3, 0, "A"), read(0.1 + 0.2, 31, "A"), read(0.9, 60, "A"), read(0.9, 61, "A")),
        (read(0.1, 0), read(1.0, 9), read(0.99, 10), read(0.3, 70)),
        (read(0.3, 0), read(0.01, 30), read(0.01, 31)),
        (read(0.3, 0), read(0.01, 30), read(1.0, 31)),
    ],
)
def test_a_state_survives_json_bit_for_bit(readings):
    state, _ = folded(*readings)

    assert SlotState.from_json(json.loads(json.dumps(state.to_json()))) == state


@pytest.mark.parametrize("quality", ["some", "unknown", "stale", "implausible"])
def test_a_number_that_its_sensor_does_not_stand_for_is_none(quality):
    state, _ = folded(read(0.5, 0))
    doubted = Observation(START + timedelta(hours=5), 0.1, 0.01, quality)

    assert folded(doubted, state=state) == (state, [])


def test_a_fall_is_confirmed_by_any_reading_that_is_no_higher():
    state, events = folded(*[read(p, 24 * d) for d, p in enumerate((1.0, 0.7, 0.4, 0.1))])

    assert events == []
    assert state.level_packs == 0.1
    assert state.use_per_day == pytest.approx(0.3)


def test_a_sensor_that_has_been_saying_the_same_for_too_long_is_called_frozen_once():
    used, _ = folded(*[read(round(1.0 - 0.03 * d, 4), 24 * d) for d in range(21)])
    stuck, events = folded(*[read(0.4, 24 * d) for d in range(21, 40)], state=used)
    moved, _ = folded(read(0.37, 40 * 24), state=stuck)

    assert events == ["frozen"]
    assert stuck.still.is_frozen
    assert not moved.still.is_frozen


def test_a_sensor_is_not_called_frozen_while_nobody_is_home_or_where_use_is_rare():
    rare = [0.9] * 9 + [0.8] * 9 + [0.7] * 9 + [0.6] * 9
    used, _ = folded(*[read(round(1.0 - 0.03 * d, 4), 24 * d) for d in range(21)])

    _, away = folded(*[read(0.4, 24 * d) for d in range(21, 40)], state=used, exposure=lambda _start, _end: 0.0)
    _, seldom = folded(*[read(p, 24 * d) for d, p in enumerate(rare)])

    assert away == []
    assert seldom == []


def test_a_state_from_before_corrections_could_be_undone_is_still_read():
    state, _ = folded(read(1.0, 0), read(0.9, 24))
    older = {key: value for key, value in state.to_json().items() if key not in {"before_told", "still"}}

    assert SlotState.from_json(older) == state
