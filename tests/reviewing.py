"""A household with one printer, for the tests of what a review does."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from cloud import db
from cloud.calendars import service as calendars
from cloud.catalogue.rules import id_of
from cloud.consent.service import Answer
from cloud.consumption import service as consumption
from cloud.consumption.scoring import Outcome
from cloud.devices import registry
from cloud.devices.tables import Mode, Slot
from cloud.flows import intake, permissions, review
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.replenishment import mandates
from cloud.replenishment.tables import DecisionRow
from contract import topics
from contract.fields import Kind, Purpose, Quality
from contract.messages import Anchor, DeviceReport, Reading, Readings, Reported, SlotReport, encode
from contract.topics import Up
from kit import ids
from kit.bus import Delivery
from tests.support import stock

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
STREAM = "ab" * 16
DAY = timedelta(days=1)


@dataclass
class Home:
    """Ada's home: `passes` lets days go by with so much ink used on each."""

    engine: Engine
    now: datetime = START
    level: float = 1.0
    seq: int = 0
    household_id: str = ""
    person_id: str = ""
    serial: str = "CRUM-1"
    new_id: ids.Ids = field(default_factory=lambda: ids.seeded(3))

    def move_in(self) -> None:
        with db.transaction(self.engine) as session:
            stock.load(session, self.now)
            home = people.add_household(session, self.new_id, "Ada", "Europe/Berlin", self.now)
            self.household_id = home.id
            new = NewPerson("Ada", "ada@example.org", household_id=home.id)
            self.person_id = people.add_person(session, self.new_id, new, self.now)[0].id
            registry.add_agent(session, registry.NewAgent("pi-1", home.id, "Kitchen"), self.now)
        self.allow("supply")
        slot = SlotReport(slot="1.1", kind=Kind.LEVEL_FRACTION, colour="black", description="Black ink")
        device = DeviceReport(device="printer", type="printer", uuid="u-1", slots=[slot])
        report = Reported(stream=STREAM, boot=1, agent_version="1", config=1, consent=1, devices=[device])
        self.send(Delivery(topics.up("pi-1", Up.REPORTED), encode(report)))

    def allow(self, purpose: str, *, given: bool = True) -> None:
        said = Answer(purpose, given, "text", "1", "en", self.person_id, "page")
        with db.transaction(self.engine) as session:
            permissions.answer(session, self.new_id, self.household_id, said, self.now)

    def trust(self) -> None:
        """Three cycles inside their range, mode automatic, consent to order and a mandate."""
        self.allow("order")
        ends = [self.now - n * 30 * DAY for n in (1, 2, 3)]
        seeds = [Outcome(end, end - DAY, end, end + DAY, end) for end in ends]
        with db.transaction(self.engine) as session:
            slot = session.exec(select(Slot)).one()
            slot.mode = Mode.AUTOMATIC
            session.add(slot)
            consumption.seed_outcomes(session, self.new_id, slot.id, seeds, self.now)
        self.sign()

    def sign(self, ceiling: int = 5000, cap: int = 20_000) -> str:
        terms = mandates.Terms(
            (id_of("ink-black"),), ceiling, cap, "EUR", 2, 24, self.now + 365 * DAY, "text", "1", "en"
        )
        with db.transaction(self.engine) as session:
            return permissions.sign(session, self.new_id, self.household_id, terms, self.person_id, self.now).id

    def away(self, first: date, last: date) -> None:
        pause = calendars.NewPause(first, last, "away", "", "person", self.person_id)
        with db.transaction(self.engine) as session:
            calendars.add_pause(session, self.new_id, self.household_id, pause, self.now)
            permissions.look_again(session, self.household_id, self.now)

    def back(self) -> None:
        """Every pause is called off."""
        with db.transaction(self.engine) as session:
            for pause in calendars.pauses(session, self.household_id, self.now.date()):
                calendars.cancel_pause(session, self.household_id, pause.id, self.now)
            permissions.look_again(session, self.household_id, self.now)

    def slot(self, session: Session) -> Slot:
        return session.exec(select(Slot)).one()

    def passes(self, days: int, use: float = 0.05) -> None:
        for _ in range(days * 4):
            self.now += DAY / 4
            self.level = max(0.0, self.level - use / 4)
            self.reads(self.level)

    def reads(self, value: float | None, at: datetime | None = None, quality: Quality = Quality.GOOD) -> None:
        """It arrives now; `at`: when it was taken, if not now. A value that is not known is None, with its quality."""
        self.hears(value, at or self.now, quality=quality)
        self.review()

    def hears(
        self,
        value: float | None,
        at: datetime | None,
        boot: int = 1,
        anchor: Anchor | None = None,
        quality: Quality = Quality.GOOD,
    ) -> None:
        """`at` None: the agent does not know the time yet."""
        self.seq += 1
        told = None if value is None else round(value, 2)
        reading = Reading(
            device="printer", slot="1.1", up_ms=self.seq, at_ms=None if at is None else int(at.timestamp() * 1000),
            kind=Kind.LEVEL_FRACTION, value=told, resolution=0.01, quality=quality, basis="ratio",
            serial=self.serial,
        )  # fmt: skip
        message = Readings(
            stream=STREAM, seq=self.seq, boot=boot, anchor=anchor, purpose=Purpose.SUPPLY, consent=1, readings=[reading]
        )
        self.send(Delivery(topics.up("pi-1", Up.READINGS), encode(message)))

    def send(self, delivery: Delivery) -> None:
        with db.transaction(self.engine) as session:
            intake.on_messages(session, self.new_id, [delivery], self.now)

    def review(self) -> DecisionRow | None:
        with db.transaction(self.engine) as session:
            slot = session.exec(select(Slot)).one()
            return review.review(session, self.new_id, slot.id, self.now, timedelta(hours=1))
