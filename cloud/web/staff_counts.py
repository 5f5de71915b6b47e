"""How much of each kind of work waits for staff, for the navigation of their pages."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from cloud.devices.inbox_tables import SetAside
from cloud.devices.tables import Agent
from cloud.emergencies import history
from cloud.orders.rules import State
from cloud.orders.tables import Order
from cloud.outbox.tables import OutboxRow

STALE = timedelta(days=3)


def waiting(session: Session, now: datetime) -> dict[str, int]:
    """By the last part of its page's address."""
    return {
        "alarms": history.count_active(session),
        "staff": _count(session, Agent, col(Agent.revoked_at).is_(None), col(Agent.last_heard_at) < now - STALE),
        "set-aside": _count(session, SetAside),
        "orders": _count(session, Order, col(Order.state) == State.UNKNOWN),
        "outbox": _count(session, OutboxRow, col(OutboxRow.dead_at).is_not(None)),
        "forecasts": 0,
        "audit": 0,
    }


def _count(session: Session, table: type, *where: sa.ColumnElement[bool]) -> int:
    return int(session.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())
