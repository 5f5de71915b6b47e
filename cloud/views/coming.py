"""What is on its way to a household, and what lately happened to its orders."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from cloud.catalogue.tables import Product, Supplier
from cloud.flows import arrivals
from cloud.flows.arrivals import Route
from cloud.orders import rules, views
from cloud.orders.rules import State
from cloud.orders.tables import Order
from cloud.people import service as people

LATELY = timedelta(days=14)
MOST_LATELY = 4


@dataclass(frozen=True)
class Coming:
    """One order, with the day on which it should stand at the door."""

    order: Order
    product: Product
    day: date

    @property
    def may_wait(self) -> bool:
        return self.order.state in rules.UNSENT

    @property
    def may_be_cancelled(self) -> bool:
        return self.order.state is not State.SHIPPED and self.order.cancel_asked_at is None

    @property
    def may_be_more_or_less(self) -> bool:
        """How many packs: a customer's own order, until it leaves. What a mandate orders follows the mandate."""
        return self.may_wait and self.order.reason is not rules.Reason.MANDATE

    @property
    def moves_with_the_calendar(self) -> bool:
        """What a customer ordered by their own tap comes when it comes."""
        return self.may_wait and self.order.reason is rules.Reason.MANDATE


def of_household(session: Session, household_id: str, zone: ZoneInfo, now: datetime) -> list[Coming]:
    """Open orders, soonest first. What has not come yet comes today at the soonest, however late it is."""
    rows = session.exec(
        select(Order, Product, Supplier)
        .where(Order.household_id == household_id, col(Order.state).in_(rules.OPEN))
        .where(Product.id == Order.product_id, Supplier.id == Order.supplier_id)
    )
    home, today = people.household(session, household_id), now.astimezone(zone).date()
    found = [
        Coming(order, product, max(today, _day(order, arrivals.route(session, home, supplier, order.carrier), zone)))
        for order, product, supplier in rows
    ]
    return sorted(found, key=lambda c: (c.day, c.order.id))


def one(session: Session, household_id: str, order_id: str, zone: ZoneInfo, now: datetime) -> Coming | None:
    """None: this household has no such order that is still open."""
    return next((each for each in of_household(session, household_id, zone, now) if each.order.id == order_id), None)


def lately(session: Session, household_id: str, zone: ZoneInfo, now: datetime) -> list[Coming]:
    """Orders that ended in the last days, newest first."""
    ended = [o for o in views.history(session, household_id) if o.closed_at is not None and now - o.closed_at < LATELY]
    newest = sorted(ended, key=lambda o: o.closed_at or now, reverse=True)[:MOST_LATELY]
    return [
        Coming(order, session.get_one(Product, order.product_id), (order.closed_at or now).astimezone(zone).date())
        for order in newest
    ]


def _day(order: Order, way: Route, zone: ZoneInfo) -> date:
    if order.promised_for is not None:
        return order.promised_for.astimezone(zone).date()
    reckoned = arrivals.likely_day(way, order.first_sent_at or order.send_at)
    return max(reckoned, order.deliver_on) if order.deliver_on is not None else reckoned
