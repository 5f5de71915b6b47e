"""A cheap number that changes when something on the pages may have changed."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from cloud import db
from cloud.devices.tables import Slot
from cloud.orders.tables import OrderEntry


def number(engine: Engine) -> str:
    """Orders grow their ledger; whatever else a page shows follows a slot's review, which moves these."""
    with db.reading(engine) as session:
        orders = session.exec(select(sa.func.max(col(OrderEntry.id)))).one()
        slots = session.exec(
            select(
                sa.func.sum(col(Slot.folded_to)), sa.func.max(col(Slot.due_at)), sa.func.max(col(Slot.last_value_at))
            )
        ).one()
    return f"{orders}/{slots[0]}/{slots[1]}/{slots[2]}"
