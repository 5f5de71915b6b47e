"""What comes late is taken in at its place in time, within 60 days, and nothing is told or scored twice."""

from datetime import timedelta

import pytest
import structlog
from sqlalchemy.engine import Engine
from sqlmodel import select

from cloud import db
from cloud.consumption import service as consumption
from cloud.consumption.tables import SlotCheckpoint, SlotCorrection, SlotEvent, SlotStateRow
from cloud.consumption.values import SlotState
from cloud.devices.tables import Slot
from tests.support.arrivals import DAY, START, Arrivals, add_slot, daily, read
from tests.support.statements import asked_of


@pytest.fixture
def session(engine: Engine):
    with db.transaction(engine) as opened:
        add_slot(opened, Arrivals.slot_id)
        yield opened


@pytest.fixture
def slot(session):
    return Arrivals(session)


def kinds(events):
    return [event.kind for event in events]


def checkpoints(session):
    return session.exec(select(SlotCheckpoint).order_by(SlotCheckpoint.since)).all()


def too_late(session):
    return session.get_one(SlotStateRow, Arrivals.slot_id, populate_existing=True).late_rows


def test_a_late_reading_that_shows_a_change_of_packs_tells_of_it_once(slot):
    slot.come(read(0.5, 1), read(0.4, 3), read(0.39, 3.5))
    late = read(1.0, 2, "B"), read(0.45, 2.2)

    events = slot.come(*late, now=START + 4 * DAY)

    assert kinds(events) == ["swapped_early", "swapped_early"]  # B goes in, and A again
    assert slot.come(*late, now=START + 5 * DAY) == ()


def test_a_change_that_was_told_is_not_told_again_when_something_older_comes(slot):
    told = slot.come(*daily(0.1, 6), read(1.0, 6.5, "B"), read(0.95, 7.5, "B"))

    again = slot.come(read(0.42, 5.8), now=START + 8 * DAY)

    assert kinds(told) == ["swapped_early"]
    assert again == ()
    assert slot.read_again == [5]  # of that day, and since


def test_days_that_come_late_move_a_change_that_was_told_and_do_not_repeat_it(slot):
    """The printer was not heard from for a week: the first reading of the new pack came at its end."""
    told = slot.come(read(0.3, 0), read(0.25, 1), read(0.8, 8, "B"))
    week = [read(0.2, 2), read(0.1, 3), *[read(round(1.0 - 0.05 * n, 2), 4 + n, "B") for n in range(4)]]

    again = slot.come(*week, now=START + 9 * DAY)

    assert (kinds(told), again) == (["swapped_early"], ())
    [row] = slot.session.exec(select(SlotEvent)).all()
    assert (row.kind, row.at) == ("replaced", START + 4 * DAY)


def test_a_change_that_was_confirmed_on_the_next_day_is_not_told_again_when_something_of_that_day_comes(slot):
    slot.come(read(0.2, 1, None), read(0.1, 3, None), read(1.0, 3.9, None))
    told = slot.come(read(0.97, 4.1, None))

    again = slot.come(read(0.98, 4.05, None), now=START + 4.1 * DAY)

    assert [(event.kind, event.at) for event in told] == [("replaced", START + 3.9 * DAY)]
    assert again == ()
    assert slot.read_again == [2]


def test_of_two_changes_in_the_days_that_came_late_the_one_that_nobody_had_seen_is_told(slot):
    slot.come(read(0.3, 0), read(0.25, 1), read(0.8, 8, "C"))

    again = slot.come(read(0.9, 3, "B"), read(0.1, 5, "B"), read(1.0, 6, "C"), now=START + 9 * DAY)

    assert len(again) == 1
    assert slot.come(read(0.5, 4, "B"), now=START + 10 * DAY) == ()


def test_a_pack_that_was_scored_is_scored_by_what_is_known_now_and_once(slot):
    slot.come(*daily(0.1, 8), read(1.0, 11, "B"), read(0.9, 12, "B"))
    assert [ended for ended, *_ in slot.outcomes] == []  # it was changed with 0.2 left

    slot.come(read(0.1, 9), read(0.0, 9.5), read(0.0, 9.8), now=START + 13 * DAY)
    slot.come(read(0.05, 9.2), now=START + 14 * DAY)

    assert [ended for ended, *_ in slot.outcomes] == [START + 9.5 * DAY]


def test_evidence_that_a_household_brought_along_stays(slot):
    brought = consumption.Outcome(START + DAY, None, None, None, START + DAY)
    slot.come(read(0.9, 0), read(0.8, 2))
    consumption.seed_outcomes(slot.session, slot.new_id, slot.slot_id, [brought], START + 2 * DAY)

    slot.come(read(0.85, 1), now=START + 2 * DAY)

    assert [ended for ended, *_ in slot.outcomes] == [START + DAY]


def test_what_a_person_said_in_between_keeps_its_place(slot):
    slot.come(read(0.8, 1))
    slot.told(0.5, START + 2 * DAY)

    slot.come(read(0.7, 1.5), now=START + 2.1 * DAY)

    assert slot.state.by_hand
    assert slot.state.level_packs == pytest.approx(0.3 * 0.7 + 0.7 * 0.5)
    assert slot.undo(START + 2.2 * DAY)
    assert slot.state.level_packs == 0.7
    [word] = slot.session.exec(select(SlotCorrection)).all()
    assert (word.packs, word.told_at, word.undone_at) == (0.5, START + 2 * DAY, START + 2.2 * DAY)


def test_one_batch_of_many_late_readings_is_folded_once(slot):
    slot.come(*daily(0.02, 10))

    slot.come(*[read(0.95 - 0.02 * day, day + 0.5) for day in range(3, 9)], now=START + 11 * DAY)

    assert slot.read_again == [8 + 6]  # from the day of the first one on


def test_what_is_older_than_the_checkpoints_is_counted_and_changes_nothing(slot):
    slot.come(*daily(0.01, 70))
    before = slot.state

    with structlog.testing.capture_logs() as logs:
        slot.come(read(0.95, 2.5), read(0.94, 3.5), now=START + 70 * DAY)

    assert (slot.state, slot.read_again, too_late(slot.session)) == (before, [], 2)
    assert [(each["event"], each["count"]) for each in logs] == [("readings_too_late", 2)]


def test_of_a_batch_that_is_late_only_what_is_too_old_stays_away(slot):
    slot.come(*daily(0.01, 70))
    before = slot.state

    slot.come(read(0.95, 2.5), read(0.305, 69.5), now=START + 70 * DAY)

    assert (too_late(slot.session), slot.read_again) == (1, [3])
    assert slot.state != before


def test_the_checkpoints_of_sixty_days_are_kept_one_a_day(slot):
    for day in range(100):
        slot.come(read(1.0 - day / 200, day), read(1.0 - day / 200, day + 0.4))

    kept = [row.since for row in checkpoints(slot.session)]
    assert kept == [START + day * DAY for day in range(39, 100)]


def test_a_backlog_of_a_year_leaves_the_checkpoints_of_sixty_days(slot):
    slot.come(*[read(1.0 - day / 400, day) for day in range(365)])

    assert len(checkpoints(slot.session)) == 61


def test_no_fold_reads_more_than_sixty_days(slot):
    for day in range(120):
        slot.come(*[read(1.0 - day / 200, day + hour / 24) for hour in range(0, 24, 6)])

    slot.come(read(0.7, 119.75 - 60 + 0.3), now=START + 119.75 * DAY)
    slot.come(read(0.9, 10.1), now=START + 119.75 * DAY)

    assert slot.read_again == [60 * 4 + 1]


@pytest.mark.parametrize("days", [200])
def test_every_day_costs_as_many_statements_as_the_first(slot, engine, days):
    counts = []
    for day in range(days):
        with asked_of(engine) as asked:
            slot.come(read(1.0 - day / 400, day), read(1.0 - day / 400, day + 0.4))
            slot.session.flush()
            slot.session.expunge_all()
        counts.append(len(asked))

    assert set(counts) == {counts[0]}


def test_another_measure_begins_again_and_nothing_goes_back_behind_it(slot):
    slot.come(*daily(0.1, 4))
    slot.told(0.5, START + 4.5 * DAY)

    consumption.begin_again(slot.session, slot.slot_id, START + 5 * DAY)
    assert slot.state == SlotState.from_json(slot.session.get_one(SlotStateRow, slot.slot_id).json_) == SlotState()
    slot.come(read(0.3, 4.4), now=START + 5 * DAY)
    slot.come(read(0.25, 5.5))
    slot.come(read(0.9, 3.5), now=START + 6 * DAY)

    assert too_late(slot.session) == 1
    slot.come(read(0.28, 5.0), now=START + 6 * DAY)
    assert (slot.state.level_packs, slot.state.cycle.started_packs) == (0.25, 0.3)
    assert slot.state.cycle.started_at == START + 4.4 * DAY
    assert [row.undone_at for row in slot.session.exec(select(SlotCorrection))] == [START + 5 * DAY]


def test_a_state_that_these_rules_cannot_read_is_not_gone_back_behind_either(slot):
    slot.come(*daily(0.1, 4))
    for row in (*checkpoints(slot.session), slot.session.get_one(SlotStateRow, slot.slot_id)):
        row.rules_version = 99
    slot.session.flush()

    slot.come(read(0.5, 5), read(0.4, 6))
    slot.come(read(0.9, 3.5), now=START + 6 * DAY)

    assert too_late(slot.session) == 1
    assert slot.state.cycle.started_at == START + 5 * DAY


def test_a_state_from_before_there_were_checkpoints_has_them_from_the_next_day_on(slot):
    slot.come(*daily(0.1, 4))
    for row in checkpoints(slot.session):
        slot.session.delete(row)
    slot.session.flush()

    slot.come(read(0.65, 3.5), now=START + 4 * DAY)
    slot.come(read(0.5, 5), read(0.4, 6))
    slot.come(read(0.45, 5.5), now=START + 6 * DAY)

    assert (too_late(slot.session), slot.read_again) == (1, [3])


def test_a_person_who_spoke_before_anything_was_read_is_no_end_of_what_can_come(slot):
    slot.told(0.5, START + 3 * DAY)

    slot.come(read(0.9, 2), now=START + 3.5 * DAY)

    assert slot.state.level_packs == pytest.approx(0.3 * 0.9 + 0.7 * 0.5)
    assert slot.session.get_one(Slot, slot.slot_id).folded_to == 1


def test_what_is_told_is_forgotten_after_sixty_days(slot):
    slot.come(read(0.5, 0), read(1.0, 1, "B"))
    assert len(slot.session.exec(select(SlotEvent)).all()) == 1

    slot.come(read(0.9, 62, "B"))

    assert slot.session.exec(select(SlotEvent)).all() == []
    assert slot.session.get_one(SlotStateRow, slot.slot_id).updated_at == START + timedelta(days=62)


def test_a_person_who_spoke_in_the_moment_of_a_reading_had_seen_it(slot):
    slot.come(read(0.8, 1))
    slot.told(0.5, START + 2 * DAY)

    slot.come(read(0.7, 2), now=START + 2.1 * DAY)

    assert slot.state.level_packs == pytest.approx(0.3 * 0.7 + 0.7 * 0.5)
