"""Staff and the alarms, on both databases: the queue, one alarm, what staff do, and that all of it is on record."""

import csv
import io
import threading
from html import unescape

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.emergencies.answering import Who
from cloud.emergencies.rules import Disposition
from cloud.emergencies.tables import AlarmLogEntry
from cloud.flows import alarm_desk
from cloud.people import audit
from cloud.people.tables import Household, Person, Role
from cloud.views import alarms, one_alarm
from cloud.views.alarms import Filter
from cloud.web import alarm_words
from contract.alarms import AlarmEvent
from tests.alarms_world import HOUR, MINUTE, SECOND, Night
from tests.support.desk import Desk, movement, neighbour, press


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


def listed(night, wanted=None, page=1):
    with db.reading(night.engine) as session:
        return alarms.queue(session, wanted or Filter(), page, night.now).rows


def kept(night):
    """Who did what to what, oldest first."""
    with db.reading(night.engine) as session:
        return [(entry.name, entry.action, entry.subject) for entry in reversed(audit.entries(session))]


def at(night):
    return f"/staff/alarms/{night.alarms()[-1].id}"


def asked(answer):
    """Where an act leads to, in short."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("done=")[2]


# -- the queue


def test_what_nobody_has_answered_stands_first_and_the_oldest_of_it_at_the_top(night):
    bo, chen = neighbour(night, "pi-2", "Bo", "Eva"), neighbour(night, "pi-3", "Chen", "Lin")
    bo.falls()
    night.falls()
    bo.takes(Who("Eva", "page"))
    chen.confirmed("d1", drill="d1" * 16)  # nobody agreed: it is over at once
    chen.suspected("c1")

    rows = listed(night)

    assert [(row.who, row.alarm.state) for row in rows[:4]] == [
        ("Ada", "raised"), ("Chen", "suspected"), ("Bo", "acknowledged"), ("Chen", "closed"),
    ]  # fmt: skip
    assert all(row.alarm.state == "cancelled" for row in rows[4:])


def test_a_drill_never_stands_above_a_real_alarm(night):
    night.add_contact("Dora", drills=True)
    night.confirmed("d1", drill="d1" * 16)
    night.passes(MINUTE)
    night.falls()

    first, second = listed(night)[:2]

    assert (first.alarm.is_drill, second.alarm.is_drill) == (False, True)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(state="open"), {2, 4}),
        (Filter(state="raised"), {2}),
        (Filter(kind="sos"), {4}),
        (Filter(late=True), {2}),
        (Filter(q="bo"), {3, 4}),
        (Filter(q="#4"), {4}),
        (Filter(q="100%"), set()),
        (Filter(q="99999999999999999999"), set()),
        (Filter(drills="only"), set()),
    ],
)
def test_the_queue_is_filtered(night, wanted, numbers):
    night.confirmed(ago=3 * HOUR)
    bo = neighbour(night, "pi-2", "Bo", "Eva")
    bo.sos()
    bo.takes(Who("Eva", "page"))

    assert {row.alarm.number for row in listed(night, wanted)} == numbers


def test_what_is_open_is_shown_however_old_it_is(night):
    night.falls()
    night.clock.advance(400 * 24 * HOUR)

    assert [row.alarm.state for row in listed(night, Filter(days=1))] == ["raised"]


def test_the_queue_comes_in_pages(night, monkeypatch):
    monkeypatch.setattr(alarms, "A_PAGE", 2)
    neighbour(night, "pi-2", "Bo"), neighbour(night, "pi-3", "Chen")

    first, second = listed(night), listed(night, page=2)

    assert [row.alarm.number for row in first + second] == [3, 2, 1]


def test_what_was_not_delivered_is_as_visible_as_what_was(night, desk):
    night.sending.broken = {"all"}
    night.falls()
    night.passes(30 * SECOND)

    reach = listed(night)[0].reach
    text = desk.sam.get("/staff/alarms").text

    assert (reach.reached, reach.nobody) == (0, True)
    assert reach.failed >= 2
    assert "nobody reached" in text
    assert "failed: " in text


def test_whoever_is_reached_later_takes_the_word_back(night):
    night.sending.broken = {"all"}
    night.falls()
    night.passes(10 * SECOND)
    night.sending.broken = set()
    night.passes(5 * MINUTE)

    reach = listed(night)[0].reach

    assert reach.reached > 0
    assert not reach.nobody


def test_the_count_of_open_alarms_is_on_every_page_of_staff(night, desk):
    night.falls()

    for path in ("/staff", "/staff/set-aside", "/staff/orders", "/staff/outbox", "/staff/audit", "/staff/alarms"):
        text = desk.sam.get(path).text
        assert "<title>(1) " in text, path
        assert 'Alarms <span class="word ask">1</span>' in text, path


def test_no_open_alarm_is_said_calmly(desk, night):
    night.clock.advance(30 * 24 * HOUR)
    caller = Desk._sign_in(desk, *_staff(night))

    text = caller.get("/staff/alarms").text

    assert "No alarm is open, and none was in the last seven days." in text
    assert "<title>Alarms" in text


def _staff(night):
    session = Session(night.engine)
    return session, session.exec(select(Person).where(Person.name == "Sam")).one()


def test_the_cheap_number_changes_with_everything_that_happens(night):
    night.falls()
    numbers = [alarms.change_number(night.engine)]
    for act in (lambda: night.passes(4 * MINUTE), lambda: night.takes(Who("Sam", "page")), night.evidence,
                lambda: night.closes(Who("Sam", "page"), Disposition.HELPED)):  # fmt: skip
        act()
        numbers.append(alarms.change_number(night.engine))

    assert len(set(numbers)) == 5
    assert alarms.change_number(night.engine) == numbers[-1]


# -- one alarm


def test_one_alarm_shows_each_try_and_what_it_came_to_once(night, desk):
    night.sending.broken = {"bert@example.org"}
    night.falls()
    night.passes(20 * SECOND)
    with db.reading(night.engine) as session:
        found = one_alarm.whole(session, night.alarm().id)

    calls = [m for m in found.moments if m.event == "called"]

    assert [(m.actor, [t.outcome for t in m.tries]) for m in calls] == [("Bert", ["failed"]), ("Cara", ["sent"])]
    assert not {"sent", "failed"} & {m.event for m in found.moments}
    assert [(p.contact.name, p.is_called_now) for p in found.people] == [("Bert", False), ("Cara", True)]
    assert "not_taken" in desk.page(night.alarm().id)


def test_one_alarm_shows_notes_movement_and_what_was_written(night, desk):
    night.falls()
    night.say(AlarmEvent.EVIDENCE, movement=movement())
    press(desk.sam, f"{at(night)}/note", text="The <key> is under the mat")

    text = desk.page(night.alarm().id)

    assert "The &lt;key&gt; is under the mat" in text
    assert '<svg class="movement"' in text
    assert "the strongest moment is 5.1 g" in text
    assert "No notes were left for who answers." in text


def test_an_alarm_that_is_not_there_leads_nowhere(desk, night):
    assert desk.sam.get(f"/staff/alarms/{'0' * 32}").status_code == 404
    assert press(desk.sam, f"/staff/alarms/{'0' * 32}/acknowledge").status_code == 404
    assert desk.sam.get("/staff/alarms/nonsense").status_code == 404
    assert kept(night) == []


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
        press(desk.sue, f"{at(night)}/acknowledge", seen="Sam"),
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
    assert "False alarm" in first
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
