"""A device was known twice: by a bare name, from readings that came first, and by its own number. Now it is one."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.catalogue.tables import Fit
from cloud.consumption.tables import (
    ForecastOutcome,
    ForecastRow,
    SlotCheckpoint,
    SlotCorrection,
    SlotEvent,
    SlotStateRow,
)
from cloud.devices import due
from cloud.devices.inbox_tables import ReadingRow
from cloud.devices.naming import Double
from cloud.devices.tables import DeviceName, Slot
from cloud.emergencies import handing_over
from cloud.emergencies.tables import Band, Wearer
from cloud.orders import service as orders
from cloud.orders.rules import OPEN
from cloud.orders.tables import Order, ShelfBooking
from cloud.people import service as people
from cloud.replenishment.tables import DecisionRow

_WORKED_OUT = (SlotStateRow, SlotCheckpoint, ForecastRow, ForecastOutcome)  # again, at the next review
_ON_RECORD = (DecisionRow, ShelfBooking, SlotCorrection, SlotEvent)  # what was told of it was acted on: not again


def join(session: Session, double: Double, now: datetime) -> None:
    """Everything filed under the nameless device goes to the known one, and the nameless one is gone."""
    nameless, known = double.nameless, double.known
    people.lock(session, known.household_id)  # no review of either beside this
    places = {slot.name: slot for slot in session.exec(select(Slot).where(Slot.device_id == known.id))}
    for slot in session.exec(select(Slot).where(Slot.device_id == nameless.id)).all():
        if slot.name in places:
            _join_slots(session, slot, places[slot.name], now)
        else:
            slot.device_id = known.id
            session.add(slot)
    session.flush()
    _move_wearer(session, nameless.id, known.id, now)
    names = sa.update(DeviceName).where(col(DeviceName.device_id) == nameless.id)
    session.execute(names.values(device_id=known.id))
    heard = [at for at in (known.last_heard_at, nameless.last_heard_at) if at is not None]
    known.last_heard_at = max(heard, default=None)
    session.add(known)
    session.delete(nameless)
    session.flush()


def _move_wearer(session: Session, gone_id: str, stays_id: str, now: datetime) -> None:
    """Who wears the wristband goes with it. Where the known one has a wearer, the other's alarms are theirs."""
    gone, stays = (
        session.exec(select(Wearer).where(Wearer.device_id == device_id)).first() for device_id in (gone_id, stays_id)
    )
    if gone is not None and stays is not None:
        gone.device_id = None
        session.add(gone)
        session.flush()
        handing_over.move_band(session, gone.id, stays.id, now)
    elif gone is not None:
        gone.device_id = stays_id
        session.add(gone)
    session.execute(sa.delete(Band).where(col(Band.device_id) == gone_id))


def _join_slots(session: Session, gone: Slot, stays: Slot, now: datetime) -> None:
    _move_readings(session, gone.id, stays.id)
    _move_orders(session, gone.id, stays.id)
    for kept in _ON_RECORD:
        session.execute(sa.update(kept).where(col(kept.slot_id) == gone.id).values(slot_id=stays.id))
    for again in _WORKED_OUT:
        session.execute(sa.delete(again).where(col(again.slot_id) == gone.id))
    _move_choice(session, gone.id, stays.id)
    stays.wish = stays.wish or gone.wish
    vetoes = [each for each in (stays.vetoed_at, gone.vetoed_at) if each is not None]
    stays.vetoed_at = max(vetoes, default=None)
    _show_the_newer(gone, stays)
    session.add(stays)
    session.delete(gone)
    session.flush()
    due.mark(session, [stays.id], now)


def _move_readings(session: Session, gone_id: str, stays_id: str) -> None:
    """As new rows: what has been taken in goes by their numbers, and these have not been."""
    table = ReadingRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on every table class
    kept = [column for column in table.c if column.name not in {"id", "slot_id"}]
    theirs = sa.select(sa.literal(stays_id), *kept).where(table.c.slot_id == gone_id).order_by(table.c.id)
    session.execute(sa.insert(table).from_select(["slot_id", *(column.name for column in kept)], theirs))
    session.execute(sa.delete(table).where(table.c.slot_id == gone_id))


def _move_orders(session: Session, gone_id: str, stays_id: str) -> None:
    """A place has one open order at most: another one belongs to the household, not to the place."""
    if orders.open_for_slot(session, stays_id) is not None:
        open_ones = sa.update(Order).where(col(Order.slot_id) == gone_id, col(Order.state).in_(OPEN))
        session.execute(open_ones.values(slot_id=None))
    session.execute(sa.update(Order).where(col(Order.slot_id) == gone_id).values(slot_id=stays_id))


def _move_choice(session: Session, gone_id: str, stays_id: str) -> None:
    """What the household said goes in there; if it said so of both, the known place's word stands."""
    if session.exec(select(Fit.id).where(Fit.slot_id == stays_id)).first() is not None:
        session.execute(sa.delete(Fit).where(col(Fit.slot_id) == gone_id))
    session.execute(sa.update(Fit).where(col(Fit.slot_id) == gone_id).values(slot_id=stays_id))


def _show_the_newer(gone: Slot, stays: Slot) -> None:
    if gone.last_value_at is not None and (stays.last_value_at is None or stays.last_value_at <= gone.last_value_at):
        stays.last_value, stays.last_value_at = gone.last_value, gone.last_value_at
    if gone.last_heard_at is not None and (stays.last_heard_at is None or stays.last_heard_at <= gone.last_heard_at):
        stays.last_quality, stays.last_heard_at = gone.last_quality, gone.last_heard_at
