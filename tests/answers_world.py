"""Ada's night with the web in front of it: whoever was called holds a link."""

import re

import sqlmodel
from starlette.testclient import TestClient

from cloud import db
from cloud.calendars.feeds import NotModified
from cloud.emergencies import links
from cloud.emergencies.links import For
from cloud.emergencies.tables import Alarm, AlarmAttempt, AlarmLogEntry, Contact, Wearer
from cloud.outbox import OutboxRow
from cloud.settings import Settings
from cloud.web import application
from cloud.web.deps import Web
from tests.alarms_world import Night

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
            key = links.keys(session, self.night.now)[0]
            token = links.make(key, For.ANSWER, attempt.id, self.night.now + links.ANSWER_LASTS)
        return f"/answer/{token}"

    def agreement(self, name):
        with db.transaction(self.night.engine) as session:
            contact = session.exec(sqlmodel.select(Contact).where(Contact.name == name)).one()
            token = links.to_agree(session, contact.id, self.night.now)
        return f"/agree/{token}"

    def contact(self, name):
        with db.reading(self.night.engine) as session:
            return session.exec(sqlmodel.select(Contact).where(Contact.name == name)).one()

    def says(self, name, act, **more):
        return self.client.post(self.link(name), data={"act": act}, **more)

    def note(self, words):
        with db.transaction(self.night.engine) as session:
            wearer = session.exec(sqlmodel.select(Wearer)).one()
            wearer.notes = words
            session.add(wearer)

    def alarm(self):
        return self.night.alarm()

    def everything(self):
        """What a scanner could have changed."""
        with db.reading(self.night.engine) as session:
            return [
                sorted(repr(row.model_dump()) for row in session.exec(sqlmodel.select(table)))
                for table in (Alarm, AlarmAttempt, AlarmLogEntry, Contact, OutboxRow)
            ]


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)).strip()
