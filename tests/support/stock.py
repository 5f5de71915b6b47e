"""The starter catalogue in one fresh database after another: loaded once, then its rows are put in as they are."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from cloud.catalogue import loading
from cloud.catalogue.tables import Fit, Pack, Price, Product, Supplier

_TABLES: tuple[type[SQLModel], ...] = (Supplier, Product, Pack, Price, Fit)  # what others point to comes first
_COUNTED = (Price, Fit)  # the database numbers their rows
Rows = list[tuple[sa.Table, list[dict[str, Any]]]]
_loaded: dict[datetime, Rows] = {}


def load(session: Session, now: datetime) -> None:
    """What `loading.load` makes of it in an empty database."""
    if now not in _loaded:
        loading.load(session, loading.starter(), now)
        _loaded[now] = rows(session)
        return
    for table, found in _loaded[now]:
        session.execute(sa.insert(table), found)


def rows(session: Session) -> Rows:
    """All of the catalogue, without the numbers that the database gives."""
    return [_of(session, made) for made in _TABLES]


def _of(session: Session, made: type[SQLModel]) -> tuple[sa.Table, list[dict[str, Any]]]:
    table = sa.inspect(made).local_table
    found = session.execute(sa.select(table).order_by(table.c.id)).mappings().all()
    without = {"id"} if made in _COUNTED else set()
    return table, [{name: value for name, value in row.items() if name not in without} for row in found]
