"""Ada wears a wristband; Bert and Cara are called for her, then Sam of the service. A virtual clock drives it all."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from cloud import db
from cloud.consent.service import Answer
from cloud.devices import registry
from cloud.emergencies import answering, calling, circle, history
from cloud.emergencies.answering import Who
from cloud.emergencies.sending import AlarmSender
from cloud.emergencies.tables import Alarm, AlarmAttempt, Contact
from cloud.flows import alarms, intake, permissions
from cloud.jobs.alarms import Alarms
from cloud.notifications.channels import Target
from cloud.notifications.rendering import Mail
from cloud.outbox.tables import OutboxRow
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Role
from contract import decoding, topics
from contract.alarms import Alarm as Message
from contract.alarms import AlarmBy, AlarmEvent, AlarmKind, AlarmUpdate, Movement
from contract.messages import Anchor, DeviceReport, Reported, Stored, encode
from contract.topics import Down, Up
from kit import ids
from kit.bus import Delivery
from kit.clock import ManualClock
from tests.support.chances import NoChance

START = datetime(2026, 3, 2, 22, tzinfo=UTC)
STREAM = "cd" * 16
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PREALARM_MS = 30_000


class PlainWords:
    """Says only what the stories look at."""

    def mail(self, template: str, context: dict, **_more: str) -> Mail:
        drill = "drill " if context["is_drill"] else ""
        late = " late" if context["is_late"] else ""
        return Mail(f"{drill}{template} {context['number']}{late}", context["path"])


@dataclass
class Sending:
    """Stands for every channel. `broken`: addresses, or "all", that take nothing now."""

    clock: ManualClock
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)  # when, address, subject
    broken: set[str] = field(default_factory=set)

    def post(self, target: Target, mail: Mail, reference: str) -> str | None:
        del reference
        if "all" in self.broken or target.address in self.broken:
            return "not_taken"
        self.sent.append((self.clock.now(), target.address, mail.subject))
        return None

    def to(self, who: str) -> list[str]:
        return [subject for _, address, subject in self.sent if address.startswith(who)]

    @property
    def calls(self) -> list[str]:
        """Who was called, without news of it."""
        return [address.partition("@")[0] for _, address, subject in self.sent if "alarm_call" in subject]

    @property
    def called(self) -> list[str]:
        """Who was called or told, in order."""
        return [address.partition("@")[0] for _, address, _ in self.sent]


@dataclass
class Night:
    """Time passes by `passes`: the alarm loop looks every second of it, as it does in a service."""

    engine: Engine
    new_id: ids.Ids = field(default_factory=lambda: ids.seeded(11))
    seq: int = 0
    household_id: str = ""
    person_id: str = ""
    agent: str = "pi-1"

    def __post_init__(self) -> None:
        self.clock = ManualClock(START)
        self.sending = Sending(self.clock)
        self.restart()

    def share_clock(self, other: "Night") -> None:
        self.clock = self.sending.clock = other.clock
        self.restart()

    def restart(self) -> None:
        """The processes are new; what they knew is in the database."""
        sender = AlarmSender(self.engine, PlainWords(), self.sending.post)
        self.loop = Alarms(self.engine, self.clock, self.new_id, sender.senders(), NoChance())

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def move_in(self, *contacts: str, staff: bool = True) -> None:
        with db.transaction(self.engine) as session:
            home = people.add_household(session, self.new_id, "Ada's home", "Europe/Berlin", self.now)
            self.household_id = home.id
            new = NewPerson("Ada", f"ada@{self.agent}.example.org", household_id=home.id)
            self.person_id = people.add_person(session, self.new_id, new, self.now)[0].id
            if staff:
                people.add_person(session, self.new_id, NewPerson("Sam", "sam@forehand.example", Role.STAFF), self.now)
            registry.add_agent(session, registry.NewAgent(self.agent, home.id, "Bedroom"), self.now)
        self.allow("safety")
        self.allow("movement")
        self.report()
        self.say(AlarmEvent.SUSPECTED, "00", confirm_in_ms=0)
        self.say(AlarmEvent.CANCELLED, "00", by=AlarmBy.WEARER)  # the band is known now, as by a first try-on
        with db.transaction(self.engine) as session:
            circle.name(session, circle.wearers(session, self.household_id)[0], self.person_id, self.now)
        for name in contacts:
            self.add_contact(name)

    def add_contact(self, name: str, *, drills: bool = False, channel: str = "email") -> str:
        address = f"{name.lower()}@example.org"
        with db.transaction(self.engine) as session:
            new = circle.NewContact(name, "en", ((channel, address),))
            contact = circle.add_contact(session, self.new_id, self.wearer_id(session), new, self.now)
            assert isinstance(contact, Contact)
            circle.agree(session, contact, alarms=True, drills=drills, now=self.now)
            return contact.id

    def remove_contact(self, name: str) -> None:
        with db.transaction(self.engine) as session:
            wearer_id = self.wearer_id(session)
            found = next(c for c in circle.contacts(session, wearer_id) if c.name == name)
            circle.remove_contact(session, wearer_id, found.id, "Ada", self.now)

    def wearer_id(self, session: Session) -> str:
        return circle.wearers(session, self.household_id)[0].id

    def another_agent(self, name: str) -> None:
        """A second Pi in the same home."""
        with db.transaction(self.engine) as session:
            registry.add_agent(session, registry.NewAgent(name, self.household_id, "Hall"), self.now)

    def allow(self, purpose: str, *, given: bool = True) -> None:
        said = Answer(purpose, given, "text", "1", "en", self.person_id, "page")
        with db.transaction(self.engine) as session:
            permissions.answer(session, self.new_id, self.household_id, said, self.now)

    def report(self, agent: str = "", serial: str = "", **more) -> None:
        band = DeviceReport(device="band", type="wristband", serial=serial or f"WB-{self.agent}", **more)
        report = Reported(
            stream=STREAM, boot=1, agent_version="1", config=1, consent=1, purposes=["safety", "movement"],
            devices=[band],
        )  # fmt: skip
        self.deliver(Delivery(topics.up(agent or self.agent, Up.REPORTED), encode(report)))

    def say(self, event: AlarmEvent, wire: str = "f1", kind: AlarmKind = AlarmKind.FALL, **more) -> Stored | None:
        """One message of the band; it happened now, unless `ago` says when."""
        at = self.now - more.pop("ago", timedelta())
        self.seq += 1
        agent = more.pop("agent", self.agent)
        fields = {"at_ms": int(at.timestamp() * 1000), "drill": None} | more
        message = Message(
            stream=STREAM, seq=self.seq, boot=1, consent=1, alarm_id=wire * 16, kind=kind, event=event, device="band",
            up_ms=self.seq, **fields,
        )  # fmt: skip
        return self.deliver(Delivery(topics.up(agent, Up.ALARMS), encode(message)))

    def suspected(self, wire: str = "f1", **more) -> None:
        self.say(AlarmEvent.SUSPECTED, wire, confirm_in_ms=PREALARM_MS, **more)

    def confirmed(self, wire: str = "f1", **more) -> None:
        self.say(AlarmEvent.CONFIRMED, wire, **({"by": AlarmBy.DETECTOR} | more))

    def cancelled(self, wire: str = "f1", **more) -> None:
        self.say(AlarmEvent.CANCELLED, wire, **({"by": AlarmBy.WEARER} | more))

    def sos(self, wire: str = "50", **more) -> None:
        self.say(AlarmEvent.CONFIRMED, wire, AlarmKind.SOS, by=AlarmBy.WEARER, **more)

    def updated(self, update: AlarmUpdate, after_s: int, wire: str = "f1", **more) -> None:
        self.say(AlarmEvent.UPDATE, wire, update=update, after_ms=1000 * after_s, **more)

    def evidence(self, wire: str = "f1") -> None:
        movement = Movement(fs_hz=50, impact=1, acc_mg=[0, 0, 1000, 3000, 0, 2000, 0, 0, 1000])
        self.say(AlarmEvent.EVIDENCE, wire, movement=movement)

    def deliver_fall(self) -> Stored | None:
        """What the band is answered."""
        return self.say(AlarmEvent.SUSPECTED, confirm_in_ms=PREALARM_MS)

    def falls(self, wire: str = "f1") -> None:
        """Suspected, and confirmed half a minute later."""
        self.suspected(wire)
        self.passes(30 * SECOND)
        self.confirmed(wire)
        self.loop.step(self.now)

    def deliver(self, delivery: Delivery) -> Stored | None:
        with db.transaction(self.engine) as session:
            replies = intake.on_messages(session, self.new_id, [delivery], self.now)
        told = [r for r in replies if r.topic.endswith(Down.STORED)]
        return decoding.decode(told[-1].payload, Stored) if told else None

    def passes(self, time: timedelta) -> None:
        """The loop looks at least whenever something is due, and a second after it did something."""
        until = self.now + time
        while self.now < until:
            due = self._next_due()
            soon = self.now + SECOND
            self.clock.advance((until if due is None else min(until, max(due, soon))) - self.now)
            self.loop.step(self.now)

    def _next_due(self) -> datetime | None:
        with Session(self.engine) as session:
            timer = session.exec(select(sa.func.min(Alarm.next_at))).one()
            waiting = select(sa.func.min(OutboxRow.not_before)).where(
                OutboxRow.topic == calling.NOTIFY, col(OutboxRow.done_at).is_(None), col(OutboxRow.dead_at).is_(None)
            )
            found = (timer, session.exec(waiting).one())
            return min((at for at in found if at is not None), default=None)

    # -- people

    def contact(self, name: str) -> Who:
        """As by the link in the last message to them."""
        with Session(self.engine) as session:
            found = session.exec(select(Contact).where(Contact.name == name)).one()
            tried = select(AlarmAttempt).where(AlarmAttempt.contact_id == found.id).order_by(AlarmAttempt.queued_at)
            last = session.exec(tried).all()
            return Who(name, "link", contact_id=found.id, attempt_id=last[-1].id if last else None)

    def takes(self, who: Who, alarm: Alarm | None = None) -> Alarm | str:
        alarm = alarm or self.alarm()
        with db.transaction(self.engine) as session:
            return alarms.acknowledge(session, self.new_id, alarm.id, who, self.now)

    def act(self, verb, alarm: Alarm, *more):
        """Any of `answering`'s verbs that take no ids."""
        with db.transaction(self.engine) as session:
            return verb(session, alarm.id, *more, self.now)

    def closes(self, who: Who, disposition, alarm: Alarm | None = None) -> Alarm | str:
        alarm = alarm or self.alarm()
        with db.transaction(self.engine) as session:
            return answering.close(session, self.new_id, alarm.id, who, disposition, self.now)

    # -- what stands

    def alarms(self) -> list[Alarm]:
        """Without the try-on, oldest first."""
        with Session(self.engine) as session:
            mine = select(Alarm).where(Alarm.wearer_id == self.wearer_id(session)).order_by(Alarm.number)
            return list(session.exec(mine))[1:]

    def alarm(self) -> Alarm:
        (only,) = self.alarms()
        return only

    def log(self, alarm: Alarm | None = None) -> list[str]:
        with Session(self.engine) as session:
            return [entry.event for entry in history.log_of(session, (alarm or self.alarm()).id)]

    def attempts(self, alarm: Alarm | None = None) -> list[AlarmAttempt]:
        with Session(self.engine) as session:
            return calling.attempts(session, (alarm or self.alarm()).id)


SAM = Who("Sam", "page", person_id="sam")


def anchor(at: datetime, up_ms: int) -> Anchor:
    return Anchor(boot=1, up_ms=up_ms, at_ms=int(at.timestamp() * 1000))
