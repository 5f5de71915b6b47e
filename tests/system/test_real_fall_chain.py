"""A recorded fall on the wrist reaches a contact by mail, and the contact's answer reaches the wrist."""

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from cloud import db
from cloud.devices.tables import Agent
from cloud.emergencies import circle, drills
from cloud.emergencies.rules import AlarmState
from cloud.emergencies.tables import Alarm, AlarmAttempt, Contact, Wearer
from cloud.people.tables import Person
from cloud.views import safety
from cloud.web.deps import COOKIE
from kit.mosquitto import Mosquitto, configure, free_port
from simulator.mail import MailCatcher
from tests import falls_recordings
from tests.shared import ROOT, needs_program
from tests.support.processes import Child, until
from tests.system.alarm_homes import STEP_S, Band, Staff, environment, furnish, signed_in
from tests.system.alarm_people import Letter

LOGIN = "of-the-cloud"
PREALARM_S = 5  # the shortest that may be chosen
LIES_S = 12.0
ROLES = ("ingest", "jobs", "web")


@dataclass
class Chain:
    """Everything that runs: three homes, of which one has a fall and one a walk."""

    engine: Engine
    bands: list[Band]
    catcher: MailCatcher
    page: str

    def letters(self) -> list[Letter]:
        found = (Letter.of(mail) for mail in self.catcher.inbox.mails())
        return [letter for letter in found if letter is not None]

    def alarms(self) -> list[Alarm]:
        with Session(self.engine) as session:
            return list(session.exec(select(Alarm).order_by(Alarm.number)))


@pytest.fixture
def chain(postgres_url: str, tmp_path: Path):
    db.upgrade(postgres_url)
    broker = Mosquitto(tmp_path / "broker", free_port(), needs_program("mosquitto"))
    configure(broker.directory, broker.port)
    catcher = MailCatcher()
    catcher.start()
    web_port = free_port()
    bands, _ = furnish(postgres_url, tmp_path, (broker.port, LOGIN))
    engine = db.engine(postgres_url)
    with db.transaction(engine) as session:
        for agent in session.exec(select(Agent)):
            agent.prealarm_s = PREALARM_S
            session.add(agent)
    env = environment(tmp_path, postgres_url, (broker.port, LOGIN), (web_port, catcher.smtp_url))
    env |= {"PYTHONPATH": str(ROOT)}
    children = [
        Child(("cloud", role), env | {"FOREHAND_BROKER_USERNAME": f"cloud-{role}"}, tmp_path / f"cloud-{role}.log")
        for role in ROLES
    ]
    children += [
        Child(
            ("edge", "--config", str(tmp_path / band.agent_id / "agent.toml")), env, tmp_path / f"{band.agent_id}.log"
        )
        for band in bands
    ]
    broker.start()
    for child in children:
        child.start()
    yield Chain(engine, bands, catcher, f"http://127.0.0.1:{web_port}")
    for child in children:
        child.stop()
        sys.stdout.write(f"{child.log.name}:\n{child.says()[-2500:]}\n")
    for band in bands:
        band.close()
    broker.stop()
    catcher.stop()
    engine.dispose()


def plays(band: Band, recorded, still_s: float = 0.0) -> None:
    """At the pace at which it was lived."""
    pace_s = falls_recordings.BUNCH / round(recorded.fs)
    for line in falls_recordings.lines(recorded, still_s):
        band.tells(line)
        time.sleep(pace_s)


@pytest.mark.slow
def test_a_recorded_fall_mails_a_contact_whose_answer_reaches_the_wrist_and_a_walk_mails_nobody(chain: Chain):
    fallen, walking, _ = chain.bands
    until(lambda: all(band.is_heard() for band in chain.bands))
    until(lambda: serves(chain.page))
    time.sleep(STEP_S)  # every agent has heard what is allowed

    plays(walking, falls_recordings.trial(falls_recordings.A_WALK))
    plays(fallen, falls_recordings.trial(falls_recordings.A_FALL), LIES_S)

    until(lambda: bool(chain.letters()))
    (alarm,) = chain.alarms()
    letter = chain.letters()[0]
    assert alarm.kind == "fall"
    assert letter.is_call
    assert (letter.number, letter.to) == (alarm.number, "bert-0@example.org")
    until(lambda: "prealarm" in fallen.buzzes)

    link = f"{chain.page}/answer/{letter.token}"
    assert f"{letter.number}" in httpx2.get(link).text
    assert chain.alarms()[0].state == AlarmState.RAISED  # looking answers nothing
    answered = httpx2.post(link, data={"act": "take"}, follow_redirects=True)

    assert answered.status_code == 200
    assert chain.alarms()[0].acknowledged_by == "bert 0"
    until(lambda: "help" in fallen.buzzes)
    assert walking.buzzes == []
    with Session(chain.engine) as session:
        assert {a.alarm_id for a in session.exec(select(AlarmAttempt))} == {alarm.id}


@pytest.mark.slow
def test_a_test_from_the_page_goes_the_whole_way_to_who_agreed_and_shows_each_hop(chain: Chain):
    band = chain.bands[2]
    until(lambda: band.is_heard() and serves(chain.page))
    time.sleep(STEP_S)
    with db.transaction(chain.engine) as session:
        wearer, visitor = _agrees_to_drills(session, "bert 2")
    asked = httpx2.post(
        f"{chain.page}/safety/{wearer}/drill", data={"csrf": visitor.csrf}, cookies={COOKIE: visitor.secret}
    )

    assert asked.status_code == 303, asked.text
    until(lambda: "mail" in _hops(chain, wearer))
    (mail,) = chain.catcher.inbox.mails()
    assert mail.recipients == ("bert-2@example.org",)
    assert mail.subject.startswith("Drill ")
    assert _hops(chain, wearer)[:5] == ["asked", "broker", "device", "cloud", "mail"]
    page = httpx2.get(f"{chain.page}{asked.headers['location']}", cookies={COOKIE: visitor.secret})
    assert "bert 2" in page.text
    assert chain.alarms()[-1].is_drill
    assert set(band.buzzes) <= {"drill"}


def _agrees_to_drills(session: Session, name: str) -> tuple[str, Staff]:
    """The contact agrees; the wearer is signed in."""
    contact = session.exec(select(Contact).where(Contact.name == name)).one()
    circle.agree(session, contact, alarms=True, drills=True, now=datetime.now(UTC))
    person_id = session.get_one(Wearer, contact.wearer_id).person_id
    return contact.wearer_id, signed_in(session, session.get_one(Person, person_id), datetime.now(UTC))


def _hops(chain: Chain, wearer_id: str) -> list[str]:
    """Those that have their moment, in order."""
    with Session(chain.engine) as session:
        drill = drills.latest(session, wearer_id)
        assert drill is not None
        return [hop.name for hop in safety.drill_seen(session, drill, datetime.now(UTC)).hops if hop.at is not None]


def serves(page: str) -> bool:
    try:
        httpx2.get(f"{page}/healthz")
    except httpx2.HTTPError:
        return False
    return True
