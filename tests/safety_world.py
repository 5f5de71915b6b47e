"""Ada's home with a wristband, for the tests of the fall alarm's standing, circle and drills."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from cloud import db
from cloud.devices.tables import Agent
from cloud.emergencies import circle
from cloud.emergencies.circle import NewContact
from cloud.emergencies.rules import Standing
from cloud.emergencies.tables import Alarm, Contact, Wearer
from cloud.emergencies.watching import Change
from cloud.flows import alarms, circles, standing
from cloud.notifications.tables import Notification
from cloud.people.tables import Person, Role
from contract import topics
from contract.alarms import Alarm as Message
from contract.alarms import AlarmBy, AlarmEvent
from contract.messages import DeviceReport, Reported, encode
from contract.topics import Up
from kit.bus import Delivery
from tests.reviewing import STREAM, Home
from tests.web_api_world import World

MINUTE = timedelta(minutes=1)
MOST_STATEMENTS = 40
EVE = {"name": "Eve", "email": "eve@example.org", "language": "zh"}
BAND = "band"


@dataclass
class Worn:
    """The band, its wearer, and what they do."""

    home: Home
    consent: int = 1
    falls: int = 0

    def put_on(self, *, worn: bool = True, battery: float | None = 0.8, retained: bool = False) -> None:
        """The box reports the band, and that it obeys the newest consent."""
        report = DeviceReport(device=BAND, type="wristband", serial="b-1", worn=worn, battery_fraction=battery)
        message = Reported(
            stream=STREAM, boot=1, agent_version="1", config=1, consent=self.consent, devices=[report]
        )  # fmt: skip
        self.home.send(Delivery(topics.up("pi-1", Up.REPORTED), encode(message), retained=retained))

    def allow(self, purpose: str, *, given: bool = True) -> None:
        self.home.allow(purpose, given=given)
        self.consent += 1

    def switch_on(self) -> None:
        self.allow("safety")
        self.put_on()

    def wearer(self) -> Wearer:
        with db.reading(self.home.engine) as session:
            found = session.exec(select(Wearer)).one()
            session.expunge_all()
            return found

    def add(self, name: str, *, in_circle: bool = True, agrees: bool = True, drills: bool = False) -> str:
        """A contact, who has followed their own link; the contact's id."""
        with db.transaction(self.home.engine) as session:
            reaches = (("email", f"{name.lower()}@example.org"),)
            new = NewContact(name, "en", reaches, in_circle=in_circle)
            wearer = session.exec(select(Wearer)).one()
            made = circles.add_contact(session, self.home.new_id, wearer, new, self.home.now)
            assert isinstance(made, Contact)
            if agrees:
                circle.agree(session, made, alarms=True, drills=drills, now=self.home.now)
            return made.id

    def agree(self, contact_id: str, *, drills: bool) -> None:
        with db.transaction(self.home.engine) as session:
            contact = session.get_one(Contact, contact_id)
            circle.agree(session, contact, alarms=True, drills=drills, now=self.home.now)

    def falls_down(self) -> str:
        """A confirmed fall; the alarm's id."""
        self.falls += 1
        said = Message(
            stream=STREAM, seq=self.falls, boot=1, consent=self.consent, device=BAND, alarm_id=f"{self.falls:032x}",
            kind="fall", event=AlarmEvent.CONFIRMED, by=AlarmBy.DETECTOR, up_ms=self.falls,
            at_ms=int(self.home.now.timestamp() * 1000),
        )  # fmt: skip
        with db.transaction(self.home.engine) as session:
            agent = session.exec(select(Agent)).one()
            alarms.hear(session, self.home.new_id, agent, said, self.home.now)
        with db.reading(self.home.engine) as session:
            return session.exec(select(Alarm.id).order_by(col(Alarm.number).desc()).limit(1)).one()

    def looks(self, minutes: int = 1) -> list[Standing]:
        """Every minute somebody looks whether there is something to tell; what was told."""
        told = []
        for _ in range(minutes):
            with db.transaction(self.home.engine) as session:
                change = standing.tell_changes(session, self.home.new_id, self.wearer().id, self.home.now)
                if isinstance(change, Change):
                    told.append(change.watch.standing)
            self.home.now += MINUTE
        return told

    def mails(self, template: str) -> list[Notification]:
        with db.reading(self.home.engine) as session:
            rows = select(Notification).where(Notification.template == template)
            found = list(session.exec(rows.order_by(col(Notification.created_at), col(Notification.address))))
            session.expunge_all()
            return found


def alarm(session: Session, alarm_id: str) -> Alarm:
    return session.get_one(Alarm, alarm_id)


def with_a_band(engine: Engine) -> World:
    """Ada's pages, her fall alarm on. `at` is where its page's forms go."""
    made = World(Home(engine))
    made.worn = Worn(made.home)
    made.worn.switch_on()
    made.wearer_id = made.worn.wearer().id
    made.at = f"/safety/{made.wearer_id}"
    return made


def press(caller, path, **fields):
    """A button of a form, by somebody signed in."""
    return caller.post(path, data={"csrf": caller.token, **fields})


def nobody_of_staff(world):
    with db.transaction(world.home.engine) as session:
        for person in session.exec(select(Person).where(Person.role == Role.STAFF)).all():
            person.role = Role.CARER
            session.add(person)
