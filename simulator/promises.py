"""Whether the promises were kept, checked on what stands in the end: by other means than those that keep them."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from cloud.consent.tables import Action, ConsentEntry
from cloud.devices.inbox_tables import GapRow, InboxMessage, ReadingRow, SetAside
from cloud.orders.rules import Reason, State
from cloud.orders.tables import Order
from cloud.replenishment import ledger as decisions
from cloud.replenishment.tables import DecisionRow, Mandate
from contract.fields import Purpose
from simulator.home import Home
from simulator.scenario import Holiday
from simulator.supplier.warehouse import Parcel

if TYPE_CHECKING:
    from simulator.run import Run

_NOTICED_WITHIN = timedelta(hours=13)  # a calendar is read every hour, but the simulator's cloud may rest for twelve
_LONGEST_LEAD_DAYS = 5
_CAME_TO_NOTHING = frozenset({State.CANCELLED, State.REFUSED, State.FAILED})


@dataclass(frozen=True)
class Broken:
    """One promise that was not kept. `what` names it, `which` the row that shows it."""

    what: str
    which: str


def doubled(session: Session, parcels: dict[str, Parcel]) -> Iterable[Broken]:
    """One order is one parcel, and a slot waits for one order at a time."""
    orders = list(session.exec(select(Order).order_by(col(Order.scheduled_at), col(Order.id))))
    known = {order.reference for order in orders}
    yield from (Broken("parcel_without_order", reference) for reference in sorted(parcels.keys() - known))
    last: dict[str, Order] = {}
    for order in orders:
        if order.slot_id is None:
            continue
        before = last.get(order.slot_id)
        if before is not None and (before.closed_at is None or before.closed_at > order.scheduled_at):
            yield Broken("two_orders_for_one_slot", order.id)
        last[order.slot_id] = order


def arrivals(session: Session, home: Home, parcels: dict[str, Parcel]) -> Iterable[Broken]:
    """Nothing that was ordered by itself arrives while the family is away and the cloud could know it."""
    zone = ZoneInfo(home.scenario.household.time_zone)
    for order in session.exec(select(Order).where(Order.reason == Reason.MANDATE).order_by(col(Order.id))):
        parcel = parcels.get(order.reference)
        if parcel is None or parcel.delivered_quantity is None or order.first_sent_at is None:
            continue
        day = parcel.arrives_at.astimezone(zone).date()
        for holiday in home.scenario.holidays:
            known = holiday.starts <= day <= holiday.ends and _was_known(holiday, order.first_sent_at, zone)
            if known and not _was_early(parcel, holiday, zone):
                yield Broken("delivered_while_away", f"{order.id} on {day}")


def _was_known(holiday: Holiday, at: datetime, zone: ZoneInfo) -> bool:
    entered = holiday.starts - timedelta(days=holiday.known_days)
    return entered <= (at - _NOTICED_WITHIN).astimezone(zone).date()


def _was_early(parcel: Parcel, holiday: Holiday, zone: ZoneInfo) -> bool:
    """Sent in good time, and late on its way: that is the carrier's doing."""
    return parcel.accepted_at.astimezone(zone).date() <= holiday.starts - timedelta(days=_LONGEST_LEAD_DAYS)


def stored(session: Session, spool: Path) -> Iterable[Broken]:
    """Every number that the agent ever gave is stored, refused, declared lost, or still waits."""
    with sqlite3.connect(spool) as file:
        (stream,) = file.execute("SELECT value FROM facts WHERE name = 'stream'").fetchone()
        lanes = file.execute("SELECT lane, next_seq FROM lanes").fetchall()
        waiting = set(file.execute("SELECT lane, seq FROM messages").fetchall())
    file.close()
    for lane, next_seq in lanes:
        here = (InboxMessage.stream == stream, InboxMessage.lane == lane)
        kept = set(session.exec(select(InboxMessage.seq).where(*here)))
        gaps = session.exec(select(GapRow).where(GapRow.stream == stream, GapRow.lane == lane)).all()
        declared = {seq for gap in gaps for seq in range(gap.first, gap.last + 1)}
        for seq in range(1, next_seq):
            if seq not in kept and seq not in declared and (lane, seq) not in waiting:
                yield Broken("message_lost", f"{lane} {seq}")
    aside = session.exec(select(SetAside)).all()
    yield from (Broken("message_set_aside", f"{row.topic}: {row.reason}") for row in aside)


def once(session: Session) -> Iterable[Broken]:
    """No reading twice."""
    seen: set[tuple[str, int, int]] = set()
    for row in session.exec(select(ReadingRow).order_by(col(ReadingRow.id))):
        key = (row.stream, row.seq, row.position)
        if key in seen:
            yield Broken("reading_twice", str(key))
        seen.add(key)


def consented(session: Session) -> Iterable[Broken]:
    """What is stored was allowed at the moment it was stored."""
    entries = select(ConsentEntry).where(ConsentEntry.purpose == Purpose.SUPPLY).order_by(col(ConsentEntry.version))
    said = [(entry.at, entry.action == Action.GIVEN) for entry in session.exec(entries)]
    for row in session.exec(select(ReadingRow).order_by(col(ReadingRow.id))):
        allowed = [given for at, given in said if at <= row.received_at]
        if not allowed or not allowed[-1]:
            yield Broken("stored_without_consent", f"reading {row.id}")


def mandated(session: Session, zone: ZoneInfo) -> Iterable[Broken]:
    """Each automatic order under a mandate that stood then, within its price, quantity and month. Summed anew."""
    month: dict[tuple[str, str], int] = {}
    for order in session.exec(select(Order).where(Order.reason == Reason.MANDATE).order_by(col(Order.scheduled_at))):
        mandate = session.get(Mandate, order.mandate_id) if order.mandate_id else None
        if mandate is None or not _stood(mandate, order.scheduled_at) or order.product_id not in mandate.product_ids:
            yield Broken("order_without_mandate", order.id)
            continue
        if order.price_minor > mandate.max_unit_price_minor or order.quantity > mandate.max_quantity:
            yield Broken("order_outside_mandate", order.id)
        if order.state in _CAME_TO_NOTHING:
            continue
        key = (mandate.id, order.scheduled_at.astimezone(zone).strftime("%Y-%m"))
        month[key] = month.get(key, 0) + order.price_minor * order.quantity
        if month[key] > mandate.monthly_cap_minor:
            yield Broken("month_over_its_cap", order.id)


def sent_as_allowed(session: Session, parcels: dict[str, Parcel]) -> Iterable[Broken]:
    """When the supplier took it, the consent to order and the mandate still stood."""
    entries = select(ConsentEntry).where(ConsentEntry.purpose == Purpose.ORDER).order_by(col(ConsentEntry.version))
    said = [(entry.at, entry.action == Action.GIVEN) for entry in session.exec(entries)]
    for order in session.exec(select(Order).where(Order.reason == Reason.MANDATE).order_by(col(Order.id))):
        parcel = parcels.get(order.reference)
        if parcel is None:
            continue
        allowed = [given for at, given in said if at <= parcel.accepted_at]
        mandate = session.get(Mandate, order.mandate_id) if order.mandate_id else None
        if not allowed or not allowed[-1]:
            yield Broken("sent_without_consent", order.id)
        if mandate is None or not _stood(mandate, parcel.accepted_at):
            yield Broken("sent_without_mandate", order.id)


def replayed(session: Session) -> Iterable[Broken]:
    """Every decision, decided again on what is stored of it."""
    for row in session.exec(select(DecisionRow).order_by(col(DecisionRow.decided_at), col(DecisionRow.id))):
        if not decisions.replays(row):
            yield Broken("decision_does_not_replay", row.id)


def broken(session: Session, run: "Run") -> list[Broken]:
    """All that was not kept; empty is the promise."""
    parcels, zone = run.trade.warehouse.parcels, ZoneInfo(run.scenario.household.time_zone)
    return [
        *mandated(session, zone),
        *sent_as_allowed(session, parcels),
        *doubled(session, parcels),
        *arrivals(session, run.home, parcels),
        *stored(session, run.machine.folder / "spool.db"),
        *once(session),
        *consented(session),
        *replayed(session),
    ]


def _stood(mandate: Mandate, at: datetime) -> bool:
    ended = mandate.cancelled_at is not None and mandate.cancelled_at <= at
    return mandate.starts_at <= at < mandate.expires_at and not ended
