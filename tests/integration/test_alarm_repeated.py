"""It happens once more, while somebody has the alarm or just as it is closed."""

from datetime import timedelta

from cloud.emergencies import answering
from cloud.emergencies.rules import AlarmState, Disposition
from tests.alarms_world import MINUTE, SAM, SECOND

LEASE = timedelta(minutes=30)


def test_a_second_fall_that_is_undecided_when_the_first_is_closed_calls_again(night):
    night.falls("f1")
    night.passes(SECOND)
    night.suspected("f2")
    night.closes(SAM, Disposition.FALSE_ALARM)
    night.passes(MINUTE)

    first, second = night.alarms()
    assert (first.state, second.state) == (AlarmState.CLOSED, AlarmState.RAISED)
    assert night.sending.calls == ["bert", "bert"]


def test_a_second_fall_confirmed_after_the_first_was_closed_calls_again(night):
    night.falls("f1")
    night.passes(SECOND)
    night.suspected("f2")
    night.closes(SAM, Disposition.FALSE_ALARM)
    night.confirmed("f2")
    night.loop.step(night.now)

    assert night.sending.calls == ["bert", "bert"]


def test_silence_after_a_second_suspicion_reaches_whoever_has_the_alarm(night):
    night.falls("f1")
    night.takes(night.contact("Bert"))
    night.suspected("f2")
    night.passes(MINUTE)

    assert "alarm_repeated" in night.sending.to("bert")[-1]
    assert night.alarm().acknowledged_by == "Bert"
    night.passes(LEASE)
    assert "ack_expired" in night.log()


def test_a_repeat_reaches_whoever_has_taken_it(night):
    night.falls("f1")
    night.takes(night.contact("Bert"))
    night.confirmed("f2")
    night.passes(SECOND)

    assert night.sending.to("bert")[-1] == f"alarm_repeated {night.alarm().number}"
    assert night.alarm().state == AlarmState.ACKNOWLEDGED


def test_a_repeat_does_not_reach_who_passed_it_on_but_who_has_it(night):
    night.falls("f1")
    night.act(answering.pass_on, night.alarm(), night.contact("Bert"))
    night.passes(SECOND)
    night.takes(night.contact("Cara"))
    night.passes(SECOND)
    night.confirmed("f2")
    night.passes(SECOND)

    assert night.sending.called[-1] == "cara"
    assert "alarm_repeated" in night.sending.to("cara")[-1]
