"""What staff see of alarms, on both databases: the queue, and one alarm with all that is known of it."""

import pytest

from cloud import db
from cloud.emergencies.answering import Who
from cloud.emergencies.rules import Disposition
from cloud.views import alarms, one_alarm
from cloud.views.alarms import Filter
from contract.alarms import AlarmEvent
from tests.alarms_world import HOUR, MINUTE, SECOND, Night
from tests.support.desk import Desk, at, kept, movement, neighbour, press


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

    for path in (
        "/staff",
        "/staff/set-aside",
        "/staff/orders",
        "/staff/outbox",
        "/staff/forecasts",
        "/staff/audit",
        "/staff/alarms",
    ):
        text = desk.sam.get(path).text
        assert "<title>(1) " in text, path
        assert 'Alarms <span class="word ask">1</span>' in text, path


def test_no_open_alarm_is_said_calmly(night):
    night.clock.advance(30 * 24 * HOUR)

    text = Desk(night).sam.get("/staff/alarms").text

    assert "No alarm is open, and none was in the last seven days." in text
    assert "<title>Alarms" in text


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


def test_no_contact_is_shown_as_called_once_it_is_with_staff(night):
    night.falls()
    night.passes(60 * MINUTE)
    with db.reading(night.engine) as session:
        found = one_alarm.whole(session, night.alarm().id)

    assert found.alarm.is_with_staff
    assert [p.is_called_now for p in found.people] == [False, False]


def test_one_alarm_says_how_sure_the_wristband_was_and_for_which_falls_that_holds(night, desk):
    night.suspected(probability=0.87)

    assert "Of 100 moments like it, 87 were falls, in recordings of acted ones." in desk.page(night.alarm().id)


def test_one_alarm_of_an_older_wristband_says_nothing_of_it(night, desk):
    night.suspected()

    text = desk.page(night.alarm().id)
    assert "The wristband announced it." in text
    assert "Of 100 moments" not in text


def test_one_alarm_shows_notes_movement_and_what_was_written(night, desk):
    night.falls()
    night.say(AlarmEvent.EVIDENCE, movement=movement())
    press(desk.sam, f"{at(night)}/note", text="The <key> is under the mat")

    text = desk.page(night.alarm().id)

    assert "The &lt;key&gt; is under the mat" in text
    assert '<svg class="movement"' in text
    assert all(word in text for word in ("free fall, 0.2 s", "lying still, 7.9 s", "the arm turned, 0.1 s"))
    assert "the strongest moment is 5.1 g" in text
    assert "No notes were left for who answers." in text


def test_an_alarm_that_is_not_there_leads_nowhere(desk, night):
    assert desk.sam.get(f"/staff/alarms/{'0' * 32}").status_code == 404
    assert press(desk.sam, f"/staff/alarms/{'0' * 32}/acknowledge").status_code == 404
    assert desk.sam.get("/staff/alarms/nonsense").status_code == 404
    assert kept(night) == []
