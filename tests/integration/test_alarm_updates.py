"""After the impact: what the wristband says of somebody who fell, and an alarm for want of movement."""

import pytest

from cloud.emergencies.rules import AlarmState, Disposition
from contract.alarms import AlarmEvent, AlarmKind, AlarmUpdate
from tests.alarms_world import MINUTE, SAM, SECOND
from tests.support.desk import Desk

GOT_UP, LONG_LIE = AlarmUpdate


def test_who_got_up_after_the_confirmation_is_still_looked_after(night):
    night.falls()
    night.updated(GOT_UP, 45)
    night.passes(4 * MINUTE)

    assert night.alarm().state == AlarmState.RAISED
    assert night.sending.calls == ["bert", "cara"]
    assert "got_up" in night.log()


def test_a_long_lie_is_told_to_whoever_has_it_and_to_nobody_twice(night):
    night.falls()
    night.takes(night.contact("Bert"))
    night.passes(SECOND)
    before = night.sending.to("bert")
    night.updated(LONG_LIE, 640)
    night.passes(MINUTE)

    assert [subject.split()[0] for subject in night.sending.to("bert")[len(before) :]] == ["alarm_long_lie"]
    assert night.alarm().state == AlarmState.ACKNOWLEDGED


def test_a_long_lie_that_nobody_has_taken_changes_nothing_of_the_calling(night):
    night.falls()
    night.updated(LONG_LIE, 640)
    night.passes(4 * MINUTE)

    assert night.sending.calls == ["bert", "cara"]
    assert not [subject for _, _, subject in night.sending.sent if "long_lie" in subject]


def test_an_update_of_an_alarm_that_is_over_is_kept_and_opens_nothing(night):
    night.falls()
    night.closes(SAM, Disposition.HELPED)
    night.updated(LONG_LIE, 640)
    night.passes(MINUTE)

    assert night.alarm().state == AlarmState.CLOSED
    assert "long_lie" in night.log()


def test_an_update_that_overtakes_its_alarm_raises_it(night):
    night.updated(LONG_LIE, 640)
    night.passes(10 * SECOND)
    night.confirmed()

    assert night.alarm().state == AlarmState.RAISED
    assert night.sending.calls == ["bert"]


def test_want_of_movement_is_called_for_like_a_fall(night):
    night.say(AlarmEvent.SUSPECTED, "ac", AlarmKind.INACTIVITY, confirm_in_ms=120_000)
    night.passes(100 * SECOND)
    assert night.alarm().state == AlarmState.SUSPECTED
    night.passes(5 * MINUTE)

    assert (night.alarm().state, night.alarm().raised_by) == (AlarmState.RAISED, "silence")
    assert night.sending.calls == ["bert", "cara"]


def test_a_fall_and_want_of_movement_are_two_alarms(night):
    night.falls()
    night.say(AlarmEvent.CONFIRMED, "ac", AlarmKind.INACTIVITY, by="detector")

    assert sorted(alarm.kind for alarm in night.alarms()) == ["fall", "inactivity"]


@pytest.mark.parametrize(
    ("update", "after_s", "words"),
    [(GOT_UP, 45, "Got up 45 seconds after the impact"), (LONG_LIE, 640, "Still on the floor 10 minutes after")],
)
def test_staff_read_it_in_the_alarm_s_own_log(night, update, after_s, words):
    night.falls()
    night.updated(update, after_s)

    assert words in Desk(night).page(night.alarm().id)


def test_wearer_and_home_read_it_on_their_page(night):
    night.falls()
    night.updated(LONG_LIE, 640)
    desk = Desk(night)

    assert "Ada is still on the floor, as far as the band can tell." in desk.ada.get("/safety").text
    night.updated(GOT_UP, 900)
    assert "The band felt Ada get up. That ends nothing" in desk.ada.get("/safety").text


def test_who_is_called_reads_what_kind_of_alarm_it_is(night):
    night.say(AlarmEvent.CONFIRMED, "ac", AlarmKind.INACTIVITY, by="detector")
    desk = Desk(night)

    assert "no movement" in desk.page(night.alarm().id)
    assert "No movement" in desk.ada.get("/safety").text
