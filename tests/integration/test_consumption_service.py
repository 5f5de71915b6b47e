from datetime import UTC, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from cloud import db
from cloud.consumption import service as consumption
from cloud.consumption.rules import Forecast, NoForecast, Outcome, SlotState
from cloud.consumption.tables import SlotStateRow
from kit import ids
from tests.support.arrivals import DAY, START, USE, Arrivals, add_slot, daily, read

SLOT = Arrivals.slot_id


@pytest.fixture
def session(engine: Engine):
    with db.transaction(engine) as opened:
        add_slot(opened, SLOT)
        yield opened


@pytest.fixture
def slot(session):
    return Arrivals(session)


@pytest.fixture
def make_id():
    return ids.seeded(1)


def observe(slot, readings):
    events = slot.come(*readings)
    return slot.state, events


def test_an_unseen_slot_has_a_fresh_state(session):
    assert consumption.state(session, SLOT) == SlotState()


def test_what_was_folded_is_there_again(session, slot):
    folded, _ = observe(slot, daily(0.1, 4))
    session.expire_all()

    assert consumption.state(session, SLOT) == folded


def test_one_batch_or_many_lead_to_the_same_state(session, slot):
    for reading in daily(0.1, 10):
        observe(slot, [reading])
    one_by_one = consumption.state(session, SLOT)
    session.delete(session.get_one(SlotStateRow, SLOT))
    session.flush()

    assert observe(slot, daily(0.1, 10))[0] == one_by_one


def test_a_repeated_batch_changes_nothing(session, slot):
    first = observe(slot, daily(0.1, 10))

    again = observe(slot, daily(0.1, 10))

    assert again == (first[0], ())
    assert len(consumption.outcomes(session, SLOT)) == 1


def test_a_pack_that_ran_empty_is_held_against_what_was_foretold_half_way(session, slot):
    _, events = observe(slot, daily(0.1, 10))

    outcome: Any
    [outcome] = consumption.outcomes(session, SLOT)
    assert [event.kind for event in events] == ["emptied"]
    assert outcome.actual_at == outcome.cycle_ended_at == START + 10 * DAY
    assert outcome.predicted_low < outcome.predicted_mid < outcome.predicted_high
    assert outcome.inside
    assert outcome.off_days == pytest.approx(0.0, abs=1.5)


def test_a_pack_changed_when_nearly_empty_counts_once(session, slot):
    observe(slot, [*daily(0.1, 9), read(1.0, 9.5, "B"), read(0.95, 10, "B")])

    [outcome] = consumption.outcomes(session, SLOT)
    assert outcome.actual_at == START + 9.5 * DAY


def test_a_pack_changed_early_says_nothing_of_its_forecast(session, slot):
    _, events = observe(slot, [*daily(0.1, 6), read(1.0, 6.5, "B")])

    assert [event.kind for event in events] == ["swapped_early"]
    assert consumption.outcomes(session, SLOT) == []


def test_the_newest_outcomes_come_first_and_only_so_many(session, slot):
    for n, serial in enumerate("ABC"):
        observe(slot, daily(0.1, 10, first_day=11 * n, serial=serial))

    newest = consumption.outcomes(session, SLOT, limit=2)

    assert [row.actual_at for row in newest] == [START + 32 * DAY, START + 21 * DAY]


def test_what_a_person_says_is_kept(session, slot):
    observe(slot, daily(0.1, 2))

    consumption.correct(session, SLOT, 0.5, START + 3 * DAY)

    assert consumption.state(session, SLOT).level_packs == pytest.approx(0.59)


def test_the_same_forecast_is_put_on_record_once_a_day(session, make_id, slot):
    known, _ = observe(slot, daily(0.1, 5))
    made = consumption.forecast(known, 0.5, USE)
    assert isinstance(made, Forecast)
    dates = consumption.to_dates(made, START, [1.0] * 90, UTC)
    later = [None if each is None else each + timedelta(days=2) for each in dates]

    first = consumption.record_forecast(session, make_id, SLOT, made, dates, START)
    same = consumption.record_forecast(session, make_id, SLOT, made, dates, START + timedelta(hours=5))
    moved = consumption.record_forecast(session, make_id, SLOT, made, later, START + timedelta(hours=6))
    next_day = consumption.record_forecast(session, make_id, SLOT, made, later, START + timedelta(hours=30))

    assert same.id == first.id
    assert len({first.id, moved.id, next_day.id}) == 3
    assert consumption.latest(session, SLOT) == next_day
    assert first.dates == [None if each is None else each.isoformat() for each in dates]


def test_a_missing_forecast_is_on_record_with_its_reason(session, make_id):
    consumption.record_forecast(session, make_id, SLOT, NoForecast("no_level"), (), START)

    row: Any = consumption.latest(session, SLOT)
    assert (row.reason, row.dates, row.stock_packs) == ("no_level", [], None)


def test_no_forecast_was_ever_made(session):
    assert consumption.latest(session, SLOT) is None


def test_evidence_brought_along_is_taken_once_and_only_from_the_past(session, make_id):
    brought = [
        Outcome(START + n * DAY, START + (n - 2) * DAY, START + n * DAY, START + (n + 2) * DAY, START + n * DAY)
        for n in (1, 2, 90)
    ]

    assert consumption.seed_outcomes(session, make_id, SLOT, brought, START + 30 * DAY) == 2
    assert consumption.seed_outcomes(session, make_id, SLOT, brought, START + 30 * DAY) == 0
    assert all(row.inside and row.off_days == 0.0 for row in consumption.outcomes(session, SLOT))


def test_what_a_person_said_is_taken_back_until_the_next_reading(session, slot):
    before, _ = observe(slot, daily(0.1, 2))

    consumption.correct(session, SLOT, 0.5, START + 3 * DAY)
    undone = consumption.undo_correction(session, SLOT, START + 3 * DAY)

    assert undone
    assert consumption.state(session, SLOT) == before
    assert not consumption.undo_correction(session, SLOT, START + 3 * DAY)
