"""Staff at their desk: the real application before a night of alarms, as people who are signed in."""

from dataclasses import dataclass
from math import cos, sin

from fastapi import FastAPI
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from cloud import db
from cloud.calendars import ics
from cloud.calendars.feeds import NotModified
from cloud.emergencies.answering import Who
from cloud.emergencies.rules import Disposition
from cloud.emergencies.tables import Wearer
from cloud.people import audit
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Account, Household, Person, Role
from cloud.settings import Settings
from cloud.web import application
from cloud.web.deps import COOKIE, Web
from contract.alarms import AlarmEvent, Mark, Movement
from tests.alarms_world import HOUR, MINUTE, SECOND, Night
from tests.web_api_world import Caller


@dataclass
class Desk:
    """Sam and Sue work here, Ada is a customer. What they do is a form of the page."""

    night: Night

    def __post_init__(self) -> None:
        self.app = self._app()
        self.client = TestClient(self.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
        with db.transaction(self.night.engine) as session:
            new = NewPerson("Sue", "sue@forehand.example", Role.STAFF)
            people.add_person(session, self.night.new_id, new, self.night.now)
            staff = select(Person).where(Person.role == Role.STAFF).order_by(col(Person.name))
            self.sam, self.sue = (self._sign_in(session, person) for person in session.exec(staff))
            self.ada = self._sign_in(session, session.get_one(Person, self.night.person_id))

    def web(self) -> Web:
        return Web(
            engine=self.night.engine, settings=Settings(), clock=self.night.clock, ids=self.night.new_id,
            fetcher=lambda *_args: NotModified(), expander=ics.read,
        )  # fmt: skip

    def _sign_in(self, session: Session, person: Person) -> Caller:
        account = session.get_one(Account, person.id)
        signed_in = people.sign_in(session, account, self.night.now)
        session.flush()
        found = people.who(session, signed_in.secret, self.night.now)
        assert found is not None
        return Caller(self.client, {COOKIE: signed_in.secret}, found[1].csrf_secret)

    def _app(self) -> FastAPI:
        return application.create(self.web())

    def page(self, alarm_id: str) -> str:
        return str(self.sam.get(f"/staff/alarms/{alarm_id}").text)


def neighbour(first: Night, agent: str, name: str, *contacts: str) -> Night:
    """Another home, under the same clock."""
    made = Night(first.engine, new_id=first.new_id, agent=agent)
    made.share_clock(first)
    made.move_in(*contacts, staff=False)
    rename(made, name)
    return made


def rename(night: Night, name: str) -> None:
    with db.transaction(night.engine) as session:
        session.get_one(Person, night.person_id).name = name
        session.get_one(Household, night.household_id).name = f"{name.rsplit(maxsplit=1)[-1]}, Lindenstr. 4"


def movement(*, fs_hz: int = 50) -> Movement:
    """Four seconds of walking, a drop, an impact of five g, and eight seconds on the floor."""
    walk = [(round(300 * sin(n / 4)), -120, round(980 + 260 * cos(n / 4))) for n in range(4 * fs_hz)]
    drop = [(40, 10, 260 - 10 * n) for n in range(fs_hz // 4)]
    hit = [(2600, -3900, 1900), (-1400, 2200, -900), (700, -500, 1300), (-300, 400, 700)]
    floor = [(960 + 6 * (n % 3), 180, 90 - 4 * (n % 2)) for n in range(8 * fs_hz)]
    samples = [*walk, *drop, *hit, *floor]
    seen = (("free_fall", -240, 0), ("impact", 0, 60), ("turned", 0, 80), ("still", 100, 8_000))
    return Movement(
        fs_hz=fs_hz, impact=len(walk) + len(drop), acc_mg=[axis for each in samples for axis in each],
        marks=[Mark(kind=kind, from_ms=start, to_ms=end) for kind, start, end in seen],
    )  # fmt: skip


def fill(night: Night) -> None:
    """A night in which everything happens at once; `night` is Ada's home, and her alarm is the one to look at."""
    rename(night, "Ada Brandt")
    bo, chen, dov = (
        neighbour(night, agent, name, contact)
        for agent, name, contact in (
            ("pi-2", "Bo Lindqvist", "Eva"),
            ("pi-3", "Chen Wei", "Lin"),
            ("pi-4", "Dov Levi", "Noa"),
        )
    )
    bo.falls("b1")
    bo.closes(bo.contact("Eva"), Disposition.FALSE_ALARM)
    night.clock.advance(50 * MINUTE)  # nothing was open
    dov.sending.broken = night.sending.broken = {"noa@example.org", "bert@example.org"}
    dov.confirmed("d1", ago=3 * HOUR)
    night.passes(2 * MINUTE)
    bo.sos("b2")
    night.passes(20 * SECOND)
    bo.takes(Who("Eva", "page"), bo.alarms()[-1])
    night.suspected()
    night.passes(30 * SECOND)
    night.confirmed()
    night.say(AlarmEvent.EVIDENCE, movement=movement())
    chen.confirmed("c1", drill="c1" * 16)
    with db.transaction(night.engine) as session:
        wearer = session.get_one(Wearer, night.wearer_id(session))
        wearer.notes = (
            "The key is with Mrs Sommer on the first floor.\nAda hears badly on the left. Takes blood thinners."
        )
    night.passes(4 * MINUTE)
    chen.suspected("c2")


def press(caller: Caller, path: str, **fields: str):
    """A button of a form."""
    return caller.post(path, data={"csrf": caller.token, **fields})


def kept(night: Night) -> list[tuple[str, str, str]]:
    """Who did what to what, oldest first."""
    with db.reading(night.engine) as session:
        return [(entry.name, entry.action, entry.subject) for entry in reversed(audit.entries(session))]


def at(night: Night) -> str:
    """The page of the newest alarm."""
    return f"/staff/alarms/{night.alarms()[-1].id}"
