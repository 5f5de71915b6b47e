"""Who is called, when, and what happens when nobody can be reached."""

from datetime import timedelta

import pytest
from sqlmodel import select

from cloud import db
from cloud.emergencies import circle
from cloud.emergencies.rules import AlarmState, Outcome
from cloud.emergencies.tables import Reach, Wearer
from cloud.people.tables import Person, Role
from tests.alarms_world import HOUR, MINUTE, SECOND

STEP = timedelta(seconds=180)


def test_each_contact_has_its_time_and_then_the_next_is_called(night):
    night.falls()
    begun = night.now
    night.passes(2 * STEP)

    assert [(at - begun, who.partition("@")[0]) for at, who, _ in night.sending.sent] == [
        (timedelta(), "bert"), (STEP, "cara"), (2 * STEP, "bert"),
    ]  # fmt: skip


def test_after_all_rounds_the_services_own_staff_is_called_and_again_until_somebody_answers(night):
    night.falls()
    night.passes(7 * STEP)

    assert night.sending.called == ["bert", "cara", "bert", "cara", "sam", "sam", "sam", "sam"]


def test_nothing_ends_an_alarm_but_a_person(night):
    night.falls()
    night.passes(24 * HOUR)

    assert night.alarm().state == AlarmState.RAISED
    assert night.sending.called.count("sam") > 100


def test_everybody_called_carries_the_same_number(night):
    night.falls()
    night.passes(5 * STEP)

    assert {subject for _, _, subject in night.sending.sent} == {f"alarm_call {night.alarm().number}"}


def test_a_contact_who_cannot_be_reached_costs_no_time(night):
    night.sending.broken.add("bert@example.org")
    night.falls()
    night.passes(SECOND)

    assert night.sending.called == ["cara"]
    assert [(a.name, a.outcome, a.code) for a in night.attempts()] == [
        ("Bert", Outcome.FAILED, "not_taken"), ("Cara", Outcome.SENT, None),
    ]  # fmt: skip


def test_when_nobody_could_be_reached_staff_is_told_at_once(night):
    night.sending.broken |= {"bert@example.org", "cara@example.org"}
    night.falls()
    night.passes(3 * SECOND)

    assert "nobody_reached" in night.log()
    assert night.sending.called == ["sam"]


def test_a_round_that_reached_somebody_is_no_such_round(night):
    night.sending.broken.add("cara@example.org")
    night.falls()
    night.passes(2 * STEP)

    assert "nobody_reached" not in night.log()


def test_with_all_channels_down_it_goes_on_until_one_is_back(night):
    night.sending.broken.add("all")
    night.falls()
    night.passes(HOUR)
    assert night.sending.called == []
    assert night.log().count("nobody_reached") > 50

    night.sending.broken.clear()
    night.passes(MINUTE)

    assert night.sending.called[0] in {"bert", "cara", "sam"}


def test_with_all_channels_down_nothing_runs_hot(night):
    night.sending.broken.add("all")
    night.falls()
    night.passes(10 * MINUTE)

    assert len(night.attempts()) < 100


def test_without_contacts_staff_is_called_at_once(empty):
    empty.move_in()
    empty.falls()

    assert empty.sending.called == ["sam"]


def test_without_anybody_it_stays_open_and_says_so(empty):
    empty.move_in(staff=False)
    empty.falls()
    empty.passes(5 * MINUTE)

    assert empty.alarm().state == AlarmState.RAISED
    assert empty.log().count("nobody_reached") > 5


def test_staff_who_come_later_are_called_for_what_is_open(empty):
    empty.move_in(staff=False)
    empty.falls()
    with db.transaction(empty.engine) as session:
        session.add(
            Person(id="ab" * 16, name="Tom", role=Role.STAFF, email="tom@forehand.example", created_at=empty.now)
        )
    empty.passes(MINUTE)

    assert empty.sending.called[0] == "tom"


def test_a_contact_removed_in_mid_alarm_is_not_called_again(night):
    night.falls()
    night.remove_contact("Cara")
    night.passes(2 * STEP)

    assert night.sending.called == ["bert", "bert", "sam"]
    assert "contact_removed" in night.log()


def test_the_contact_being_called_is_removed_and_the_next_one_follows(night):
    night.falls()
    night.remove_contact("Bert")
    night.passes(STEP)

    assert night.sending.called == ["bert", "cara"]


def test_who_has_the_alarm_is_removed_and_somebody_else_is_called_at_once(night):
    night.falls()
    night.takes(night.contact("Bert"))
    night.remove_contact("Bert")
    night.passes(SECOND)

    assert (night.alarm().state, night.alarm().acknowledged_by) == (AlarmState.RAISED, None)
    assert night.sending.calls == ["bert", "cara"]


def test_who_has_the_alarm_says_that_they_are_no_contact_any_more_and_somebody_else_is_called(night):
    night.falls()
    night.takes(night.contact("Bert"))
    with db.transaction(night.engine) as session:
        bert = next(c for c in circle.contacts(session, night.wearer_id(session)) if c.name == "Bert")
        circle.agree(session, bert, alarms=False, drills=False, now=night.now)
    night.passes(SECOND)

    assert night.alarm().state == AlarmState.RAISED
    assert night.sending.calls == ["bert", "cara"]


def test_all_contacts_removed_in_mid_alarm_leaves_staff(night):
    night.falls()
    night.remove_contact("Bert")
    night.remove_contact("Cara")
    night.passes(STEP)

    assert night.sending.called == ["bert", "sam"]


def test_a_contact_added_in_mid_alarm_is_called_in_turn(night):
    night.falls()
    night.add_contact("Dora")
    night.passes(2 * STEP)

    assert night.sending.called == ["bert", "cara", "dora"]


def test_whoever_said_no_is_never_called(night):
    with db.transaction(night.engine) as session:
        bert, _ = circle.contacts(session, night.wearer_id(session))
        circle.agree(session, bert, alarms=False, drills=False, now=night.now)
    night.falls()

    assert night.sending.called == ["cara"]


def test_a_contact_without_any_channel_is_passed_over_and_it_is_on_record(night):
    with db.transaction(night.engine) as session:
        bert, _ = circle.contacts(session, night.wearer_id(session))
        for reach in session.exec(select(Reach).where(Reach.contact_id == bert.id)):
            session.delete(reach)
    night.falls()
    night.passes(SECOND)

    assert night.sending.called == ["cara"]
    assert "failed" in night.log()


def test_all_ways_to_a_contact_are_used_at_once_and_one_that_works_is_enough(night):
    with db.transaction(night.engine) as session:
        bert, _ = circle.contacts(session, night.wearer_id(session))
        session.add(Reach(id="ef" * 16, contact_id=bert.id, channel="webhook", address="bert@phone"))
    night.sending.broken.add("bert@example.org")
    night.falls()
    night.passes(10 * SECOND)

    assert night.sending.called == ["bert"]
    assert sorted((a.channel, a.outcome) for a in night.attempts()) == [("email", "failed"), ("webhook", "delivered")]


def test_a_plan_changed_in_mid_alarm_holds_from_the_next_call_on(night):
    night.falls()
    with db.transaction(night.engine) as session:
        wearer = session.exec(select(Wearer)).one()
        circle.change_plan(session, wearer, step_s=60, rounds=1, lease_s=600)
    night.passes(STEP + 61 * SECOND)

    assert night.sending.called == ["bert", "cara", "sam"]


def test_contacts_whose_channels_were_down_for_a_moment_are_called_again(night):
    night.sending.broken |= {"bert@example.org", "cara@example.org"}
    night.falls()
    night.passes(4 * SECOND)
    night.sending.broken.clear()
    night.passes(STEP + SECOND)

    assert night.sending.called == ["sam", "bert"]


def test_contacts_put_into_another_order_in_mid_alarm_are_all_called_once(night):
    dora = night.add_contact("Dora")
    night.falls()
    with db.transaction(night.engine) as session:
        circle.move(session, night.wearer_id(session), dora, 1)
        circle.move(session, night.wearer_id(session), dora, 1)
    night.passes(2 * STEP)

    assert night.sending.called == ["bert", "dora", "cara"]


@pytest.mark.parametrize("what", ["removed", "declined"])
def test_a_call_that_still_waits_does_not_leave_for_who_is_not_to_be_called_any_more(night, what: str):
    night.confirmed()
    if what == "removed":
        night.remove_contact("Bert")
    else:
        with db.transaction(night.engine) as session:
            bert, _ = circle.contacts(session, night.wearer_id(session))
            circle.agree(session, bert, alarms=False, drills=False, now=night.now)
    night.passes(2 * SECOND)

    assert night.sending.called == ["cara"]


def test_what_a_contacts_own_program_took_is_delivered(night):
    night.remove_contact("Bert")
    night.remove_contact("Cara")
    night.add_contact("Dora", channel="webhook")
    night.falls()

    assert [a.outcome for a in night.attempts()] == [Outcome.DELIVERED]
