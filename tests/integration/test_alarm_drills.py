"""Drills: a marked alarm goes the whole way, and only to who agreed."""

from sqlmodel import Session, select

from cloud import db
from cloud.devices.inbox_tables import CommandRow
from cloud.emergencies import circle, drills
from cloud.emergencies.rules import AlarmState, Disposition
from cloud.emergencies.tables import Drill
from cloud.flows import alarms
from contract.fields import Order
from tests.alarms_world import HOUR, MINUTE, SECOND, Night


def drill(night: Night, who: str = "Ada") -> Drill | drills.Refused:
    with db.transaction(night.engine) as session:
        return alarms.begin_drill(session, night.new_id, night.wearer_id(session), who, night.now)


def test_a_drill_reaches_only_who_agreed_and_is_marked(night):
    night.add_contact("Dora", drills=True)
    begun = drill(night)
    night.confirmed("d1", drill=begun.id)
    night.passes(HOUR)

    assert night.sending.sent
    assert set(night.sending.called) == {"dora"}
    assert all(subject.startswith("drill ") for subject in night.sending.to("dora"))


def test_a_drill_never_reaches_staff_and_ends_by_itself(night):
    night.add_contact("Dora", drills=True)
    begun = drill(night)
    night.confirmed("d1", drill=begun.id)
    night.passes(HOUR)

    assert (night.alarm().state, night.alarm().disposition) == (AlarmState.CLOSED, Disposition.DRILL)
    assert "sam" not in night.sending.called


def test_a_drill_is_refused_where_nobody_agreed(night):
    assert drill(night) is drills.Refused.NOBODY_AGREED


def test_a_drill_is_refused_while_a_real_alarm_is_open(night):
    night.add_contact("Dora", drills=True)
    night.falls()

    assert drill(night) is drills.Refused.REAL_ALARM


def test_a_real_fall_during_a_drill_is_a_real_alarm(night):
    night.add_contact("Dora", drills=True)
    begun = drill(night)
    night.confirmed("d1", drill=begun.id)
    night.falls("f1")

    rehearsed, real = night.alarms()
    assert (rehearsed.is_drill, real.is_drill, real.state) == (True, False, AlarmState.RAISED)
    assert "bert" in night.sending.called


def test_a_drill_that_was_answered_is_closed_as_one(night):
    night.add_contact("Dora", drills=True)
    begun = drill(night)
    night.confirmed("d1", drill=begun.id)
    night.loop.step(night.now)
    night.takes(night.contact("Dora"))
    night.passes(HOUR)

    assert (night.alarm().state, night.alarm().disposition) == (AlarmState.CLOSED, Disposition.DRILL)
    assert night.sending.called == ["dora"]


def test_each_hop_of_a_drill_leaves_its_moment(night):
    night.add_contact("Dora", drills=True)
    begun = drill(night)
    with db.transaction(night.engine) as session:
        drills.commanded(session, begun.id, night.now)
    night.clock.advance(SECOND)
    night.confirmed("d1", drill=begun.id)
    night.passes(SECOND)

    with Session(night.engine) as session:
        seen = session.get_one(Drill, begun.id)
    assert None not in {seen.commanded_at, seen.device_at, seen.received_at, seen.alarm_id}
    assert night.attempts()[0].sent_at is not None


def test_a_contact_who_takes_back_the_agreement_to_drills_is_not_drilled_again(night):
    dora = night.add_contact("Dora", drills=True)
    begun = drill(night)
    with db.transaction(night.engine) as session:
        contact = circle.contact(session, night.wearer_id(session), dora)
        circle.agree(session, contact, alarms=True, drills=False, now=night.now)
    night.confirmed("d1", drill=begun.id)
    night.passes(MINUTE)

    assert night.sending.called == []
    assert drill(night) is drills.Refused.NOBODY_AGREED


def test_a_device_that_invents_a_drill_reaches_only_who_agreed(night):
    night.confirmed("d1", drill="99" * 16)
    night.passes(10 * MINUTE)

    assert night.sending.called == []


def test_two_drills_in_a_row_need_a_pause(night):
    night.add_contact("Dora", drills=True)
    drill(night)

    assert drill(night) is drills.Refused.TOO_SOON


def test_a_drill_that_still_waits_does_not_reach_who_has_taken_back_the_agreement(night):
    dora = night.add_contact("Dora", drills=True)
    begun = drill(night)
    night.confirmed("d1", drill=begun.id)
    with db.transaction(night.engine) as session:
        contact = circle.contact(session, night.wearer_id(session), dora)
        circle.agree(session, contact, alarms=True, drills=False, now=night.now)
    night.passes(MINUTE)

    assert night.sending.called == []


def told(night: Night) -> list[str]:
    """What the wristband was asked to do."""
    with db.reading(night.engine) as session:
        return [command.order for command in session.exec(select(CommandRow))]


def test_who_takes_a_drill_does_not_tell_a_wearer_who_has_really_fallen_that_help_is_coming(night):
    night.add_contact("Dora", drills=True)
    begun = drill(night)
    night.confirmed("d1", drill=begun.id)
    night.falls("f1")
    rehearsed, real = night.alarms()

    night.takes(night.contact("Dora"), rehearsed)
    assert Order.HELP_IS_COMING not in told(night)

    night.takes(night.contact("Bert"), real)
    assert told(night).count(Order.HELP_IS_COMING) == 1


def test_a_drill_ends_as_one_and_a_real_alarm_never_does(night):
    night.add_contact("Dora", drills=True)
    begun = drill(night)
    night.confirmed("d1", drill=begun.id)
    night.falls("f1")
    rehearsed, real = night.alarms()

    assert night.closes(night.contact("Bert"), Disposition.DRILL, real) == "no_drill"
    night.closes(night.contact("Dora"), Disposition.HELPED, rehearsed)

    ended, still = night.alarms()
    assert (ended.state, ended.disposition) == (AlarmState.CLOSED, Disposition.DRILL)
    assert (still.state, still.disposition) == (AlarmState.RAISED, None)
