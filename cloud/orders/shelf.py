"""The shelf: what was delivered and is not yet in a device. Every change is a booking that can be undone."""

from datetime import datetime

from sqlmodel import Session, select

from cloud.devices.tables import Slot
from cloud.orders.rules import Refusal
from cloud.orders.tables import Order, Shelf, ShelfBooking
from cloud.people.tables import Household
from kit.ids import Ids


def booked(session: Session, household_id: str, product_id: str) -> Shelf | None:
    """None: nothing was ever booked."""
    return session.get(Shelf, (household_id, product_id), populate_existing=True)


def on_shelf(session: Session, household_id: str, product_id: str) -> float:
    """Product packs; 0 when nothing was ever booked."""
    row = booked(session, household_id, product_id)
    return row.packs if row else 0.0


def delivered(session: Session, ids: Ids, order: Order, packs: float, now: datetime) -> ShelfBooking:
    """What came with an order."""
    entry = ShelfBooking(
        id=ids(), household_id=order.household_id, product_id=order.product_id, packs=packs, why="delivered",
        order_id=order.id, at=now,
    )  # fmt: skip
    return _book(session, entry)


def installed(session: Session, ids: Ids, slot_id: str, now: datetime) -> ShelfBooking | None:
    """One pack went from the shelf into the device. None: none stood there, so it came from elsewhere."""
    slot = session.get_one(Slot, slot_id)
    if slot.product_id is None:
        return None
    _lock(session, slot.household_id)
    there = on_shelf(session, slot.household_id, slot.product_id)
    if there <= 0:
        return None
    entry = ShelfBooking(
        id=ids(), household_id=slot.household_id, product_id=slot.product_id, packs=-min(1.0, there),
        why="installed", slot_id=slot_id, at=now,
    )  # fmt: skip
    return _book(session, entry)


def correct_shelf(
    session: Session, ids: Ids, household_id: str, product_id: str, packs: float, now: datetime
) -> ShelfBooking | None:
    """The customer counted: so many are there. None: that is what we thought."""
    _lock(session, household_id)
    difference = packs - on_shelf(session, household_id, product_id)
    if difference == 0:
        return None
    entry = ShelfBooking(
        id=ids(), household_id=household_id, product_id=product_id, packs=difference, why="corrected", at=now
    )
    return _book(session, entry)


def undo(session: Session, ids: Ids, household_id: str, booking_id: str, now: datetime) -> ShelfBooking | Refusal:
    """Book the opposite, once. The shelf never falls below nothing."""
    _lock(session, household_id)
    former = session.get(ShelfBooking, booking_id)
    if former is None or former.household_id != household_id or former.why == "undone":
        return Refusal.NOTHING_TO_UNDO
    if session.exec(select(ShelfBooking.id).where(ShelfBooking.undoes_id == booking_id)).first():
        return Refusal.NOTHING_TO_UNDO
    there = on_shelf(session, household_id, former.product_id)
    entry = ShelfBooking(
        id=ids(), household_id=household_id, product_id=former.product_id, packs=max(-former.packs, -there),
        why="undone", undoes_id=booking_id, at=now,
    )  # fmt: skip
    return _book(session, entry)


def _lock(session: Session, household_id: str) -> None:
    session.exec(select(Household.id).where(Household.id == household_id).with_for_update(key_share=True)).first()


def _book(session: Session, entry: ShelfBooking) -> ShelfBooking:
    _lock(session, entry.household_id)
    row = session.get(Shelf, (entry.household_id, entry.product_id), populate_existing=True)
    if row is None:
        row = Shelf(household_id=entry.household_id, product_id=entry.product_id, updated_at=entry.at)
    row.packs += entry.packs
    row.updated_at = entry.at
    session.add(row)
    session.add(entry)
    session.flush()
    return entry
