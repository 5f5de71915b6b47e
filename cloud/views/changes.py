"""A cheap number that changes when something on the pages may have changed."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from cloud import db
from cloud.devices.tables import Slot
from cloud.emergencies.tables import AlarmLogEntry, Band, Drill
from cloud.orders.tables import OrderEntry


def number(engine: Engine) -> str:
    """Orders and alarms grow their ledgers; whatever else a page shows follows a slot's review, which moves these."""
    with db.reading(engine) as session:
        orders = session.exec(select(sa.func.max(col(OrderEntry.id)))).one()
        slots = session.exec(
            select(
                sa.func.sum(col(Slot.folded_to)), sa.func.max(col(Slot.due_at)), sa.func.max(col(Slot.last_value_at))
            )
        ).one()
        alarms = session.exec(select(sa.func.max(col(AlarmLogEntry.id)))).one()
        drills = session.exec(select(sa.func.max(col(Drill.asked_at)), sa.func.max(col(Drill.commanded_at)))).one()
        bands = session.exec(select(sa.func.max(col(Band.heard_at)))).one()
    return f"{orders}/{slots[0]}/{slots[1]}/{slots[2]}/{alarms}/{drills[0]}/{drills[1]}/{bands}"
