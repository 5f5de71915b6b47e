"""Moves the demo's household into the cloud's database, and reads there what the story is made of."""

from datetime import date, datetime
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlmodel import Session, col, select

from cloud import broker_access, db
from cloud.calendars import service as calendars
from cloud.catalogue.tables import Product
from cloud.consumption import service as consumption
from cloud.consumption.values import LEVELS
from cloud.devices.inbox_tables import ReadingRow
from cloud.devices.tables import Slot
from cloud.flows.products import packs_per_unit
from cloud.orders import views
from cloud.orders.rules import Reason
from cloud.orders.tables import Order
from cloud.people import service as people
from cloud.replenishment import ledger
from cloud.settings import Settings
from kit import ids
from simulator import move_in
from simulator.demo import safety
from simulator.demo.sight import OrderSeen, Sight, SupplySeen
from simulator.move_in import Lodging
from simulator.scenario import Scenario
from simulator.trade import SLUG

_EARLY, _MIDDLE, _LATE = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))


class Guest:
    """One connection to the database that the cloud works on."""

    WEBHOOKS: ClassVar[str] = f"/hooks/suppliers/{SLUG}"

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self.goods: dict[str, tuple[str, int]] = {}
        db.upgrade(self.url)
        self._engine = db.engine(self.url)
        self._household_id = ""

    def move_in(self, scenario: Scenario, supplier_url: str, now: datetime) -> Lodging:
        with db.transaction(self._engine) as session:
            move_in.furnish(session, supplier_url, now, scenario.supplier.week)
            lodging = move_in.move_in(session, ids.system, scenario, now)
            self.goods = move_in.goods(session)
        self._household_id = lodging.household_id
        return lodging

    def add_staff(self, now: datetime) -> str:
        """Somebody of the service. Returns their address."""
        with db.transaction(self._engine) as session:
            return safety.add_staff(session, ids.system, now).email

    def add_account(self, email: str, password: str) -> None:
        """So that whoever has this address can sign in."""
        hashed = people.hash_password(password)
        with db.transaction(self._engine) as session:
            account = people.account_for(session, email)
            if account is not None:
                people.set_password(session, account, hashed)

    def add_calendar(self, address: str, body: bytes, now: datetime) -> None:
        with db.transaction(self._engine) as session:
            move_in.add_calendar(session, ids.system, self._household_id, address, body, now)

    def broker_file(self, cloud_password: str, now: datetime) -> str:
        """What the broker loads when it starts: the cloud and the agent may connect."""
        settings = Settings(broker_password=SecretStr(cloud_password))
        with db.reading(self._engine) as session:
            return broker_access.document(session, settings, now)

    def settle(self, scenario: Scenario, now: datetime) -> bool:
        """False: the agent has not named all its slots yet, or the wristband has not been heard."""
        part = scenario.wristband
        with db.transaction(self._engine) as session:
            if part is not None and not safety.is_on(session, self._household_id, now):
                return False
            if not move_in.settle(session, ids.system, scenario, now):
                return False
            if part is not None:
                wearer = people.customers(session, self._household_id)[0]
                safety.rely_on_it(session, ids.system, self._household_id, part, wearer, now)
        return True

    def sight(self, now: datetime) -> Sight:
        with db.reading(self._engine) as session:
            slots = session.exec(
                select(Slot, Product).where(Slot.household_id == self._household_id, Slot.product_id == Product.id)
            ).all()
            supplies = {product.slug: _supply(session, slot, product) for slot, product in slots}
            names = {product.id: product.slug for _, product in slots}
            zone = people.household(session, self._household_id).time_zone
            away = calendars.view(session, self._household_id, zone, now, 60).absences
            orders = reversed(views.history(session, self._household_id))
            seen = [
                _order(order, names, [end.astimezone(ZoneInfo(zone)).date() for _, end in away]) for order in orders
            ]
            alarm = safety.seen(session, self._household_id)
        return Sight(now, supplies, seen, alarm)

    def leave(self) -> None:
        self._engine.dispose()


def _supply(session: Session, slot: Slot, product: Product) -> SupplySeen:
    factor = packs_per_unit(product, slot.kind) or 0.0
    forecast = consumption.latest(session, slot.id)
    decision = ledger.latest(session, slot.id)
    newest = select(ReadingRow.serial).where(ReadingRow.slot_id == slot.id).order_by(col(ReadingRow.id).desc())
    dates = [None if text is None else datetime.fromisoformat(text) for text in (forecast.dates if forecast else [])]
    ends = tuple(dates[at] for at in (_EARLY, _MIDDLE, _LATE)) if dates else (None, None, None)
    early, middle, late = ends
    known = (early, middle, late) if early and middle and late else None
    told = f"{decision.outcome}: {', '.join(decision.reasons)}".replace("_", " ") if decision else None
    level = None if slot.last_value is None else slot.last_value * factor
    return SupplySeen(product.slug, level, session.exec(newest.limit(1)).first(), known, told)


def _order(order: Order, names: dict[str, str], returns: list[date]) -> OrderSeen:
    return OrderSeen(
        id=order.id,
        product=names.get(order.product_id, "?"),
        quantity=order.packs,
        state=order.state.value,
        automatic=order.reason is Reason.MANDATE,
        hold_reason=order.hold_reason,
        deliver_on=order.deliver_on,
        for_return=order.deliver_on is not None and order.deliver_on in returns,
    )
