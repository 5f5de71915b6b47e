"""Everything that is kept about a household, as plain JSON that its people may take with them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from cloud.calendars import service as calendars
from cloud.calendars.tables import AbsenceRow, PauseRow
from cloud.catalogue.tables import Product
from cloud.consent import service as consent
from cloud.consumption.tables import (
    ForecastOutcome,
    ForecastRow,
    SlotCheckpoint,
    SlotCorrection,
    SlotEvent,
    SlotStateRow,
)
from cloud.devices.inbox_tables import ReadingRow
from cloud.devices.tables import Agent, AgentClaim, Device, Slot
from cloud.emergencies.tables import Alarm, AlarmLogEntry, AlarmMovement, Band, Contact, Drill, Reach, Wearer
from cloud.notifications import service as notifications
from cloud.orders.tables import Order, OrderEntry, Shelf, ShelfBooking
from cloud.people.tables import Household, Person
from cloud.replenishment.tables import DecisionRow, Mandate, MandateUse

FORMAT = "forehand-household-1"
_SECRET = {"broker_entry"}  # of an agent: the hash of its password


def export(session: Session, household_id: str, now: datetime) -> dict[str, Any]:
    """No secret of anybody is in it: no password, no sign-in, no calendar's address beyond its host."""
    slots = list(session.exec(select(Slot).where(Slot.household_id == household_id).order_by(col(Slot.id))))
    orders = _of(session, Order, household_id)
    return {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "household": _plain(session.get_one(Household, household_id)),
        "people": _rows(_of(session, Person, household_id)),
        **_agents(session, household_id),
        "devices": _rows(_of(session, Device, household_id)),
        "supplies": _rows(slots),
        "products": _rows(_in(session, Product, "id", [s.product_id for s in slots if s.product_id])),
        **_measured(session, [slot.id for slot in slots]),
        "decisions": _rows(_of(session, DecisionRow, household_id)),
        "permissions": _rows(consent.history(session, household_id)),
        "agreements": _rows(mandates := _of(session, Mandate, household_id)),
        "agreement_use": _rows(_in(session, MandateUse, "mandate_id", [m.id for m in mandates])),
        "orders": _rows(orders),
        "order_history": _rows(_in(session, OrderEntry, "order_id", [o.id for o in orders])),
        "shelf": _rows(_of(session, Shelf, household_id)),
        "shelf_bookings": _rows(_of(session, ShelfBooking, household_id)),
        "pauses": _rows(_of(session, PauseRow, household_id)),
        "calendars": [
            {"name": c.name, "host": c.host, "words": list(c.words), "fetched_at": _value(c.fetched_at)}
            for c in calendars.calendars(session, household_id)
        ],
        "absences": _rows(_of(session, AbsenceRow, household_id)),
        "messages_sent": _rows(notifications.told(session, household_id, limit=100_000)),
    } | _safety(session, household_id)


def _agents(session: Session, household_id: str) -> dict[str, Any]:
    agents = _of(session, Agent, household_id)
    claims = _rows(_in(session, AgentClaim, "agent_id", [agent.id for agent in agents]))
    for claim in claims:
        del claim["id"]  # it is the code's hash
    return {"agents": _rows(agents), "agents_claimed": claims}


def _safety(session: Session, household_id: str) -> dict[str, Any]:
    """Of a messenger's or webhook's address only how it begins: the rest is its key."""
    wearers = _of(session, Wearer, household_id)
    ids = [wearer.id for wearer in wearers]
    contacts = _in(session, Contact, "wearer_id", ids)
    alarms = _in(session, Alarm, "wearer_id", ids)
    ways = _in(session, Reach, "contact_id", [contact.id for contact in contacts])
    return {
        "wearers": _rows(wearers),
        "contacts": _rows(contacts),
        "ways_to_reach": [
            {"contact_id": w.contact_id, "channel": w.channel,
             "address": w.address if w.channel == "email" else w.address.partition("://")[0]}
            for w in ways
        ],
        "wristbands": _rows(_in(session, Band, "device_id", [w.device_id for w in wearers if w.device_id])),
        "alarms": _rows(alarms),
        "alarm_history": _rows(_in(session, AlarmLogEntry, "alarm_id", [alarm.id for alarm in alarms])),
        "movements": _rows(_in(session, AlarmMovement, "alarm_id", [alarm.id for alarm in alarms])),
        "drills": _rows(_in(session, Drill, "wearer_id", ids)),
    }  # fmt: skip


def _measured(session: Session, slot_ids: list[str]) -> dict[str, Any]:
    """What was read and foretold of the supplies."""
    return {
        "readings": _rows(_in(session, ReadingRow, "slot_id", slot_ids)),
        "what_we_learned": _rows(_in(session, SlotStateRow, "slot_id", slot_ids)),
        "what_we_had_learned": _rows(_in(session, SlotCheckpoint, "slot_id", slot_ids)),
        "levels_told": _rows(_in(session, SlotCorrection, "slot_id", slot_ids)),
        "what_happened": _rows(_in(session, SlotEvent, "slot_id", slot_ids)),
        "forecasts": _rows(_in(session, ForecastRow, "slot_id", slot_ids)),
        "how_forecasts_turned_out": _rows(_in(session, ForecastOutcome, "slot_id", slot_ids)),
    }


def _of(session: Session, table: Any, household_id: str) -> list[Any]:
    keys = list(table.__table__.primary_key)
    return list(session.exec(select(table).where(table.household_id == household_id).order_by(*keys)))


def _in(session: Session, table: Any, column: str, wanted: list[str]) -> list[Any]:
    keys = list(table.__table__.primary_key)
    return list(session.exec(select(table).where(getattr(table, column).in_(wanted)).order_by(*keys)))


def _rows(rows: Iterable[SQLModel]) -> list[dict[str, Any]]:
    return [_plain(row) for row in rows]


def _plain(row: SQLModel) -> dict[str, Any]:
    names = [column.key for column in sa.inspect(type(row)).column_attrs]
    return {name: _value(getattr(row, name)) for name in names if name not in _SECRET}


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
