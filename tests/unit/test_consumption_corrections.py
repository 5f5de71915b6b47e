from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloud.consumption.rules import Observation, ProductUse, SlotState, correct, fold, uncorrect

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


def test_what_a_person_says_is_weighed_bounded_and_teaches_nothing():
    state, _ = folded(read(0.8, 0), read(0.75, 24))
    told: Any = correct(state, 0.5, START + timedelta(hours=30))
    after, events = folded(read(0.72, 48), read(0.70, 72), state=told)

    assert 0.5 < told.level_packs < 0.75
    assert told.learned == state.learned
    assert events == []
    assert after.use_per_day == pytest.approx(0.035, abs=0.016)
    assert correct(SlotState(), 9.0, START).level_packs == 1.0
    assert correct(SlotState(), 0.5, START).level_packs == 0.5
    assert correct(state, 0.1, START) == state


def test_a_pack_changed_after_a_person_spoke_begins_a_new_cycle():
    told = correct(folded(read(0.3, 0), read(0.2, 24))[0], 0.2, START + timedelta(hours=30))

    after, events = folded(read(1.0, 48), state=told)

    assert events == []
    assert after.cycle.started_at == START + timedelta(hours=48)


def test_a_person_can_take_their_word_back():
    state, _ = folded(read(0.8, 0), read(0.75, 24), read(0.3, 30))

    told = correct(state, 0.5, START + timedelta(hours=31))
    read_since, _ = folded(read(0.72, 48), state=told)

    assert told != state
    assert uncorrect(told) == state
    assert uncorrect(uncorrect(told)) == state
    assert uncorrect(read_since) == read_since


def test_who_says_that_there_are_two_is_believed_where_two_fit():
    bottles, _ = folded(read(3.0, 0), read(2.9, 24))

    assert correct(bottles, 2.0, START + timedelta(hours=25)).level_packs == pytest.approx(2.27)
    assert correct(bottles, 50.0, START + timedelta(hours=25)).level_packs <= 3.0
