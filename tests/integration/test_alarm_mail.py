"""From the fall to a real mail server and back by the link in the mail."""

import re

import pytest
from starlette.testclient import TestClient

from cloud import db
from cloud.calendars.feeds import NotModified
from cloud.emergencies.sending import AlarmSender
from cloud.jobs.alarms import Alarms
from cloud.notifications import channels, smtp
from cloud.notifications.channels import Ways
from cloud.notifications.rendering import Words
from cloud.settings import Settings
from cloud.web import application, translations
from cloud.web.deps import Web
from simulator.mail import MailCatcher
from tests.alarms_world import MINUTE, Night
from tests.support.chances import NoChance

HTTP_URL = "http://127.0.0.1:8000"


@pytest.fixture
def catcher():
    made = MailCatcher()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def night(database_url, catcher):
    engine = db.engine(database_url)
    made = Night(engine)
    made.move_in("Bert", "Cara")
    mails_to(made, catcher.smtp_url)
    yield made
    engine.dispose()


def mails_to(night, smtp_url):
    post = channels.post(Ways(email=smtp.server(smtp_url, "Forehand <forehand@localhost>")))
    sender = AlarmSender(night.engine, Words(translations.of, HTTP_URL), post)
    night.loop = Alarms(night.engine, night.clock, night.new_id, sender.senders(), NoChance())


def client(night):
    web = Web(
        engine=night.engine, settings=Settings(), clock=night.clock, ids=night.new_id,
        fetcher=lambda *_: NotModified(), expander=lambda *_: [],
    )  # fmt: skip
    return TestClient(application.create(web), base_url=HTTP_URL)


def link(mail):
    return re.search(rf"{HTTP_URL}(/answer/\S+)", mail.part("plain"))[1]


def test_a_fall_is_mailed_and_the_link_in_the_mail_answers_it(night, catcher):
    night.falls()

    [mail] = catcher.inbox.wait_for(1, seconds=5)
    number = night.alarm().number
    assert mail.recipients == ("bert@example.org",)
    assert mail.subject == f"Alarm {number}: Ada may have fallen. Please answer."
    assert str(mail.message["X-Forehand-Id"]).startswith(f"alarm-{number}-")
    assert link(mail) in mail.part("html")

    web = client(night)
    assert "Ada may have fallen" in web.get(link(mail)).text
    web.post(link(mail), data={"act": "take"})
    assert night.alarm().acknowledged_by == "Bert"
    assert night.attempts()[0].outcome == "answered"


def test_nobody_answers_so_the_second_is_mailed_and_the_first_hears_how_it_ended(night, catcher):
    night.falls()
    night.passes(4 * MINUTE)

    first, second = catcher.inbox.wait_for(2, seconds=5)
    assert [m.recipients[0].partition("@")[0] for m in (first, second)] == ["bert", "cara"]
    assert first.subject == second.subject

    web = client(night)
    web.post(link(second), data={"act": "take"})
    night.loop.step(night.now)
    web.post(link(second), data={"act": "helped"})
    night.loop.step(night.now)

    told = catcher.inbox.wait_for(4, seconds=5)[2:]
    number = night.alarm().number
    assert [(m.recipients[0].partition("@")[0], m.subject) for m in told] == [
        ("bert", f"Alarm {number}: Cara is taking care of Ada."),
        ("bert", f"Alarm {number} is over: Ada was helped."),
    ]


def test_a_mail_server_that_is_down_calls_the_next_one_and_in_the_end_says_that_nobody_was_reached(night):
    mails_to(night, "smtp://127.0.0.1:9")

    night.falls()
    night.passes(MINUTE)

    failed = [(a.name, a.code) for a in night.attempts() if a.outcome == "failed"]
    assert failed[:2] == [("Bert", "not_taken"), ("Cara", "not_taken")]
    assert "nobody_reached" in night.log()
