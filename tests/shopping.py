"""A household whose ink is ordered by itself, a supplier who is not to be relied on, and what both may never do."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from cloud import db, outbox
from cloud.catalogue import loading
from cloud.catalogue import service as catalogue
from cloud.catalogue.rules import id_of
from cloud.flows import allowing, intake, order_news, ordering, permissions
from cloud.orders import webhooks
from cloud.orders.rules import OPEN, UNSENT, Reason, State
from cloud.orders.sending import Dispatch
from cloud.orders.supplier_client import SupplierClient
from cloud.orders.tables import Order
from contract import topics
from contract.fields import Kind, Purpose, Quality
from contract.messages import Reading, Readings, encode
from contract.topics import Up
from kit.bus import Delivery
from kit.clock import ManualClock
from simulator.supplier.courier import Courier
from simulator.supplier.desk import Desk, Post
from simulator.supplier.transport import SupplierTransport
from simulator.supplier.warehouse import Fault, Habits, Warehouse
from tests.reviewing import DAY, START, STREAM, Home
from tests.support.at_once import at_once

SUPPLIER, PACK = "corner-store", id_of("corner-store/INK-BK")
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1zdXBwbGllci1mb3ItdGVzdHM="
TOKEN = "tok-for-tests"
ZONE = ZoneInfo("Europe/Berlin")
CAME_TO_NOTHING = {State.CANCELLED, State.REFUSED, State.FAILED}
UNRELIABLE = {
    Fault.SILENT_ACCEPT: 0.2, Fault.SILENT_DROP: 0.2, Fault.ERROR: 0.1, Fault.REFUSE: 0.1, Fault.FAIL: 0.1,
}  # fmt: skip


@dataclass(frozen=True)
class Signed:
    """What the customer remembers of the mandate that they signed last."""

    id: str
    ceiling: int
    cap: int
    starts: datetime
    ends: datetime


@dataclass
class Shopping:
    """Every method is one thing that happens; `check` says what must be true after each, from memory alone."""

    engine: Engine
    home: Home
    seed: int = 7
    faults: dict[Fault, float] = field(default_factory=lambda: UNRELIABLE)
    prices: list[tuple[datetime, int]] = field(default_factory=lambda: [(START, 1890)])
    signed: Signed | None = None
    may_order: bool = True
    orders: dict[str, str] = field(default_factory=dict)  # the automatic ones, with the month they were made in
    parcels: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.clock = ManualClock(self.home.now)
        self.chances = random.Random(self.seed)  # noqa: S311 - repeatable on purpose
        self.warehouse = Warehouse(Habits(shares=self.faults, repeats_webhooks=0.3), self.chances)
        desk = Desk(self.warehouse, TOKEN, SECRET)
        self.courier = Courier(desk, self._webhook)
        client = SupplierClient(SupplierTransport(desk, self.clock))
        self.dispatch = Dispatch(self.engine, client, self.home.new_id, self._moved, allowing.may_leave)

    def begin(self, ceiling: int = 2500, cap: int = 4500) -> None:
        """A home that has earned its mandate, with a cartridge that is about to run out."""
        self.home.move_in()
        with db.transaction(self.engine) as session:
            catalogue.connect_supplier(
                session, SUPPLIER, base_url="http://supplier.test", api_token=TOKEN, webhook_secret=SECRET
            )
        self.home.trust()
        self.signs(ceiling, cap)
        self._has_used(17)

    def signs(self, ceiling: int, cap: int) -> None:
        self.signed = Signed(
            self.home.sign(ceiling, cap), ceiling, cap, self.home.now, self.home.now + timedelta(days=365)
        )

    def unsigns(self) -> None:
        if self.signed is None:
            return
        with db.transaction(self.engine) as session:
            home = self.home
            permissions.cancel_mandate(session, home.new_id, home.household_id, self.signed.id, home.now)
        self.signed = None

    def allows(self, given: bool) -> None:
        self.home.allow("order", given=given)
        self.may_order = given

    def costs(self, minor: int) -> None:
        self.prices = [(since, amount) for since, amount in self.prices if since < self.home.now]
        self.prices.append((self.home.now, minor))
        with db.transaction(self.engine) as session:
            loading.set_price(session, PACK, minor, "EUR", self.home.now)

    def lives(self, hours: int, used: float = 0.0) -> None:
        """Time passes, or the clock is set back; then the printer is read."""
        self._time(timedelta(hours=hours))
        self.home.level = max(0.0, self.home.level - used)
        self.home.reads(self.home.level)

    def jumps(self, days: int) -> None:
        """Nobody is read; the clock is simply otherwise."""
        self._time(timedelta(days=days))

    def replaces(self) -> None:
        self.home.level, self.home.serial = 1.0, f"CRUM-{self.home.seq}"
        for _ in range(3):
            self.lives(1)

    def runs_low(self) -> None:
        self.home.level = 0.04
        for _ in range(2):
            self.lives(6)

    def cancels(self) -> None:
        with db.transaction(self.engine) as session:
            for order in session.exec(select(Order).where(col(Order.state).in_(OPEN))).all():
                ordering.cancel(session, self.home.new_id, self.home.household_id, order.id, self.home.now)

    def sends(self) -> None:
        outbox.send_due(self.engine, self.dispatch.senders(), self.clock, self.chances)

    def hears(self) -> None:
        self.courier.round(self.home.now)

    def all_at_once(self) -> None:
        """Three reviews and two senders fall over each other."""
        at_once(*[self.home.review] * 3, *[self.sends] * 2)

    def changes_its_mind_in_the_middle(self) -> None:
        """A mandate is taken back while the slot is looked at and what is due is sent."""
        at_once(self.home.review, self.sends, self.unsigns, self.home.review)

    def check(self) -> None:
        with Session(self.engine) as session:
            orders = list(session.exec(select(Order).where(Order.reason == Reason.MANDATE)).all())
        for order in orders:
            if order.id not in self.orders:
                self._is_inside(order)
                self.orders[order.id] = f"{self.home.now.astimezone(ZONE):%Y-%m}"
            if order.state in UNSENT:
                assert self.signed is not None, "what has not left does not outlive its mandate"
                assert order.mandate_id == self.signed.id
                assert self.may_order, "nor the consent"
        assert sum(order.state in OPEN for order in orders) <= 1
        self._months_are_inside(orders)
        self._parcels_are_of(orders)

    def _is_inside(self, order: Order) -> None:
        assert self.may_order
        if order.state is State.CANCELLED and self.signed is None:
            return  # made and taken back within one step
        assert self.signed is not None
        assert order.mandate_id == self.signed.id
        assert self.signed.starts <= self.home.now < self.signed.ends
        assert order.price_minor == self._price()
        assert 0 < order.price_minor <= self.signed.ceiling
        assert order.quantity in {1, 2}

    def _price(self) -> int | None:
        """What the list says at this moment."""
        begun = [amount for since, amount in self.prices if since <= self.home.now]
        return begun[-1] if begun else None

    def _months_are_inside(self, orders: list[Order]) -> None:
        """By the latest signature; what stood before it was signed is not undone by it."""
        if self.signed is None:
            return
        new = [order for order in orders if order.mandate_id == self.signed.id]
        for month in {self.orders[order.id] for order in new if order.state not in CAME_TO_NOTHING}:
            taken = [
                order.price_minor * order.quantity
                for order in orders
                if self.orders[order.id] == month and order.state not in CAME_TO_NOTHING
            ]
            assert sum(taken) <= self.signed.cap, f"{month}: {taken}"

    def _parcels_are_of(self, orders: list[Order]) -> None:
        """What the supplier has taken on was allowed when it was taken on."""
        by_reference = {order.reference: order for order in orders}
        for reference in set(self.warehouse.parcels) - self.parcels:
            assert self.may_order
            assert by_reference[reference].quantity == self.warehouse.parcels[reference].quantity
            if self.signed is not None:
                assert self.home.now < self.signed.ends
            self.parcels.add(reference)

    def _time(self, by: timedelta) -> None:
        self.home.now += by
        self.clock.jump(self.home.now)

    def _moved(self, session: Session, change: object, now: datetime) -> None:
        order_news.on_change(session, self.home.new_id, change, now)

    def _webhook(self, post: Post) -> int:
        caller = webhooks.Caller(id_of(SUPPLIER), SECRET)
        with db.transaction(self.engine) as session:
            outcome = webhooks.receive(
                session, self.home.new_id, caller, post.headers, post.body, self.clock.now(), on_change=self._moved
            )
        return webhooks.STATUS.get(outcome, 204)

    def _has_used(self, days: int) -> None:
        """Four readings a day, brought all at once, as after an outage."""
        readings = []
        for quarter in range(days * 4):
            at = self.home.now + quarter * DAY / 4
            readings.append(
                Reading(
                    device="printer", slot="1.1", up_ms=quarter, at_ms=int(at.timestamp() * 1000),
                    kind=Kind.LEVEL_FRACTION, value=round(1.0 - 0.05 * quarter / 4, 2), resolution=0.01,
                    quality=Quality.GOOD, basis="ratio", serial=self.home.serial,
                )
            )  # fmt: skip
        self.home.seq += 1
        message = Readings(
            stream=STREAM, seq=self.home.seq, boot=1, purpose=Purpose.SUPPLY, consent=1, readings=readings
        )
        self._time(days * DAY)
        self.home.level = 1.0 - 0.05 * days
        with db.transaction(self.engine) as session:
            delivery = Delivery(topics.up("pi-1", Up.READINGS), encode(message))
            intake.on_messages(session, self.home.new_id, [delivery], self.home.now)
