import random
from datetime import timedelta
from gettext import NullTranslations

import httpx2
import pytest
import sqlmodel

from cloud import db, outbox
from cloud.notifications import channels, service, smtp
from cloud.notifications.channels import Ways
from cloud.notifications.rendering import TEMPLATES, Words
from cloud.notifications.sending import MailSender
from cloud.notifications.service import Contact
from kit import ids
from kit.clock import ManualClock
from simulator.mail import MailCatcher
from tests.orders_world import START

ADA = Contact("p" * 32, "Ada", "ada@example.org", time_zone="Europe/Berlin", household_id="h" * 32)
LI = Contact("q" * 32, "李雷", "li@example.org", language="zh", time_zone="Asia/Shanghai")
NOTICE = {
    "path": "/orders/1",
    "product": "Milk <b>1 litre</b>",
    "quantity": 2,
    "total_minor": 298,
    "currency": "EUR",
    "arrives_on": "2026-03-05T23:30:00+00:00",
    "cancel_until": "2026-03-03T08:00:00+00:00",
}
EVERYTHING = NOTICE | {
    "number": 17, "wearer": "Berta", "kind": "fall", "is_drill": False, "is_late": False, "is_staff": False,
    "happened_at": "2026-03-02T22:00:00+00:00", "taken_by": "Cara", "closed_by": "Cara", "disposition": "helped",
    "standing": "off", "before": "on", "since": "2026-03-02T22:00:00+00:00",
}  # fmt: skip


class Shouting(NullTranslations):
    """A language in which every sentence is marked."""

    def gettext(self, message):
        return "译" + message


def translate(language):
    return Shouting() if language == "zh" else NullTranslations()


@pytest.fixture
def catcher():
    made = MailCatcher()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def engine(database_url):
    made = db.engine(database_url)
    sqlmodel.SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def clock():
    return ManualClock(START)


def sender(engine, smtp_url):
    post = channels.post(Ways(email=smtp.server(smtp_url, "Forehand <forehand@localhost>")))
    return MailSender(engine, Words(translate, "http://127.0.0.1:8000/"), post)


def tell(engine, contact=ADA, template="order_notice", context=NOTICE, key="order:1:notice"):
    with db.transaction(engine) as session:
        told = service.tell(session, ids.system, contact, template, context, key, START)
        return told.id if told else None


def send(engine, clock, smtp_url):
    return outbox.send_due(engine, sender(engine, smtp_url).senders(), clock, random.Random(1))  # noqa: S311


def steps(engine, told):
    with db.reading(engine) as session:
        return [(step.outcome, step.code) for step in service.attempts(session, told)]


def test_the_notice_before_an_order_says_what_how_much_when_and_how_to_stop_it(engine, clock, catcher):
    told = tell(engine)

    send(engine, clock, catcher.smtp_url)

    [caught] = catcher.inbox.wait_for(1, seconds=5)
    assert caught.recipients == ("ada@example.org",)
    assert "Milk" in caught.subject
    for part in (caught.part("html"), caught.part("plain")):
        assert "€2.98" in part
        assert "Friday, 6 March 2026" in part
        assert "3 March, 09:00" in part
        assert "/orders/1" in part
    assert "<b>" not in caught.part("html").split("</head>")[1]
    assert steps(engine, told) == [("queued", None), ("sent", None)]


def test_a_mail_carries_the_outbox_id_so_that_a_repeat_can_be_recognised(engine, clock, catcher):
    tell(engine)

    send(engine, clock, catcher.smtp_url)

    [caught] = catcher.inbox.wait_for(1, seconds=5)
    with db.reading(engine) as session:
        row = session.exec(sqlmodel.select(outbox.OutboxRow)).one()
    assert str(caught.message["X-Forehand-Id"]) == row.id
    assert str(caught.message["Message-ID"]) == f"<{row.id}@localhost>"
    assert row.done_at is not None


def test_each_person_reads_their_own_language(engine, clock, catcher):
    tell(engine, LI)

    send(engine, clock, catcher.smtp_url)

    [caught] = catcher.inbox.wait_for(1, seconds=5)
    assert caught.subject.startswith("译")
    assert "2026年3月6日" in caught.part("html")


def test_the_same_thing_is_told_once(engine):
    assert tell(engine) is not None
    assert tell(engine) is None
    assert tell(engine, LI) is not None


def test_a_mail_server_that_is_down_is_tried_again_and_every_attempt_stands(engine, clock, catcher):
    told = tell(engine)
    send(engine, clock, "smtp://127.0.0.1:9")
    clock.advance(timedelta(minutes=1))

    send(engine, clock, catcher.smtp_url)

    assert len(catcher.inbox.wait_for(1, seconds=5)) == 1
    assert steps(engine, told) == [("queued", None), ("failed", "not_taken"), ("sent", None)]


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_server_that_speaks_no_tls_gets_nothing_where_tls_is_asked_for(engine, clock, catcher, scheme):
    told = tell(engine)

    send(engine, clock, catcher.smtp_url.replace("smtp:", f"{scheme}:"))

    assert steps(engine, told)[-1] == ("failed", "not_taken")
    assert catcher.inbox.mails() == []


def test_an_address_that_the_server_refuses_has_a_code_of_its_own(engine, clock, catcher):
    async def refuse(*_args):
        return "550 no such person"

    catcher.inbox.handle_RCPT = refuse
    told = tell(engine)

    send(engine, clock, catcher.smtp_url)

    assert steps(engine, told)[-1] == ("failed", "address_refused")


def test_an_address_that_would_choose_another_server_reaches_nobody(engine, clock, catcher):
    evil = Contact("e" * 32, "Eve", "json://127.0.0.1:1/?to=a@b", language="en")
    told = tell(engine, evil)

    send(engine, clock, catcher.smtp_url)

    assert catcher.inbox.mails() == []
    assert steps(engine, told)[-1][0] == "failed"


def test_a_template_that_cannot_be_rendered_is_dead_at_once(engine, clock, catcher):
    told = tell(engine, context={})

    send(engine, clock, catcher.smtp_url)

    assert steps(engine, told)[-1] == ("failed", "not_rendered")
    assert catcher.inbox.mails() == []


@pytest.mark.parametrize("template", sorted(p.stem for p in TEMPLATES.glob("[a-z]*.html")))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_template_can_be_said_in_every_language(template, language):
    page = Words(translate, "http://x").mail(template, EVERYTHING, name="Ada", language=language, time_zone="UTC")

    assert page.subject
    assert "Ada" in page.html


def test_the_inbox_can_be_read_in_a_browser_and_runs_nothing(engine, clock, catcher):
    tell(engine)
    send(engine, clock, catcher.smtp_url)
    catcher.inbox.wait_for(1, seconds=5)

    page = httpx2.get(catcher.web_url)
    assert page.status_code == 200
    assert "Milk" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "2.98" in httpx2.get(catcher.web_url + "1/body").text
    assert httpx2.get(catcher.web_url + "7").status_code == 404


@pytest.mark.parametrize("url", ["", "json://x", "http://mail", "smtp://"])
def test_settings_that_are_no_mail_server_are_refused_with_words(url):
    with pytest.raises(smtp.MailError):
        smtp.server(url, "a@example.org")
