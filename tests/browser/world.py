"""A household that has been lived in for six weeks, and the real application over it, on a free port."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import uvicorn
from pydantic import SecretStr
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from cloud import db, outbox
from cloud.calendars import feeds, ics
from cloud.calendars import service as calendars
from cloud.catalogue import loading
from cloud.catalogue.rules import id_of
from cloud.consent.service import Answer
from cloud.consumption import service as consumption
from cloud.consumption.scoring import Outcome
from cloud.devices import registry
from cloud.devices.inbox_tables import SetAside
from cloud.devices.tables import Mode, Slot
from cloud.flows import intake, ordering, permissions, review
from cloud.orders import service as orders
from cloud.orders import views
from cloud.orders.rules import Event
from cloud.orders.service import News
from cloud.orders.tables import Order
from cloud.outbox.tables import OutboxRow
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Role
from cloud.replenishment import mandates
from cloud.settings import Settings
from cloud.web import application, words
from cloud.web.deps import Web
from contract import topics
from contract.fields import Kind, Purpose, Quality, Supply
from contract.messages import DeviceReport, Reading, Readings, Reported, SlotReport, encode
from contract.topics import Up
from kit import ids
from kit.bus import Delivery
from kit.clock import ManualClock
from kit.mosquitto import free_port

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
STREAM = "ab" * 16
DAYS = 42
DAY = timedelta(days=1)
GRAVE = {"serious", "critical"}
PASSWORD = "correct horse battery"
HOLIDAY = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//forehand//tests//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261220
DTEND;VALUE=DATE:20261228
SUMMARY:Holiday with grandma
END:VEVENT
END:VCALENDAR
"""

SLOTS = {
    "black": ("printer", "1.1", Kind.LEVEL_FRACTION),
    "cyan": ("printer", "1.2", Kind.LEVEL_FRACTION),
    "waste": ("printer", "1.9", Kind.LEVEL_FRACTION),
    "milk": ("fridge", "1", Kind.AMOUNT_G),
}


@dataclass
class Lived:
    """Ada's home at NOW: black ink asks, cyan ink is on its way, milk is ordered by itself around a holiday."""

    engine: Engine
    language: str = "en"
    invitation: str = ""
    household_id: str = ""
    person_id: str = ""
    slots: dict[str, str] = field(default_factory=dict)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW - DAYS * DAY))
    new_id: ids.Ids = field(default_factory=lambda: ids.seeded(11))
    _seq: int = 0

    def build(self) -> "Lived":
        with db.transaction(self.engine) as session:
            self._move_in(session)
            self._remember(session)
        self._live()
        with db.transaction(self.engine) as session:
            self._trust(session)
            self._order_cyan(session)
        self._review_all()
        return self

    def _move_in(self, session: Session) -> None:
        now = self.clock.now()
        loading.load(session, loading.starter(), now)
        home = people.add_household(session, self.new_id, "Ada & Lin", "Europe/Berlin", now)
        self.household_id = home.id
        new = NewPerson("Ada", "ada@example.org", household_id=home.id, language=self.language)
        person, _ = people.add_person(session, self.new_id, new, now)
        self.person_id = person.id
        registry.add_agent(session, registry.NewAgent("pi-1", home.id, "Kitchen box"), now)
        self._allow(session, "supply")
        self._report(session, _devices())
        for (device, name), slot in registry.device_slots(session, "pi-1").items():
            key = next(k for k, (d, n, _) in SLOTS.items() if (d, n) == (device, name))
            self.slots[key] = slot.id

    def _report(self, session: Session, devices: list[DeviceReport]) -> None:
        report = Reported(stream=STREAM, boot=1, agent_version="1", config=1, consent=1, devices=devices)
        self._send(session, Delivery(topics.up("pi-1", Up.REPORTED), encode(report)))

    def put_up_a_scale(self) -> str:
        """It tells grams, and not of what; the id of its supply place. A minute passes, and all is looked at again."""
        self.clock.advance(timedelta(minutes=1))
        scale = DeviceReport(
            device="shelf", type="scale", serial="s-2", model="Shelf scale",
            slots=[SlotReport(slot="1", kind=Kind.AMOUNT_G)],
        )  # fmt: skip
        with db.transaction(self.engine) as session:
            self._report(session, [*_devices(), scale])
            place = registry.device_slots(session, "pi-1")["shelf", "1"]
            place.last_value, place.last_value_at = 1300.0, self.clock.now()
            session.add(place)
            slot_id = place.id
        self._review_all()
        return slot_id

    def _allow(self, session: Session, purpose: str) -> None:
        text = words.PURPOSES[purpose][1]
        said = Answer(purpose, True, text, words.PURPOSE_TEXT_VERSION, "en", self.person_id, "page")
        permissions.answer(session, self.new_id, self.household_id, said, self.clock.now())

    def _remember(self, session: Session) -> None:
        """How earlier forecasts turned out."""
        now = self.clock.now()
        for key, offs in (("milk", (1, 0, -2)), ("black", (-1, 2))):
            ends = [(now - (n + 1) * 5 * DAY, off) for n, off in enumerate(offs)]
            seeds = [Outcome(end, end - 3 * DAY, end - off * DAY, end + 3 * DAY, end) for end, off in ends]
            consumption.seed_outcomes(session, self.new_id, self.slots[key], seeds, now)

    def _live(self) -> None:
        milk = 2060.0
        for half_day in range(DAYS * 2):
            milk = 2060.0 if milk < 230 else milk - (190 + 40 * (half_day % 3))
            levels = {
                "black": 0.97 - 0.0112 * half_day, "cyan": 0.88 - 0.0045 * half_day, "waste": 0.2 + half_day / 900,
                "milk": milk,
            }  # fmt: skip
            with db.transaction(self.engine) as session:
                self._read(session, levels)
            if half_day % 2:
                self._review_all()
            self.clock.advance(DAY / 2)

    def _read(self, session: Session, levels: dict[str, float]) -> None:
        self._seq += 1
        now = self.clock.now()
        readings = [
            Reading(
                device=SLOTS[key][0], slot=SLOTS[key][1], up_ms=self._seq, at_ms=int(now.timestamp() * 1000),
                kind=SLOTS[key][2], value=round(max(0.0, value), 2), resolution=0.01 if value < 2 else 5.0,
                quality=Quality.GOOD, basis="ratio", serial=None,
            )
            for key, value in levels.items()
        ]  # fmt: skip
        batch = Readings(stream=STREAM, seq=self._seq, boot=1, purpose=Purpose.SUPPLY, consent=1, readings=readings)
        self._send(session, Delivery(topics.up("pi-1", Up.READINGS), encode(batch)))

    def _trust(self, session: Session) -> None:
        """Milk orders by itself: three weeks of good forecasts, consent, an agreement, and days away ahead."""
        now = self.clock.now()
        self._allow(session, "order")
        milk = session.get_one(Slot, self.slots["milk"])
        milk.mode = Mode.AUTOMATIC
        session.add(milk)
        terms = mandates.Terms(
            (id_of("milk-1l"),), 700, 4000, "EUR", 8, 24, now + 365 * DAY,
            words.MANDATE_TEXT % {"product": "Milk, 1 litre", "ceiling": "€7.00", "cap": "€40.00", "quantity": 8,
                                  "hours": 24, "until": "24 November 2027"},
            words.MANDATE_TEXT_VERSION, "en",
        )  # fmt: skip
        permissions.sign(session, self.new_id, self.household_id, terms, self.person_id, now)
        pause = calendars.NewPause(date(2026, 12, 5), date(2026, 12, 9), calendars.PauseKind.AWAY, None)
        calendars.add_pause(session, self.new_id, self.household_id, pause, now)

    def _order_cyan(self, session: Session) -> None:
        now = self.clock.now()
        made = ordering.order_now(session, self.new_id, ordering.Tap(self.household_id, self.slots["cyan"]), now)
        assert isinstance(made, Order)
        orders.started(session, made, now)
        orders.happened(session, self.new_id, made.id, News(Event.ACCEPTED, "S-1", now + 3 * DAY), now)
        orders.happened(session, self.new_id, made.id, News(Event.SHIPPED), now)

    def _review_all(self) -> None:
        with db.transaction(self.engine) as session:
            for slot_id in session.exec(select(Slot.id).order_by(Slot.id)).all():
                review.review(session, self.new_id, slot_id, self.clock.now(), timedelta(hours=1))

    def _send(self, session: Session, delivery: Delivery) -> None:
        intake.on_messages(session, self.new_id, [delivery], self.clock.now())

    def invite(self) -> str:
        """A fresh invitation for Ada, so that every walk begins at the beginning."""
        with db.transaction(self.engine) as session:
            account = people.account_for(session, "ada@example.org")
            assert account is not None
            return people.invite(session, account, self.clock.now())

    def trouble(self, language: str) -> str:
        """One thing for each page of staff; the invitation of Sue, who works here."""
        now = self.clock.now()
        with db.transaction(self.engine) as session:
            new = NewPerson("Sue", "sue@example.org", Role.STAFF, language=language)
            _, invitation = people.add_person(session, self.new_id, new, now)
            session.add(SetAside(
                agent_id="pi-1", topic=topics.up("pi-1", Up.READINGS), reason="not_json", detail="it ends too early",
                body=b"{", size=1, received_at=now - DAY,
            ))  # fmt: skip
            mail = outbox.put(session, self.new_id, "mail.send", {}, not_before=now, now=now)
            dead = session.get_one(OutboxRow, mail)
            dead.dead_at, dead.last_error, dead.attempts = now, "refused_address", 9
            waits = next(o for o in views.open_orders(session, self.household_id) if o.slot_id == self.slots["milk"])
            orders.started(session, waits, now - DAY / 8)
            orders.happened(session, self.new_id, waits.id, News(Event.UNCERTAIN), now)
        return invitation

    def web(self) -> Web:
        return Web(
            engine=self.engine, settings=Settings(credential_key=SecretStr("k" * 32)), clock=self.clock,
            ids=self.new_id,
            fetcher=lambda _address, _etag=None, _modified=None: feeds.Fetched(HOLIDAY), expander=ics.read,
        )  # fmt: skip


def _devices() -> list[DeviceReport]:
    printer = [
        SlotReport(slot="1.1", kind=Kind.LEVEL_FRACTION, colour="black", description="Black ink"),
        SlotReport(slot="1.2", kind=Kind.LEVEL_FRACTION, colour="cyan", description="Cyan ink"),
        SlotReport(slot="1.9", kind=Kind.LEVEL_FRACTION, supply=Supply.RECEPTACLE, description="Waste ink box"),
    ]
    fridge = [SlotReport(slot="1", kind=Kind.AMOUNT_G, description="Milk")]
    return [
        DeviceReport(device="printer", type="printer", uuid="u-1", model="Officejet 8120", slots=printer),
        DeviceReport(device="fridge", type="scale", serial="s-1", model="Fridge door scale", slots=fridge),
    ]


class Served:
    """The application under uvicorn in a thread of its own."""

    def __init__(self, web: Web) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        config = uvicorn.Config(
            application.create(web), host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)


def enter(page: Any, served: Served, home: Lived) -> None:
    page.goto(f"{served.address}/welcome/{home.invite()}")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Choose this password").click()
    page.locator("#next").wait_for()
