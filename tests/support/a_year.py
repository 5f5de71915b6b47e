"""A year behind a home: the rows of its six weeks, again and again, each time earlier."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

from cloud import db
from cloud.consumption.tables import ForecastRow
from cloud.devices.inbox_tables import ReadingRow
from cloud.orders.rules import State
from cloud.orders.tables import Order, OrderEntry
from cloud.replenishment.tables import DecisionRow

TIMES, EARLIER = 35, timedelta(days=10)
TABLES: tuple[type[SQLModel], ...] = (ReadingRow, ForecastRow, DecisionRow, Order, OrderEntry)
_IDS_APART = 1_000_000
_NAMES = {"id", "order_id", "reference", "outbox_id"}


def behind(engine: Engine) -> dict[str, int]:
    """How many rows each table holds then. What is newest stays the newest, and what is open stays open."""
    counts = {}
    with db.transaction(engine) as session:
        for made in TABLES:
            table = sa.inspect(made).local_table
            rows = session.execute(sa.select(table)).mappings().all()
            session.execute(sa.insert(table), [earlier for row in rows for earlier in _earlier(row)])
            counts[str(table.name)] = len(rows) * (TIMES + 1)
    return counts


def _earlier(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for n in range(1, TIMES + 1):
        made = {name: _shifted(name, value, n) for name, value in row.items()}
        if "delivered_at" in made:
            made["state"] = State.DELIVERED
            made["delivered_at"] = made["closed_at"] = made["scheduled_at"] + EARLIER / 2
        yield made


def _shifted(name: str, value: Any, n: int) -> Any:
    if isinstance(value, datetime):
        return value - n * EARLIER
    if name in _NAMES and isinstance(value, str):
        return f"{value[:-3]}-{n:02d}"
    if name == "id":
        return value - n * _IDS_APART
    return value - n * int(EARLIER / timedelta(milliseconds=1)) if name == "at_ms" and value is not None else value
