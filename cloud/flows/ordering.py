"""A person acts: orders, puts off, sends anyway, cancels, corrects."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from cloud.catalogue import service as catalogue
from cloud.catalogue.service import Offer
from cloud.consumption import service as consumption
from cloud.devices import due
from cloud.devices.tables import Device, Mode, Slot
from cloud.flows import arrivals, telling
from cloud.flows.products import product_of
from cloud.orders import service as orders
from cloud.orders import shelf, views
from cloud.orders.rules import BY_CUSTOMER, Reason, Refusal, State
from cloud.orders.service import OrderRequest
from cloud.orders.tables import Order
from cloud.people import service as people
from cloud.replenishment import mandates
from cloud.replenishment.costs import Wish
from kit.ids import Ids

NOT_NOW = timedelta(days=3)  # who has just said no is not asked again so soon
REGRET = timedelta(hours=1)  # an order by one tap can be stopped that long


def offer_for(session: Session, household_id: str, slot_id: str, now: datetime) -> Offer | None:
    """What one tap would order, and its price. None: nothing fits, or it is not sold now."""
    slot = own_slot(session, household_id, slot_id)
    if slot is None:
        return None
    product = product_of(session, slot, session.get_one(Device, slot.device_id))
    if product is None:
        return None
    currency = people.household(session, household_id).currency
    return next(iter(catalogue.offers(session, product.id, currency, now)), None)


def lead_days(session: Session, household_id: str, offer: Offer, now: datetime) -> tuple[float, float, float]:
    """Calendar days until what one tap orders now is at the door: 5 %, middle, 95 %."""
    way = arrivals.route(session, people.household(session, household_id), offer.supplier)
    return arrivals.lead_days(way, now + REGRET)


@dataclass(frozen=True)
class Tap:
    """What a person ordered, and the sum that stood on the button. None: they saw no sum (a program ordered)."""

    household_id: str
    slot_id: str
    quantity: int = 1
    shown_minor: int | None = None


def order_now(session: Session, ids: Ids, tap: Tap, now: datetime) -> Order | Refusal:
    """The customer's own tap needs no mandate. Refused when the price is no longer the one that was shown."""
    offer = offer_for(session, tap.household_id, tap.slot_id, now)
    if offer is None:
        return Refusal.NO_ORDER
    if tap.shown_minor is not None and tap.shown_minor != offer.price_minor * tap.quantity:
        return Refusal.NO_ORDER
    request = OrderRequest(
        household_id=tap.household_id,
        product_id=offer.product.id,
        pack_id=offer.pack.id,
        supplier_id=offer.supplier.id,
        quantity=tap.quantity,
        packs_each=offer.pack.count,
        price_minor=offer.price_minor,
        currency=offer.currency,
        reason=Reason.TAP,
        send_at=now + REGRET,
        slot_id=tap.slot_id,
    )
    made = orders.schedule(session, ids, request, now)
    if isinstance(made, Order):
        due.mark(session, [tap.slot_id], now)
        telling.about(session, ids, made, "order_notice", now)
    return made


def hold(session: Session, household_id: str, order_id: str, until: datetime, now: datetime) -> Order | Refusal:
    if own_order(session, household_id, order_id) is None:
        return Refusal.NO_ORDER
    return orders.hold(session, order_id, until, BY_CUSTOMER, now)


def send_anyway(session: Session, household_id: str, order_id: str, now: datetime) -> Order | Refusal:
    """It leaves with the next sending: the customer's word stands above their calendar's."""
    if own_order(session, household_id, order_id) is None:
        return Refusal.NO_ORDER
    return orders.send_now(session, order_id, now)


def change_quantity(
    session: Session, ids: Ids, household_id: str, order_id: str, quantity: int, now: datetime
) -> Order | Refusal:
    """More or less of what a person ordered. What an agreement ordered stays as the agreement's money was counted."""
    order = own_order(session, household_id, order_id)
    if order is None:
        return Refusal.NO_ORDER
    if order.reason is not Reason.TAP:
        return Refusal.TOO_LATE
    done = orders.change_quantity(session, order_id, quantity, now)
    if isinstance(done, Order):
        if done.slot_id is not None:
            due.mark(session, [done.slot_id], now)
        telling.about(session, ids, done, "order_notice", now)
    return done


def cancel(session: Session, ids: Ids, household_id: str, order_id: str, now: datetime) -> Order | Refusal:
    if own_order(session, household_id, order_id) is None:
        return Refusal.NO_ORDER
    done = orders.cancel(session, ids, order_id, now)
    if isinstance(done, Order):
        _note_veto(session, done, now)
    if isinstance(done, Order) and done.state is State.CANCELLED:
        mandates.release(session, order_id, now)
        _pause_proposals(session, done, now)
    return done


def cancel_automatic(
    session: Session, ids: Ids, household_id: str, now: datetime, *, mandate_id: str | None = None
) -> int:
    """Consent or mandate is gone: what has not left does not leave, and what may have left is asked back.

    The month has its money back once an order is cancelled, not while that is only asked for (`order_news`).
    Returns how many orders were cancelled or asked back.
    """
    count = 0
    for order in views.open_orders(session, household_id):
        if order.reason is not Reason.MANDATE or mandate_id not in {None, order.mandate_id}:
            continue
        done = orders.cancel(session, ids, order.id, now)
        if isinstance(done, Order):
            count += 1
            if done.state is State.CANCELLED:
                mandates.release(session, order.id, now)
    return count


def correct_shelf(
    session: Session, ids: Ids, household_id: str, slot_id: str, packs: float, now: datetime
) -> str | None:
    """So many packs stand there. Returns the booking's id for undoing; None: nothing changed."""
    slot = own_slot(session, household_id, slot_id)
    if slot is None or slot.product_id is None:
        return None
    booked = shelf.correct_shelf(session, ids, household_id, slot.product_id, packs, now)
    due.mark(session, [slot_id], now)
    return booked.id if booked else None


def correct_level(
    session: Session, household_id: str, slot_id: str, packs: float, now: datetime, by: str | None = None
) -> bool:
    """How full it is, in packs: an observation with its own weight. `by`: the person's id."""
    people.lock(session, household_id)  # no review beside this, which would store the level of before
    if own_slot(session, household_id, slot_id) is None:
        return False
    consumption.correct(session, slot_id, packs, now, by)
    due.mark(session, [slot_id], now)
    return True


def undo_level(session: Session, household_id: str, slot_id: str, now: datetime) -> bool:
    """As if nothing had been told. False: nothing stands that could be undone."""
    people.lock(session, household_id)
    if own_slot(session, household_id, slot_id) is None or not consumption.undo_correction(session, slot_id, now):
        return False
    due.mark(session, [slot_id], now)
    return True


def set_mode(session: Session, household_id: str, slot_id: str, mode: Mode, now: datetime) -> bool:
    slot = own_slot(session, household_id, slot_id)
    if slot is None:
        return False
    slot.mode = mode
    session.add(slot)
    due.mark(session, [slot_id], now)
    return True


def set_wish(session: Session, household_id: str, slot_id: str, wish: Wish, now: datetime) -> bool:
    """How full it is to be kept, from "never out" to "never pile up"."""
    slot = own_slot(session, household_id, slot_id)
    if slot is None:
        return False
    slot.wish = wish.value
    session.add(slot)
    due.mark(session, [slot_id], now)
    return True


def not_now(session: Session, household_id: str, slot_id: str, now: datetime) -> bool:
    """The suggestion comes again in some days."""
    slot = own_slot(session, household_id, slot_id)
    if slot is None:
        return False
    slot.snoozed_until = now + NOT_NOW
    session.add(slot)
    due.mark(session, [slot_id], now)
    return True


def own_slot(session: Session, household_id: str, slot_id: str) -> Slot | None:
    return session.exec(select(Slot).where(Slot.id == slot_id, Slot.household_id == household_id)).first()


def own_order(session: Session, household_id: str, order_id: str) -> Order | None:
    return session.exec(select(Order).where(Order.id == order_id, Order.household_id == household_id)).first()


def _note_veto(session: Session, order: Order, now: datetime) -> None:
    """What we ordered by ourselves was not wanted: that we may, is earned anew."""
    slot = session.get(Slot, order.slot_id) if order.slot_id and order.reason is Reason.MANDATE else None
    if slot is not None:
        slot.vetoed_at = now
        session.add(slot)
        due.mark(session, [slot.id], now)


def _pause_proposals(session: Session, order: Order, now: datetime) -> None:
    """Who has just cancelled does not want the same order again tomorrow."""
    slot = session.get(Slot, order.slot_id) if order.slot_id else None
    if slot is not None:
        slot.snoozed_until = now + NOT_NOW
        session.add(slot)
