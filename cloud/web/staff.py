"""What staff watch: agents that fell silent, messages set aside, orders in doubt, what could not be sent."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from cloud.catalogue.tables import Supplier
from cloud.consumption.tables import SlotStateRow
from cloud.devices import registry
from cloud.devices.inbox_tables import SetAside
from cloud.devices.tables import Agent, Device, Slot
from cloud.orders.rules import State
from cloud.orders.tables import Order
from cloud.outbox.tables import OutboxRow
from cloud.web.deps import Now, Reads, Staff
from cloud.web.staff_counts import STALE, waiting
from cloud.web.templating import page

router = APIRouter(prefix="/staff", include_in_schema=False)

FRESH = timedelta(hours=1)
SHOWN = 100


@router.get("")
def agents(request: Request, visitor: Staff, session: Reads, now: Now) -> Response:
    """Longest silent first; those that were retired last."""
    never = datetime.min.replace(tzinfo=now.tzinfo)
    found = sorted(registry.everyone(session), key=lambda a: (a.revoked_at is not None, a.last_heard_at or never, a.id))
    late = _too_late(session)
    rows = [(agent, _freshness(agent, now), late.get(agent.id, 0)) for agent in found]
    return _page(request, visitor, session, now, "agents", rows)


@router.get("/set-aside")
def set_aside(request: Request, visitor: Staff, session: Reads, now: Now) -> Response:
    """Why and from whom; never what: the content may be private."""
    rows = select(SetAside).order_by(col(SetAside.id).desc()).limit(SHOWN)
    return _page(request, visitor, session, now, "set_aside", session.exec(rows).all())


@router.get("/orders")
def orders_in_doubt(request: Request, visitor: Staff, session: Reads, now: Now) -> Response:
    """Sent, and nobody knows whether they arrived: oldest first."""
    rows = (
        select(Order, Supplier)
        .join(Supplier, col(Supplier.id) == col(Order.supplier_id))
        .where(Order.state == State.UNKNOWN)
        .order_by(col(Order.first_sent_at), col(Order.id))
        .limit(SHOWN)
    )
    return _page(request, visitor, session, now, "orders", session.exec(rows).all())


@router.get("/outbox")
def given_up(request: Request, visitor: Staff, session: Reads, now: Now) -> Response:
    """Tried to the end: newest first."""
    rows = (
        select(OutboxRow)
        .where(col(OutboxRow.dead_at).is_not(None))
        .order_by(col(OutboxRow.dead_at).desc())
        .limit(SHOWN)
    )
    return _page(request, visitor, session, now, "outbox", session.exec(rows).all())


def _page(request: Request, visitor: Staff, session: Session, now: datetime, name: str, rows: Any) -> Response:
    return page(request, f"staff/{name}.html", visitor, rows=rows, shown=SHOWN, now=now, waiting=waiting(session, now))


def _too_late(session: Session) -> dict[str, int]:
    """By agent: how many readings of its devices were older than what can still be taken in."""
    count = sa.func.sum(SlotStateRow.late_rows)
    devices = sa.select(col(Device.agent_id), count).join(Slot, col(Slot.device_id) == col(Device.id))
    rows = devices.join(SlotStateRow, col(SlotStateRow.slot_id) == col(Slot.id)).group_by(col(Device.agent_id))
    return {agent_id: int(rows) for agent_id, rows in session.execute(rows.where(col(SlotStateRow.late_rows) > 0))}


def _freshness(agent: Agent, now: datetime) -> str:
    if agent.revoked_at is not None:
        return "revoked"
    if agent.last_heard_at is None:
        return "never"
    silent = now - agent.last_heard_at
    return "fresh" if silent <= FRESH else "quiet" if silent <= STALE else "stale"
