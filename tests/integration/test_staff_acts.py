"""What staff do with alarms, on both databases: all of it is on record, and only they may."""

import csv
import io
import threading
from html import unescape

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.emergencies.tables import AlarmLogEntry
from cloud.flows import alarm_desk
from cloud.people.tables import Household, Person, Role
from cloud.views import alarms
from cloud.views.alarms import Filter
from cloud.web import alarm_words
from tests.alarms_world import HOUR, SECOND, Night
from tests.support.desk import Desk, at, kept, neighbour, press


@pytest.fixture
def night(database_url):
    engine = db.engine(database_url)
    made = Night(engine)
    made.move_in("Bert", "Cara")
    yield made
    engine.dispose()


@pytest.fixture
def desk(night):
    return Desk(night)


def asked(answer):
    """Where an act leads to, in short."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("done=")[2]


def _id(night, name):
    with db.reading(night.engine) as session:
        return session.exec(select(Person.id).where(Person.name == name)).one()


# -- what staff do


def test_an_alarm_from_taking_it_to_its_end(night, desk):
    night.falls()

    said = [
        asked(press(desk.sam, f"{at(night)}/acknowledge")),
        asked(press(desk.sam, f"{at(night)}/note", text="On the phone with Cara")),
        asked(press(desk.sam, f"{at(night)}/again")),
        asked(press(desk.sam, f"{at(night)}/close", disposition="with_person")),
        asked(press(desk.sam, f"{at(night)}/close", disposition="helped")),
    ]

    assert said == ["acknowledged", "noted", "again", "closed", "over"]
    alarm = night.alarm()
    assert (alarm.state, alarm.disposition, alarm.closed_by) == ("closed", "with_person", "Sam")
    assert kept(night) == [
        ("Sam", act, f"alarm {alarm.number}")
        for act in ("alarm_acknowledged", "alarm_noted", "alarm_called_again", "alarm_closed")
    ]
    assert {"acknowledged", "note", "called_again", "closed"} <= set(night.log())


def test_a_call_that_never_reached_them_is_not_the_one_they_answered(night, desk):
    for name in ("Bert", "Cara"):
        night.remove_contact(name)
    night.confirmed()
    night.loop.run_timers(night.now)  # staff are called, and the mail is still in the outbox

    press(desk.sam, f"{at(night)}/acknowledge")
    night.passes(SECOND)
    press(desk.sam, f"{at(night)}/close", disposition="helped")

    assert {(a.name, a.outcome, a.code) for a in night.attempts()} == {
        ("Sam", "failed", "not_needed"),
        ("Sue", "failed", "not_needed"),
    }


def test_a_call_that_reached_them_is_answered_on_the_page(night, desk):
    night.falls()
    night.passes(HOUR)

    press(desk.sam, f"{at(night)}/acknowledge")

    assert [a.outcome for a in night.attempts() if a.name == "Sam"][-1] == "answered"


def test_nothing_is_done_without_the_forms_own_token(night, desk):
    night.falls()

    answer = desk.sam.client.post(
        f"{at(night)}/acknowledge", headers={"Cookie": f"forehand={desk.sam.cookies['forehand']}"}
    )

    assert answer.status_code == 403
    assert night.alarm().state == "raised"
    assert kept(night) == []


@pytest.mark.parametrize("disposition", ["", "gone", "closed"])
def test_an_end_that_is_none_is_refused(night, desk, disposition):
    night.falls()

    assert press(desk.sam, f"{at(night)}/close", disposition=disposition).status_code == 422
    assert night.alarm().state == "raised"


def test_an_empty_note_is_not_kept(night, desk):
    night.falls()

    assert asked(press(desk.sam, f"{at(night)}/note", text=" \0 ")) == "empty"
    assert kept(night) == []


def test_nobody_takes_over_what_they_did_not_know_to_be_taken(night, desk):
    night.falls()
    press(desk.sam, f"{at(night)}/acknowledge")

    blind, knowing = (
        press(desk.sue, f"{at(night)}/acknowledge"),
        press(desk.sue, f"{at(night)}/acknowledge", seen=_id(night, "Sam")),
    )

    assert (asked(blind), asked(knowing)) == ("taken", "acknowledged")
    assert night.alarm().acknowledged_by == "Sue"


def test_when_two_take_it_at_once_one_has_it_and_the_other_is_told(night, desk):
    night.falls()
    alarm_id, answers, together = night.alarm().id, [], threading.Barrier(2)
    with Session(night.engine) as session:
        staff = list(session.exec(select(Person).where(Person.role == Role.STAFF)))
        session.expunge_all()

    def take(person):
        together.wait()
        with db.transaction(night.engine) as session:
            answers.append(alarm_desk.acknowledge(session, night.new_id, alarm_id, person, "", night.now))

    threads = [threading.Thread(target=take, args=(person,)) for person in staff]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(isinstance(answer, str) for answer in answers) == [False, True]
    holder = night.alarm().acknowledged_by
    assert kept(night) == [(holder, "alarm_acknowledged", f"alarm {night.alarm().number}")]
    with Session(night.engine) as session:
        taken = select(AlarmLogEntry).where(AlarmLogEntry.event == "acknowledged")
        assert [entry.actor for entry in session.exec(taken)] == [holder]


# -- on record, and for whom


def test_who_looks_is_kept_once_an_hour(night, desk):
    night.falls()

    for _ in range(3):
        desk.sam.get(at(night))
    desk.sue.get(at(night))
    night.clock.advance(HOUR + SECOND)
    desk.sam.get(at(night))

    assert [name for name, act, _ in kept(night) if act == "alarm_viewed"] == ["Sam", "Sue", "Sam"]


def test_households_see_and_do_none_of_it(night, desk):
    night.falls()

    seen = [desk.ada.get(path).status_code for path in ("/staff/alarms", at(night), "/staff/alarms/live",
                                                        "/staff/alarms.csv", "/staff/audit")]  # fmt: skip
    done = [
        press(desk.ada, f"{at(night)}/{act}", disposition="helped", text="x").status_code
        for act in ("acknowledge", "note", "again", "close")
    ]

    assert {*seen, *done} == {403}
    assert night.alarm().state == "raised"
    assert kept(night) == []


def test_the_audit_page_tells_newest_first_in_pages(night, desk):
    night.falls()
    for n in range(52):
        press(desk.sam, f"{at(night)}/note", text=f"note {n}")
    press(desk.sam, f"{at(night)}/close", disposition="false_alarm")

    first = unescape(desk.sue.get("/staff/audit").text)

    assert first.index(alarm_words.ACTS["alarm_closed"]) < first.index(alarm_words.ACTS["alarm_noted"])
    assert "It was a false alarm" in first
    older = first.partition('href="/staff/audit?before=')[2].partition('"')[0]
    assert desk.sue.get(f"/staff/audit?before={older}").text.count('<th scope="row">') == 3


# -- the list to take away


def test_a_list_is_taken_away_with_plain_text_and_moments_in_utc(night, desk):
    with db.transaction(night.engine) as session:
        session.get_one(Person, night.person_id).name = "=HYPERLINK(1)"
        session.get_one(Household, night.household_id).name = 'Ada, "Lin"\n-2'
    night.falls()

    answer = desk.sam.get("/staff/alarms.csv?state=raised")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert row["wearer"] == "'=HYPERLINK(1)"
    assert row["household"] == 'Ada, "Lin"\n-2'
    assert row["raised_at"] == "2026-03-02T22:00:30.000Z"
    assert (row["state"], row["reached"], row["nobody_reached"]) == ("raised", "1", "no")
    assert kept(night) == [("Sam", "alarms_exported", "alarms")]


def test_all_of_it_is_taken_away_in_pieces(night):
    neighbour(night, "pi-2", "Bo"), neighbour(night, "pi-3", "Chen")

    pieces = list(alarms.every(night.engine, Filter(), night.now, at_once=2))

    assert [[row.alarm.number for row in piece] for piece in pieces] == [[3, 2], [1]]
