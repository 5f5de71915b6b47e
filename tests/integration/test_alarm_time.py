"""Clocks that change, step or stop, processes that die, links that flap: the alarm goes on."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from cloud import db
from cloud.emergencies.rules import AlarmState
from cloud.emergencies.tables import Wearer
from cloud.outbox.tables import OutboxRow
from tests.alarms_world import HOUR, MINUTE, SECOND, Night

STEP = timedelta(seconds=180)


def test_the_night_when_the_clocks_change_is_a_night_like_any_other(empty):
    empty.clock.jump(datetime(2026, 3, 29, 0, 58, tzinfo=UTC))  # 01:58 in Berlin; two minutes later it is 03:00
    empty.move_in("Bert", "Cara")
    empty.falls()
    empty.passes(2 * STEP)

    assert empty.sending.called == ["bert", "cara", "bert"]


def test_the_hour_that_comes_twice_calls_nobody_twice_and_ends_no_lease_early(empty):
    empty.clock.jump(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 02:30 in Berlin; at 03:00 it is 02:00 again
    empty.move_in("Bert", "Cara")
    empty.falls()
    empty.passes(STEP)
    empty.takes(empty.contact("Cara"))
    until = empty.alarm().acknowledged_until

    empty.passes(until - empty.now - SECOND)
    assert until > datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert (empty.alarm().state, empty.sending.calls) == (AlarmState.ACKNOWLEDGED, ["bert", "cara"])

    empty.passes(2 * SECOND)
    assert (empty.alarm().state, empty.sending.calls[2:]) == (AlarmState.RAISED, ["bert"])


def test_a_link_that_flaps_while_people_are_called_calls_nobody_again_and_nobody_less(night):
    night.falls()
    for _ in range(6):
        night.suspected()
        night.confirmed()
        night.passes(STEP / 6)

    assert night.sending.called == ["bert", "cara"]
    assert len(night.alarms()) == 1


def test_a_clock_that_steps_back_delays_nobody(night):
    night.falls()
    night.passes(10 * SECOND)
    night.clock.jump(night.now - 5 * HOUR)
    night.passes(STEP)

    assert night.sending.called[:2] == ["bert", "cara"]


def test_clocks_of_two_machines_that_differ_a_little_call_nobody_early(night):
    night.falls()
    night.clock.jump(night.now - 30 * SECOND)
    night.passes(STEP)

    assert night.sending.called == ["bert"]


def test_a_clock_that_steps_ahead_calls_early_and_loses_nobody(night):
    night.falls()
    night.clock.jump(night.now + 5 * HOUR)
    night.passes(2 * SECOND)

    assert night.sending.called == ["bert", "cara"]


def test_a_suspicion_is_raised_also_when_the_clock_steps_back(night):
    night.suspected()
    night.clock.jump(night.now - 5 * HOUR)
    night.passes(SECOND)

    assert night.alarm().state == AlarmState.RAISED


def test_a_cloud_that_was_away_for_an_hour_goes_on_where_it_was(night):
    night.suspected()
    night.clock.advance(HOUR)
    night.restart()
    night.passes(SECOND)

    assert night.sending.called == ["bert"]


def test_a_sender_that_was_killed_is_repeated_with_the_same_number(night):
    night.confirmed()
    with db.transaction(night.engine) as session:
        row = session.exec(select(OutboxRow).where(OutboxRow.topic == "alarm.notify")).one()
        row.attempts, row.lease_until = 1, night.now + timedelta(seconds=20)  # claimed, and nothing more was heard
        session.add(row)
    night.passes(19 * SECOND)
    assert night.sending.called == []

    night.passes(2 * SECOND)

    assert night.sending.to("bert") == [f"alarm_call {night.alarm().number}"]


def test_two_loops_side_by_side_call_nobody_twice(night):
    first = night.loop
    night.restart()
    night.suspected()
    for _ in range(40):
        night.clock.advance(SECOND)
        first.step(night.now)
        night.loop.step(night.now)

    assert night.sending.called == ["bert"]


def test_a_flapping_link_repeats_itself_and_calls_nobody_twice(night):
    for _ in range(5):
        night.report(reachable=False)
        night.suspected()
        night.report(reachable=True)
        night.confirmed()
        night.passes(SECOND)

    assert len(night.alarms()) == 1
    assert night.sending.called == ["bert"]


def test_two_people_fall_at_once_and_each_has_help(night):
    other = Night(night.engine, new_id=night.new_id, agent="pi-2")
    other.share_clock(night)
    other.move_in("Emil", staff=False)
    night.suspected()
    other.suspected("e1")
    night.passes(30 * SECOND)
    night.confirmed()
    night.loop.step(night.now)
    other.confirmed("e1")
    other.loop.step(night.now)

    with Session(night.engine) as session:
        assert len(session.exec(select(Wearer)).all()) == 2
    assert night.sending.called == ["bert"]
    assert other.sending.called == ["emil"]


def test_a_call_written_by_a_clock_that_is_ahead_leaves_at_once(night):
    night.confirmed()
    night.clock.jump(night.now - 50 * SECOND)
    night.loop.step(night.now)

    assert night.sending.called == ["bert"]


def test_a_call_written_before_the_clock_stepped_back_leaves_at_once(night):
    night.confirmed()
    night.clock.jump(night.now - 5 * HOUR)
    night.loop.step(night.now)

    assert sorted(night.sending.called) == ["bert", "cara"]  # the next one, too: early is safe


def test_a_lease_given_before_the_clock_stepped_back_holds_up_nobody(night):
    night.confirmed()
    with db.transaction(night.engine) as session:
        row = session.exec(select(OutboxRow).where(OutboxRow.topic == "alarm.notify")).one()
        row.attempts, row.lease_until = 1, night.now + timedelta(seconds=20)
        session.add(row)
    night.clock.jump(night.now - 5 * HOUR)
    night.loop.step(night.now)

    assert "bert" in night.sending.called


def test_a_loop_that_cannot_write_is_not_healthy(sqlite_url, tmp_path):
    db.upgrade(sqlite_url)
    engine = db.engine(sqlite_url)
    night = Night(engine)
    night.move_in("Bert")
    night.suspected()
    night.clock.advance(MINUTE)
    sa.event.listen(engine, "before_cursor_execute", _refuse_to_write)

    with pytest.raises(sa.exc.OperationalError):
        night.loop.run_timers(night.now)

    sa.event.remove(engine, "before_cursor_execute", _refuse_to_write)
    night.loop.step(night.now)
    assert night.sending.called == ["bert"]
    engine.dispose()


def _refuse_to_write(_connection, _cursor, statement, *_more) -> None:
    if statement.startswith(("INSERT", "UPDATE")):
        raise sa.exc.OperationalError(statement, {}, Exception("disk full"))
