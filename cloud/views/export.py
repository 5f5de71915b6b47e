"""All that is kept of one household, as plain JSON types: for its people to take along."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from cloud.calendars.tables import PauseRow
from cloud.consent.tables import ConsentEntry
from cloud.consumption.tables import ForecastOutcome, ForecastRow
from cloud.devices.inbox_tables import ReadingRow
from cloud.devices.tables import Agent, Device, Slot
from cloud.notifications.tables import Notification
from cloud.orders.tables import Order, Shelf
from cloud.people.tables import Household, Person
from cloud.replenishment.tables import DecisionRow, Mandate

_OF_THE_HOUSEHOLD: dict[str, type[SQLModel]] = {
    "persons": Person, "agents": Agent, "devices": Device, "supplies": Slot, "consents": ConsentEntry,
    "pauses": PauseRow, "agreements": Mandate, "decisions": DecisionRow, "orders": Order, "shelf": Shelf,
    "notifications": Notification,
}  # fmt: skip
_OF_ITS_SUPPLIES: dict[str, type[SQLModel]] = {
    "readings": ReadingRow, "forecasts": ForecastRow, "forecast_outcomes": ForecastOutcome,
}  # fmt: skip
_SECRETS = {"broker_entry", "outbox_id"}


def household(session: Session, household_id: str, now: datetime) -> dict[str, Any]:
    """Every table that has something of theirs."""
    found: dict[str, Any] = {"format": 1, "at": now.isoformat()}
    found["household"] = _plain(session.get_one(Household, household_id))
    for name, table in _OF_THE_HOUSEHOLD.items():
        rows = session.exec(select(table).where(col(getattr(table, "household_id")) == household_id))  # noqa: B009
        found[name] = [_plain(row) for row in rows]
    mine = select(Slot.id).where(Slot.household_id == household_id)
    for name, table in _OF_ITS_SUPPLIES.items():
        rows = session.exec(select(table).where(col(getattr(table, "slot_id")).in_(mine)))  # noqa: B009
        found[name] = [_plain(row) for row in rows]
    return found


def _plain(row: SQLModel) -> dict[str, Any]:
    return {key: _value(value) for key, value in row.model_dump().items() if key not in _SECRETS}


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
