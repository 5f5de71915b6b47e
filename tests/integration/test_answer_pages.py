"""Whoever was called answers by the link in the message: no sign-in, no script, and nothing by opening it."""

import re
import threading
from datetime import timedelta

import pytest
import sqlmodel
from starlette.testclient import TestClient

from cloud import db
from cloud.calendars.feeds import NotModified
from cloud.emergencies import circle, links
from cloud.emergencies.links import For
from cloud.emergencies.tables import Alarm, AlarmAttempt, AlarmLogEntry, Contact, Wearer
from cloud.outbox import OutboxRow
from cloud.settings import Settings
from cloud.web import application, translations
from cloud.web.deps import Web
from tests.alarms_world import MINUTE, Night

HTTP_URL = "http://127.0.0.1:8000"


class House:
    """Ada's night and the web in front of it."""

    def __init__(self, engine):
        self.night = Night(engine)
        self.night.move_in("Bert", "Cara")
        self.app = application.create(
            Web(
                engine=engine, settings=Settings(), clock=self.night.clock, ids=self.night.new_id,
                fetcher=lambda *_: NotModified(), expander=lambda *_: [],
            )
        )  # fmt: skip
        self.client = self.caller()

    def caller(self):
        return TestClient(self.app, base_url=HTTP_URL, raise_server_exceptions=False)

    def link(self, name, *, nth=-1):
        """The path in the last message to them."""
        with db.transaction(self.night.engine) as session:
            rows = sqlmodel.select(AlarmAttempt).where(AlarmAttempt.name == name).order_by(AlarmAttempt.queued_at)
            attempt = session.exec(rows).all()[nth]
            token = links.make(links.keys(session)[0], For.ANSWER, attempt.id, self.night.now + links.ANSWER_LASTS)
        return f"/answer/{token}"

    def agreement(self, name):
        with db.transaction(self.night.engine) as session:
            contact = session.exec(sqlmodel.select(Contact).where(Contact.name == name)).one()
            token = links.make(links.keys(session)[0], For.AGREE, contact.id, self.night.now + links.AGREE_LASTS)
        return f"/agree/{token}"

    def contact(self, name):
        with db.reading(self.night.engine) as session:
            return session.exec(sqlmodel.select(Contact).where(Contact.name == name)).one()

    def says(self, name, act, **more):
        return self.client.post(self.link(name), data={"act": act}, **more)

    def alarm(self):
        return self.night.alarm()

    def everything(self):
        """What a scanner could have changed."""
        with db.reading(self.night.engine) as session:
            return [
                sorted(repr(row.model_dump()) for row in session.exec(sqlmodel.select(table)))
                for table in (Alarm, AlarmAttempt, AlarmLogEntry, Contact, OutboxRow)
            ]


@pytest.fixture
def house(database_url):
    engine = db.engine(database_url)
    yield House(engine)
    engine.dispose()


@pytest.fixture
def lite(sqlite_files):
    """Where only the pages are looked at, one kind of database will do."""
    url = sqlite_files.fresh("answers", migrated=True)
    engine = db.engine(url)
    yield House(engine)
    engine.dispose()
    sqlite_files.drop(url)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)).strip()


def test_the_link_shows_the_alarm_and_then_asks(lite):
    with db.transaction(lite.night.engine) as session:
        wearer = session.exec(sqlmodel.select(Wearer)).one()
        wearer.notes = "Key under the <pot>\nSpeaks Dutch"
        session.add(wearer)
    lite.night.falls()

    page = lite.client.get(lite.link("Bert"))

    assert page.status_code == 200
    said = text(page)
    for words in (
        "Ada may have fallen", "Nobody is taking care of it yet", "Bert was called", "Speaks Dutch",
        "I am taking care of it", "I cannot, call the next one", "call the emergency service yourself",
    ):  # fmt: skip
        assert words in said
    assert "Key under the &lt;pot&gt;" in page.text
    assert "bert@example.org" not in page.text


def test_nobody_else_learns_of_the_page(lite):
    lite.night.falls()

    page = lite.client.get(lite.link("Bert"))

    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "set-cookie" not in page.headers
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert len(page.content) < 100_000


def test_mail_scanners_change_nothing(house):
    house.night.falls()
    paths = [house.link("Bert"), house.agreement("Bert")]
    before = house.everything()

    for path in paths:
        for more in ("", "?did=taken", "?act=take", "?language=zh", "?did=closed&act=false_alarm"):
            assert house.client.get(path + more).status_code == 200
        house.client.head(path)
        house.client.options(path)
        house.client.post(path)
        house.client.post(path, data={"act": "nonsense", "alarms": "perhaps"})

    assert house.everything() == before


def test_whoever_takes_it_has_it_without_a_cookie_and_without_an_origin(house):
    house.night.falls()

    page = house.says("Bert", "take", headers={"Origin": "null"})

    assert "You are taking care of it until" in text(page)
    assert house.alarm().state == "acknowledged"
    assert house.alarm().acknowledged_by == "Bert"


def test_whoever_cannot_has_the_next_one_called_at_once(house):
    house.night.falls()

    page = house.says("Bert", "cannot")
    house.night.loop.step(house.night.now)

    assert "We call the next one now" in text(page)
    assert house.night.sending.called == ["bert", "cara"]
    assert "Bert could not come." in text(house.client.get(house.link("Cara")))


def test_the_second_is_told_that_somebody_was_quicker_and_may_take_it_over(house):
    house.night.falls()
    house.night.passes(4 * MINUTE)
    house.says("Bert", "take")

    page = house.says("Cara", "take")

    assert "somebody else has taken it meanwhile" in text(page)
    assert "Bert is taking care of it." in text(page)
    assert house.alarm().acknowledged_by == "Bert"
    assert "You are taking care of it" in text(house.says("Cara", "take_over"))
    assert house.alarm().acknowledged_by == "Cara"
    assert "Cara is taking care of it." in text(house.says("Bert", "false_alarm"))
    assert house.alarm().state == "acknowledged"


def test_of_two_who_answer_at_once_one_has_it_and_both_know_who(house):
    house.night.falls()
    house.night.passes(4 * MINUTE)
    paths = {name: house.link(name) for name in ("Bert", "Cara")}
    begin, pages = threading.Barrier(2), {}

    def answers(name):
        client = house.caller()
        begin.wait()
        pages[name] = text(client.post(paths[name], data={"act": "take"}))

    threads = [threading.Thread(target=answers, args=(name,)) for name in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winner = house.alarm().acknowledged_by
    [other] = set(paths) - {winner}
    assert "You are taking care of it until" in pages[winner]
    assert f"{winner} is taking care of it." in pages[other]
    with db.reading(house.night.engine) as session:
        taken = sqlmodel.select(AlarmLogEntry).where(AlarmLogEntry.event == "acknowledged")
        assert len(session.exec(taken).all()) == 1


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("with_person", "Somebody is with Ada."),
        ("helped", "Ada needed help, and was helped."),
        ("false_alarm", "It was a false alarm."),
    ],
)
def test_whoever_has_it_says_how_it_ended(lite, act, words):
    lite.night.falls()
    lite.says("Bert", "take")

    page = lite.says("Bert", act)

    assert words in text(page)
    assert "Bert said so" in text(page)
    assert lite.alarm().disposition == act
    assert lite.alarm().state == "closed"


def test_more_time_is_given_to_who_has_it(house):
    house.night.falls()
    house.says("Bert", "take")
    until = house.alarm().acknowledged_until
    house.night.passes(10 * MINUTE)

    page = house.says("Bert", "still")

    assert "We count on you for some more time" in text(page)
    assert house.alarm().acknowledged_until == until + timedelta(minutes=10)


def test_whoever_was_there_may_say_so_also_when_their_time_had_run_out(house):
    house.night.falls()
    house.says("Bert", "take")
    house.night.passes(31 * MINUTE)
    assert house.alarm().state == "raised"

    house.says("Bert", "helped")

    assert house.alarm().disposition == "helped"


def test_an_answer_after_the_end_changes_nothing_and_shows_how_it_ended(house):
    house.night.falls()
    house.night.passes(4 * MINUTE)
    house.says("Bert", "take")
    house.says("Bert", "false_alarm")
    before = house.everything()

    for act in ("take", "take_over", "still", "cannot", "helped", "end_drill"):
        page = house.says("Cara", act)
        assert "this alarm is over" in text(page)
        assert "It was a false alarm." in text(page)
        assert "<button" not in page.text

    assert house.everything() == before


def test_notes_are_not_shown_when_it_is_over(lite):
    with db.transaction(lite.night.engine) as session:
        wearer = session.exec(sqlmodel.select(Wearer)).one()
        wearer.notes = "Key under the pot"
        session.add(wearer)
    lite.night.falls()
    lite.says("Bert", "take")
    lite.says("Bert", "helped")

    assert "Key under the pot" not in lite.client.get(lite.link("Bert")).text


def test_an_old_link_is_gone_and_changes_nothing(house):
    house.night.falls()
    path = house.link("Bert")
    house.night.clock.advance(links.ANSWER_LASTS)
    before = house.everything()

    for response in (house.client.get(path), house.client.post(path, data={"act": "take"})):
        assert response.status_code == 410
        assert "This link is too old" in text(response)
        assert response.headers["referrer-policy"] == "no-referrer"

    assert house.everything() == before


def test_a_forged_link_is_unknown_and_one_for_something_else_too(lite):
    lite.night.falls()
    genuine = lite.link("Bert")
    swapped = lite.agreement("Bert").replace("/agree/", "/answer/")

    for path in (
        "/answer/abc",
        genuine[:-1] + ("A" if genuine[-1] != "A" else "B"),
        swapped,
        "/answer/%00",
        "/agree/é",
    ):
        response = lite.client.get(path)
        assert response.status_code == 404
        assert "Nothing was changed" in text(response) or "nothing at this address" in text(response)
        assert lite.client.post(path, data={"act": "take", "alarms": "no"}).status_code == 404
    assert lite.client.get(genuine.replace("/answer/", "/agree/")).status_code == 404
    assert lite.alarm().state == "raised"


def test_guessing_ends_soon_and_a_genuine_link_works_all_the_same(lite):
    lite.night.falls()

    answers = [lite.client.get(f"/answer/guess{n}").status_code for n in range(25)]

    assert answers == [404] * 20 + [429] * 5
    assert lite.client.get(lite.link("Bert")).status_code == 200
    lite.night.clock.advance(timedelta(minutes=11))
    assert lite.client.get("/answer/guess").status_code == 404


def test_who_is_no_contact_any_more_sees_nothing(house):
    house.night.falls()
    path = house.link("Bert")
    house.night.remove_contact("Bert")

    response = house.client.get(path)

    assert response.status_code == 410
    assert "Ada" not in text(response)
    assert house.client.post(path, data={"act": "false_alarm"}).status_code == 410
    assert house.alarm().state == "raised"
    agreement = house.client.get(house.agreement("Bert"))
    assert agreement.status_code == 410


def test_the_page_speaks_the_contacts_language_and_can_be_switched(lite):
    with db.transaction(lite.night.engine) as session:
        bert = session.exec(sqlmodel.select(Contact).where(Contact.name == "Bert")).one()
        bert.language = "zh"
        session.add(bert)
    lite.night.falls()
    path = lite.link("Bert")

    page, english = lite.client.get(path), lite.client.get(f"{path}?language=en")

    assert 'lang="zh-Hans"' in page.text
    assert translations.of("zh").gettext("I am taking care of it") in page.text
    assert "I am taking care of it" in english.text
    answered = lite.client.post(f"{path}?language=en", data={"act": "take"})
    assert "You are taking care of it" in text(answered)


def test_a_contact_reads_what_it_means_and_says_yes_no_and_yes_to_drills(house):
    path = house.agreement("Bert")
    assert "may we call you when Ada needs help" in text(house.client.get(path))

    page = house.client.post(path, data={"alarms": "yes", "drills": "yes"})
    assert "you are called when help is needed" in text(page)
    assert house.contact("Bert").drills_agreed_at == house.night.now

    house.client.post(path, data={"alarms": "yes"})
    assert house.contact("Bert").drills_agreed_at is None
    assert house.contact("Bert").agreed_at is not None

    page = house.client.post(path, data={"alarms": "no", "drills": "yes"})
    assert "you are not called" in text(page)
    assert house.contact("Bert").declined_at == house.night.now
    assert house.contact("Bert").drills_agreed_at is None


def test_who_has_said_no_is_not_called_and_may_change_their_mind(house):
    house.client.post(house.agreement("Bert"), data={"alarms": "no"})
    house.night.falls()
    assert house.night.sending.called == ["cara"]

    house.client.post(house.agreement("Bert"), data={"alarms": "yes"})

    with db.reading(house.night.engine) as session:
        assert [c.declined_at for c in circle.contacts(session, house.night.wearer_id(session))] == [None, None]


def test_staff_answer_by_their_link_as_long_as_they_are_staff(house):
    house.night.remove_contact("Bert")
    house.night.remove_contact("Cara")
    house.night.falls()

    page = house.says("Sam", "take")

    assert "You are taking care of it until" in text(page)
    assert house.alarm().acknowledged_by == "Sam"
