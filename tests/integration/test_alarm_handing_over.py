"""A new wristband, a new Pi: whoever wears it, their own contacts are called."""

from sqlmodel import Session, select

from cloud import db
from cloud.emergencies import circle
from cloud.emergencies.rules import AlarmState
from cloud.emergencies.tables import Wearer
from tests.alarms_world import MINUTE, SECOND


def named_again(night) -> None:
    """Ada is said to wear the band that came last."""
    with db.transaction(night.engine) as session:
        newest = session.exec(select(Wearer).where(Wearer.person_id == None)).one()  # noqa: E711
        circle.name(session, newest, night.person_id, night.now)


def test_a_new_band_calls_the_contacts_of_who_wears_it(night):
    night.another_agent("pi-2")
    night.report("pi-2", "WB-new")
    named_again(night)
    night.confirmed("f1", agent="pi-2")
    night.loop.step(night.now)

    assert night.sending.called == ["bert"]
    assert night.alarm().state == AlarmState.RAISED


def test_the_old_band_calls_them_no_more(night):
    night.another_agent("pi-2")
    night.report("pi-2", "WB-new")
    named_again(night)
    night.confirmed("f1")
    night.loop.step(night.now)

    assert night.sending.called == ["sam"]


def test_an_alarm_that_is_open_when_the_band_gets_its_wearer_goes_to_their_contacts(night):
    night.another_agent("pi-2")
    night.report("pi-2", "WB-new")
    night.confirmed("f1", agent="pi-2")
    night.loop.step(night.now)
    named_again(night)
    night.passes(SECOND)

    assert night.sending.called == ["sam", "bert"]


def test_a_fall_that_overtakes_the_report_of_a_new_pi_reaches_the_contacts(night):
    night.another_agent("pi-2")
    night.confirmed("f1", agent="pi-2")
    night.loop.step(night.now)
    night.report("pi-2", f"WB-{night.agent}")
    night.passes(MINUTE)

    assert night.sending.called == ["sam", "bert"]
    assert night.alarm().state == AlarmState.RAISED


def test_a_suspicion_that_overtakes_the_report_is_cancelled_under_its_new_wearer(night):
    night.another_agent("pi-2")
    night.suspected("f1", agent="pi-2")
    night.report("pi-2", f"WB-{night.agent}")
    night.cancelled("f1", agent="pi-2")
    night.passes(10 * MINUTE)

    assert night.alarm().state == AlarmState.CANCELLED
    assert night.sending.called == []


def test_two_alarms_of_one_wearer_become_one(night):
    night.falls("f1")
    night.another_agent("pi-2")
    night.confirmed("f2", agent="pi-2")
    night.report("pi-2", f"WB-{night.agent}")

    with Session(night.engine) as session:
        (wearer,) = circle.wearers(session, night.household_id)
    raised = [alarm for alarm in night.alarms() if alarm.state == AlarmState.RAISED]
    assert [alarm.wearer_id for alarm in raised] == [wearer.id]
    assert "repeated" in night.log(raised[0])
