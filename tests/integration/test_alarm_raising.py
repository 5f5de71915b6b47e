"""What the wristband says, in any order and at any time, and what becomes of it."""

import json

import pytest
from sqlmodel import Session, select

from cloud.devices.inbox_tables import SetAside
from cloud.emergencies.rules import AlarmState, Disposition
from cloud.emergencies.tables import AlarmMovement, Wearer
from contract import topics
from contract.fields import Refusal
from contract.topics import Up
from kit.bus import Delivery
from tests.alarms_world import HOUR, MINUTE, SAM, SECOND, STREAM, anchor


def test_a_suspicion_wakes_nobody_before_its_time(night):
    night.suspected()
    night.passes(30 * SECOND)

    assert night.alarm().state == AlarmState.SUSPECTED
    assert night.sending.called == []


def test_a_confirmed_fall_calls_the_first_contact_at_once(night):
    night.falls()

    assert night.alarm().state == AlarmState.RAISED
    assert night.sending.called == ["bert"]


def test_silence_after_a_suspicion_raises_it(night):
    night.suspected()
    night.passes(36 * SECOND)

    assert night.alarm().raised_by == "silence"
    assert night.sending.called == ["bert"]


def test_a_confirmation_after_silence_changes_nothing(night):
    night.suspected()
    night.passes(40 * SECOND)
    night.confirmed()
    night.passes(10 * SECOND)

    assert night.sending.called == ["bert"]
    assert night.log().count("raised") == 1


def test_a_cancelled_suspicion_is_kept_and_wakes_nobody(night):
    night.suspected()
    night.passes(12 * SECOND)
    night.cancelled()
    night.passes(HOUR)

    assert night.alarm().state == AlarmState.CANCELLED
    assert night.sending.called == []
    assert night.log() == ["suspected", "cancelled"]


def test_a_cancellation_that_overtakes_its_suspicion_counts(night):
    night.cancelled()
    night.suspected()
    night.passes(HOUR)

    assert night.alarm().state == AlarmState.CANCELLED
    assert night.sending.called == []


def test_a_confirmation_that_overtakes_its_suspicion_is_raised_once(night):
    night.confirmed()
    night.suspected()
    night.passes(MINUTE)

    assert night.log().count("raised") == 1
    assert night.sending.called == ["bert"]


def test_a_cancellation_that_comes_after_people_were_called_ends_nothing(night):
    night.falls()
    night.cancelled()
    night.passes(4 * MINUTE)

    assert night.alarm().state == AlarmState.RAISED
    assert "cancel_came_late" in night.log()
    assert night.sending.called == ["bert", "cara"]


def test_an_sos_calls_at_once(night):
    night.sos()
    night.loop.step(night.now)

    assert night.alarm().raised_by == "wearer"
    assert night.sending.called == ["bert"]


def test_a_second_fall_joins_the_alarm_that_is_open(night):
    night.falls("f1")
    night.suspected("f2")
    night.passes(30 * SECOND)
    night.confirmed("f2")

    assert len(night.alarms()) == 1
    assert night.log().count("repeated") == 2


def test_one_of_two_suspicions_cancelled_leaves_the_other(night):
    night.suspected("f1")
    night.passes(5 * SECOND)
    night.suspected("f2")
    night.cancelled("f1")
    night.passes(MINUTE)

    assert night.alarm().state == AlarmState.RAISED


def test_a_fall_and_an_sos_are_two_alarms(night):
    night.falls()
    night.sos()
    night.loop.step(night.now)

    assert [a.kind for a in night.alarms()] == ["fall", "sos"]
    assert night.sending.called == ["bert", "bert"]


def test_a_fall_after_one_was_closed_is_a_new_alarm(night):
    night.falls("f1")
    night.closes(SAM, Disposition.FALSE_ALARM)
    night.falls("f2")

    first, second = night.alarms()
    assert second.number == first.number + 1
    assert second.state == AlarmState.RAISED


def test_a_repeat_of_a_message_after_the_alarm_was_closed_does_not_open_it_again(night):
    night.falls()
    night.closes(SAM, Disposition.FALSE_ALARM)
    night.confirmed()
    night.suspected()
    night.passes(MINUTE)

    assert night.alarm().state == AlarmState.CLOSED


def test_a_confirmation_after_the_wearers_cancellation_is_raised_all_the_same(night):
    night.suspected()
    night.cancelled()
    night.confirmed()
    night.loop.step(night.now)

    assert night.alarm().state == AlarmState.RAISED
    assert night.sending.called == ["bert"]


def test_an_alarm_from_hours_ago_is_raised_and_flagged(night):
    night.suspected(ago=3 * HOUR)
    night.confirmed(ago=3 * HOUR - 30 * SECOND)
    night.loop.step(night.now)

    assert night.alarm().is_late
    assert night.sending.to("bert") == [f"alarm_call {night.alarm().number} late"]


def test_a_late_suspicion_waits_for_the_word_that_came_with_it(night):
    night.suspected(ago=3 * HOUR)
    night.passes(2 * SECOND)
    night.cancelled(ago=3 * HOUR - 10 * SECOND)
    night.passes(MINUTE)

    assert night.alarm().state == AlarmState.CANCELLED
    assert night.sending.called == []


def test_an_alarm_before_the_device_knew_the_time_is_dated_by_what_it_says_later(night):
    night.suspected(at_ms=None, anchor=anchor(night.now + MINUTE, 60_000 + night.seq + 1))

    assert night.alarm().happened_at == night.now.replace(microsecond=0)


def test_an_alarm_that_nobody_can_date_is_an_alarm_of_now(night):
    night.sos(at_ms=None)

    assert night.alarm().happened_at is None
    assert not night.alarm().is_late
    assert night.alarm().state == AlarmState.RAISED


def test_a_device_whose_clock_runs_ahead_delays_nothing(night):
    night.suspected(ago=-5 * HOUR)
    night.passes(40 * SECOND)

    assert night.alarm().state == AlarmState.RAISED


def test_the_movement_is_kept_with_its_alarm(night):
    night.falls()
    night.evidence()
    night.evidence()

    with Session(night.engine) as session:
        (kept,) = session.exec(select(AlarmMovement)).all()
    assert (kept.alarm_id, kept.impact) == (night.alarm().id, 1)


@pytest.mark.parametrize("newer", [{"kind": "seizure"}, {"event": "forecast"}, {"by": "neighbour"}])
def test_a_word_that_only_a_newer_wristband_knows_is_set_aside_with_its_reason_and_stops_no_alarm(night, newer):
    night.suspected()
    said = {
        "v": 1, "stream": STREAM, "lane": "alarms", "seq": 900, "boot": 1, "consent": 1, "alarm_id": "f1" * 16,
        "kind": "fall", "event": "confirmed", "device": "band", "up_ms": 9, "by": "detector",
    }  # fmt: skip

    answer = night.deliver(Delivery(topics.up(night.agent, Up.ALARMS), json.dumps(said | newer).encode()))

    assert [(refused.seq, refused.reason) for refused in answer.refused] == [(900, Refusal.MALFORMED)]
    with Session(night.engine) as session:
        (aside,) = session.exec(select(SetAside)).all()
    assert next(iter(newer.values())) in aside.detail
    night.passes(40 * SECOND)
    assert night.alarm().state == AlarmState.RAISED


def test_movement_without_consent_is_refused_and_the_alarm_stands(night):
    night.allow("movement", given=False)
    night.falls()
    night.evidence()

    with Session(night.engine) as session:
        assert session.exec(select(AlarmMovement)).all() == []
    assert night.alarm().state == AlarmState.RAISED


def test_without_the_consent_to_it_no_alarm_is_kept(night):
    night.allow("safety", given=False)
    answer = night.deliver_fall()

    assert [r.reason for r in answer.refused] == [Refusal.NO_CONSENT]
    assert night.alarms() == []


def test_withdrawing_everything_else_stops_no_alarm(night):
    for purpose in ("supply", "order", "learn", "circle"):
        night.allow(purpose)
        night.allow(purpose, given=False)
    night.falls()

    assert night.sending.called == ["bert"]


def test_withdrawing_safety_while_an_alarm_is_open_leaves_it_open(night):
    night.falls()
    night.allow("safety", given=False)
    night.passes(4 * MINUTE)

    assert night.alarm().state == AlarmState.RAISED
    assert night.sending.called == ["bert", "cara"]


def test_an_alarm_of_a_band_that_nobody_was_named_for_goes_to_staff(night):
    with Session(night.engine) as session:
        wearer = session.exec(select(Wearer)).one()
        wearer.person_id = None
        session.add(wearer)
        session.commit()
    night.remove_contact("Bert")
    night.remove_contact("Cara")
    night.falls()

    assert night.sending.called == ["sam"]


def test_an_alarm_message_that_comes_again_changes_nothing(night):
    night.falls()
    before = night.log()
    night.seq -= 1
    night.confirmed()

    assert night.log() == before


def test_what_is_confirmed_after_all_joins_a_suspicion_and_is_raised(night):
    night.suspected("f1")
    night.cancelled("f1")
    night.suspected("f2")
    night.confirmed("f1")
    night.cancelled("f2")
    night.loop.step(night.now)

    assert night.sending.called == ["bert"]
