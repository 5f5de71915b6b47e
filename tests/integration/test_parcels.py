"""Two inks from one supplier: what would be due within days goes along with what leaves anyway."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from cloud import db
from cloud.catalogue.rules import id_of
from cloud.consumption import service as consumption
from cloud.consumption.scoring import Outcome
from cloud.devices.tables import Mode, Slot
from cloud.flows import ordering, parcels, permissions, review
from cloud.orders import service as orders
from cloud.orders.rules import State
from cloud.orders.sending import _start
from cloud.orders.tables import Order, OrderEntry
from cloud.replenishment import ledger, mandates
from cloud.replenishment.tables import DecisionRow
from contract import topics
from contract.fields import Kind, Purpose, Quality
from contract.messages import DeviceReport, Reading, Readings, Reported, SlotReport, encode
from contract.topics import Up
from kit.bus import Delivery
from tests.reviewing import DAY, STREAM, Home

INKS = {"1.1": "black", "1.2": "cyan"}
USE = (0.05, 0.047)  # of a cartridge a day


class TwoInks(Home):
    """Black is used a little faster than cyan, so that it is due some days before."""

    levels = (1.0, 1.0)

    def move_in(self) -> None:
        super().move_in()
        slots = [
            SlotReport(slot=slot, kind=Kind.LEVEL_FRACTION, colour=colour, description=f"{colour} ink")
            for slot, colour in INKS.items()
        ]
        device = DeviceReport(device="printer", type="printer", uuid="u-1", slots=slots)
        report = Reported(stream=STREAM, boot=1, agent_version="1", config=2, consent=1, devices=[device])
        self.send(Delivery(topics.up("pi-1", Up.REPORTED), encode(report)))

    def slots(self) -> list[Slot]:
        with Session(self.engine) as session:
            return list(session.exec(select(Slot).order_by(col(Slot.name))))

    def trust(self) -> None:
        self.allow("order")
        ends = [self.now - n * 30 * DAY for n in (1, 2, 3)]
        with db.transaction(self.engine) as session:
            for slot in session.exec(select(Slot)).all():
                slot.mode = Mode.AUTOMATIC
                session.add(slot)
                seeds = [Outcome(end, end - DAY, end, end + DAY, end) for end in ends]
                consumption.seed_outcomes(session, self.new_id, slot.id, seeds, self.now)
        self.agrees("black")
        self.agrees("cyan")

    def agrees(self, colour: str, hours: int = 24, cap: int = 20_000) -> None:
        products, ends = (id_of(f"ink-{colour}"),), self.now + 365 * DAY
        terms = mandates.Terms(products, 5000, cap, "EUR", 2, hours, ends, "text", "1", "en")
        with db.transaction(self.engine) as session:
            permissions.sign(session, self.new_id, self.household_id, terms, self.person_id, self.now)

    def hours(self, hours: int = 1) -> None:
        self.now += timedelta(hours=hours)
        self.levels = tuple(max(0.0, each - use * hours / 24) for each, use in zip(self.levels, USE, strict=True))
        for slot, level in zip(INKS, self.levels, strict=True):
            self.says(slot, level)
        for slot in reversed(self.slots()):  # cyan first: it has been looked at when black is ordered
            with db.transaction(self.engine) as session:
                review.review(session, self.new_id, slot.id, self.now, timedelta(hours=1))

    def says(self, slot: str, value: float) -> None:
        self.seq += 1
        reading = Reading(
            device="printer", slot=slot, up_ms=self.seq, at_ms=int(self.now.timestamp() * 1000),
            kind=Kind.LEVEL_FRACTION, value=round(value, 2), resolution=0.01, quality=Quality.GOOD, basis="ratio",
            serial=f"CRUM-{slot}",
        )  # fmt: skip
        told = Readings(
            stream=STREAM, seq=self.seq, boot=1, purpose=Purpose.SUPPLY, consent=1, readings=[reading]
        )  # fmt: skip
        self.send(Delivery(topics.up("pi-1", Up.READINGS), encode(told)))

    def until_ordered(self) -> list[Order]:
        """The first order, and what has joined it some hours later."""
        self.until_the_first()
        for _ in range(4):
            self.hours()
        return self.orders()

    def until_the_first(self) -> None:
        while not self.orders():
            self.hours(6)

    def orders(self) -> list[Order]:
        with Session(self.engine) as session:
            return list(session.exec(select(Order).order_by(col(Order.scheduled_at), col(Order.id))))

    def decided(self, slot_id: str) -> list[DecisionRow]:
        with Session(self.engine) as session:
            return ledger.history(session, slot_id, limit=1000)


@pytest.fixture
def inks(engine: Engine) -> TwoInks:
    made = TwoInks(engine)
    made.move_in()
    made.trust()
    return made


def test_the_second_ink_leaves_with_the_first_and_says_why(inks):
    first, second = inks.until_ordered()

    assert (first.product_id, second.product_id) == (id_of("ink-black"), id_of("ink-cyan"))
    assert first.parcel_id == second.parcel_id == first.id
    assert first.send_at == second.send_at
    assert second.scheduled_at - first.scheduled_at == timedelta(hours=1)
    assert second.send_at - second.scheduled_at == timedelta(hours=24)
    [made] = [row for row in inks.decided(second.slot_id) if row.order_id == second.id]
    assert made.reasons == ["goes_along"]
    assert made.inputs["parcel"] == first.id
    assert made.inputs["empty_if_later"] <= made.inputs["accepted_risk"] < made.inputs["empty_if_waits"]
    assert ledger.replays(made)


def test_what_might_leave_sooner_waits_for_the_parcel(inks):
    inks.agrees("cyan", hours=6)

    first, second = inks.until_ordered()
    assert second.send_at == first.send_at == first.scheduled_at + timedelta(hours=24)
    assert second.send_at > second.scheduled_at + timedelta(hours=6)


def test_the_supplier_is_told_that_both_come_together(inks):
    orders = inks.until_ordered()
    with db.transaction(inks.engine) as session:
        told = [
            _start(session, session.get_one(Order, order.id), inks.now, is_allowed=True).order.parcel
            for order in orders
        ]

    assert told == [orders[0].id, orders[0].id]


def test_what_the_agreement_does_not_bear_stays_behind(inks):
    inks.agrees("cyan", cap=1)

    [order] = inks.until_ordered()
    assert order.product_id == id_of("ink-black")
    assert order.parcel_id is None


def test_nothing_goes_along_without_consent(inks):
    inks.until_the_first()
    inks.allow("order", given=False)
    inks.hours()

    assert [order.state for order in inks.orders()] == [State.CANCELLED]


def test_nothing_joins_a_parcel_that_would_come_into_a_pause(inks):
    inks.until_the_first()
    inks.away(inks.now.date(), inks.now.date() + timedelta(days=12))
    inks.hours()

    assert [order.parcel_id for order in inks.orders()] == [None] * len(inks.orders())


def test_nothing_joins_what_a_person_has_sent_or_put_off(inks):
    inks.until_the_first()
    [order] = inks.orders()
    with db.transaction(inks.engine) as session:
        ordering.send_anyway(session, inks.household_id, order.id, inks.now)
    inks.hours()

    assert len(inks.orders()) == 1


def test_a_cancelled_companion_takes_nothing_with_it(inks):
    first, second = inks.until_ordered()
    with db.transaction(inks.engine) as session:
        ordering.cancel(session, inks.new_id, inks.household_id, first.id, inks.now)

    assert [order.state for order in inks.orders()] == [State.CANCELLED, State.SCHEDULED]
    assert inks.orders()[1].send_at == second.send_at


def test_it_is_on_record_when_orders_were_put_together(inks):
    first, second = inks.until_ordered()
    with Session(inks.engine) as session:
        notes = session.exec(select(OrderEntry).where(OrderEntry.event == "parcel")).all()

    assert [(note.order_id, note.details) for note in notes] == [
        (first.id, {"parcel": first.id}),
        (second.id, {"parcel": first.id}),
    ]


def made_beside(inks, first, hours):
    """Another order of the same home and supplier, so many hours later, put together with the first."""
    now, slot_id = first.scheduled_at + timedelta(hours=hours), inks.new_id()
    with db.transaction(inks.engine) as session:
        slot = session.get(Slot, first.slot_id)
        session.add(Slot(**slot.model_dump(warnings=False) | {"id": slot_id, "name": f"2.{hours}"}))
        session.flush()
        own = {"id": inks.new_id(), "slot_id": slot_id, "parcel_id": None}
        other = Order(**first.model_dump(warnings=False) | own | {"reference": f"other-{hours}"})
        other.scheduled_at, other.send_at = now, now + timedelta(hours=24)
        session.add(other)
        session.flush()
        assert orders.share_parcel(session, first.id, other.id, other.send_at, now)


def test_whatever_has_joined_a_parcel_leaves_with_it(inks):
    inks.until_the_first()
    (first,) = inks.orders()

    for hours in (1, 2):
        made_beside(inks, first, hours)

    together = inks.orders()
    assert {order.parcel_id for order in together} == {first.id}
    assert len({order.send_at for order in together}) == 1
    assert len(together) == 3


def test_no_parcel_waits_longer_however_many_join_it(inks):
    inks.until_the_first()
    (first,) = inks.orders()
    made_beside(inks, first, 2)

    latest = {parcels._latest(order, inks.orders()) for order in inks.orders()}

    assert latest == {first.send_at + timedelta(hours=3)}, "counted from when its first order would have left"
