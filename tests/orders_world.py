"""A household, a slot, a catalogue and a supplier in-process: what tests about orders start from."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlmodel
from sqlalchemy.engine import Engine

import cloud.devices.inbox_tables
import cloud.notifications.tables
import cloud.orders.tables  # noqa: F401
from cloud import db, outbox
from cloud.catalogue import service as catalogue
from cloud.catalogue.rules import id_of
from cloud.devices.tables import Agent, Device, Slot
from cloud.orders import service, shelf, views, webhooks
from cloud.orders.rules import Reason, Refusal, State
from cloud.orders.sending import Dispatch
from cloud.orders.service import OrderRequest
from cloud.orders.supplier_client import SupplierClient
from cloud.orders.tables import Order
from cloud.people.tables import Household
from kit import ids
from kit.clock import ManualClock
from simulator.supplier.courier import Courier
from simulator.supplier.desk import Desk, Post
from simulator.supplier.transport import SupplierTransport
from simulator.supplier.warehouse import Habits, Warehouse
from tests.support import stock

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
TOKEN = "tok-for-tests"
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1zdXBwbGllci1mb3ItdGVzdHM="
MILK = id_of("milk-1l")
SUPPLIER = id_of("corner-store")


@dataclass
class World:
    """All of it. `on_time` moves the clock and lets everybody do what is due."""

    engine: Engine
    clock: ManualClock
    ids: ids.Ids
    desk: Desk
    warehouse: Warehouse
    dispatch: Dispatch
    household_id: str
    slot_id: str

    def __post_init__(self) -> None:
        self.courier = Courier(self.desk, self.deliver)
        self.chances = random.Random(3)  # noqa: S311 - repeatable on purpose
        self.outcomes: list[webhooks.Outcome] = []

    def deliver(self, post: Post) -> int:
        with db.transaction(self.engine) as session:
            outcome = webhooks.receive(
                session, self.ids, webhooks.Caller(SUPPLIER, SECRET), post.headers, post.body, self.clock.now(),
                on_change=self.dispatch.on_change,
            )  # fmt: skip
        self.outcomes.append(outcome)
        return webhooks.STATUS.get(outcome, 204)

    def request(self, **changes) -> OrderRequest:
        values = {
            "household_id": self.household_id, "slot_id": self.slot_id, "product_id": MILK,
            "pack_id": id_of("corner-store/MILK-1L"), "supplier_id": SUPPLIER, "quantity": 2, "packs_each": 1,
            "price_minor": 149, "currency": "EUR", "reason": Reason.MANDATE, "mandate_id": "m" * 32,
            "send_at": self.clock.now() + timedelta(hours=24),
        }  # fmt: skip
        return OrderRequest(**{**values, **changes})

    def schedule(self, **changes) -> Order:
        order = self.try_schedule(**changes)
        assert isinstance(order, Order)
        return order

    def try_schedule(self, **changes) -> Order | Refusal:
        with db.transaction(self.engine) as session:
            return service.schedule(session, self.ids, self.request(**changes), self.clock.now())

    def cancel(self, order):
        with db.transaction(self.engine) as session:
            return service.cancel(session, self.ids, order.id, self.clock.now())

    def send(self) -> int:
        return outbox.send_due(self.engine, self.dispatch.senders(), self.clock, self.chances)

    def on_time(self, hours: float, step_hours: float = 1) -> None:
        until = self.clock.now() + timedelta(hours=hours)
        while self.clock.now() < until:
            self.clock.advance(min(timedelta(hours=step_hours), until - self.clock.now()))
            self.send()
            self.courier.round(self.clock.now())

    def order(self, order_id: str) -> Order:
        with db.reading(self.engine) as session:
            return session.get_one(Order, order_id)

    def state(self, order) -> State:
        return self.order(order.id).state


def on_shelf(world: World) -> float:
    with db.reading(world.engine) as session:
        return shelf.on_shelf(session, world.household_id, MILK)


def story(world: World, order: Order) -> list[str]:
    """What happened to it, in order."""
    with db.reading(world.engine) as session:
        return [entry.event for entry in views.events(session, order.id)]


def build(url: str, habits: Habits | None = None, on_change=None) -> World:
    engine = db.engine(url)
    sqlmodel.SQLModel.metadata.create_all(engine)
    clock = ManualClock(START)
    make = ids.seeded(5)
    warehouse = Warehouse(habits or Habits(), random.Random(7))  # noqa: S311 - repeatable on purpose
    desk = Desk(warehouse, TOKEN, SECRET)
    client = SupplierClient(SupplierTransport(desk, clock))
    dispatch = Dispatch(engine, client, make, on_change) if on_change else Dispatch(engine, client, make)
    with db.transaction(engine) as session:
        home, slot = make(), make()
        device = make()
        session.add(Household(id=home, name="Example", address={"street": "Main Street 1"}, created_at=START))
        session.flush()
        agent = Agent(id="pi-1", household_id=home, name="Pi", broker_entry="-", created_at=START)
        session.add(agent)
        session.flush()
        session.add(
            Device(
                id=device,
                household_id=home,
                agent_id="pi-1",
                local_name="fridge",
                identity="local:pi-1/fridge",
                type="scale",
                created_at=START,
            )
        )
        session.flush()
        stock.load(session, START)
        catalogue.connect_supplier(
            session, "corner-store", base_url="http://supplier.test", api_token=TOKEN, webhook_secret=SECRET
        )
        session.add(Slot(id=slot, device_id=device, household_id=home, name="milk", kind="amount_g", product_id=MILK))
    return World(engine, clock, make, desk, warehouse, dispatch, home, slot)
