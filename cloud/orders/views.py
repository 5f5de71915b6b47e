"""Ask about orders: what is on its way, what a mandate has spent, what happened."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.orders import rules
from cloud.orders.tables import Order, OrderEntry


def get(session: Session, order_id: str) -> Order | None:
    return session.get(Order, order_id)


def by_reference(session: Session, reference: str) -> Order | None:
    return session.exec(select(Order).where(Order.reference == reference)).first()


def in_transit(session: Session, household_id: str, product_id: str) -> float:
    """Product packs that are scheduled, held or on their way."""
    rows = select(sa.func.coalesce(sa.func.sum(col(Order.quantity) * col(Order.packs_each)), 0)).where(
        Order.household_id == household_id, Order.product_id == product_id, col(Order.state).in_(rules.OPEN)
    )
    return float(session.exec(rows).one())


def open_orders(session: Session, household_id: str) -> list[Order]:
    """Oldest first."""
    rows = select(Order).where(Order.household_id == household_id, col(Order.state).in_(rules.OPEN))
    return list(session.exec(rows.order_by(col(Order.scheduled_at), col(Order.id))))


def unsent(session: Session, household_id: str) -> list[Order]:
    """What a new holiday may still put off."""
    return [order for order in open_orders(session, household_id) if order.state in rules.UNSENT]


def history(session: Session, household_id: str, limit: int = 50) -> list[Order]:
    """Newest first."""
    rows = select(Order).where(Order.household_id == household_id)
    return list(session.exec(rows.order_by(col(Order.scheduled_at).desc(), col(Order.id)).limit(limit)))


def events(session: Session, order_id: str) -> list[OrderEntry]:
    """Everything that happened to an order, in order."""
    return list(session.exec(select(OrderEntry).where(OrderEntry.order_id == order_id).order_by(col(OrderEntry.id))))
