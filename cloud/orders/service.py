"""Schedule, hold, change, cancel an order; take in what happened to it. Nothing here commits."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud import outbox
from cloud.orders import deliveries, rules, shelf
from cloud.orders.rules import Event, Reason, Refusal, State
from cloud.orders.tables import Order, OrderEntry
from kit.ids import Ids

PLACE = "order.place"
CANCEL = "order.cancel"
LOOK = "order.look"


@dataclass(frozen=True)
class OrderRequest:
    """What to order, and when it may leave. The price is that of the decision, for one pack as ordered."""

    household_id: str
    product_id: str
    pack_id: str
    supplier_id: str
    quantity: int
    packs_each: int
    price_minor: int
    currency: str
    reason: Reason
    send_at: datetime  # until then the customer may stop it
    slot_id: str | None = None
    mandate_id: str | None = None
    deliver_on: date | None = None  # not before this day


@dataclass(frozen=True)
class News:
    """What happened, with what the supplier said about it."""

    event: Event
    supplier_ref: str | None = None
    promised_for: datetime | None = None
    delivered_quantity: int | None = None  # packs as ordered, in all
    code: str | None = None
    carrier: str | None = None
    at: datetime | None = None  # when, as the supplier says. None: it only says that it has
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """An order before and after."""

    order: Order
    before: State
    after: State

    @property
    def moved(self) -> bool:
        return self.before is not self.after


def schedule(session: Session, ids: Ids, request: OrderRequest, now: datetime) -> Order | Refusal:
    """Write the order and the outbox row that will send it. Refused when the slot has an open order."""
    if request.quantity < 1:
        return Refusal.BAD_QUANTITY
    if request.slot_id and open_for_slot(session, request.slot_id):
        return Refusal.OPEN_ORDER
    order_id = ids()
    try:
        with session.begin_nested():  # the unique index has the last word when two come at once
            place = outbox.put(
                session, ids, PLACE, {"order": order_id}, not_before=request.send_at, now=now,
                household_id=request.household_id,
            )  # fmt: skip
            order = Order(
                **vars(request), id=order_id, reference=f"fh-{order_id}", outbox_id=place, scheduled_at=now,
                cancel_until=request.send_at,
            )  # fmt: skip
            session.add(order)
            session.flush()
    except sa.exc.IntegrityError:
        if request.slot_id and open_for_slot(session, request.slot_id):
            return Refusal.OPEN_ORDER
        raise
    _note(session, order, "scheduled", None, now)
    return order


def hold(
    session: Session, order_id: str, until: datetime, reason: str, now: datetime, *, deliver_on: date | None = None
) -> Order | Refusal:
    """Put off what has not left: it leaves at `until`, and is to arrive not before `deliver_on`."""
    return _put_off(session, order_id, Event.HOLD, until, now, reason=reason, deliver_on=deliver_on)


def send_now(session: Session, order_id: str, now: datetime) -> Order | Refusal:
    """End a hold or the cancel window: it leaves with the next sending, and may arrive any day."""
    return _put_off(session, order_id, Event.RESUME, now, now, reason=rules.BY_CUSTOMER, deliver_on=None)


def resume(
    session: Session, order_id: str, send_at: datetime, now: datetime, *, deliver_on: date | None = None
) -> Order | Refusal:
    """What held it back is over: it leaves at `send_at`, with a cancel window until then."""
    return _put_off(session, order_id, Event.RESUME, send_at, now, reason=None, deliver_on=deliver_on)


def share_parcel(session: Session, first_id: str, other_id: str, leaves_at: datetime, now: datetime) -> bool:
    """Both leave at that moment, as one parcel. False: one of them has left, or somebody has put it off meanwhile."""
    first, other = _locked(session, first_id), _locked(session, other_id)
    if first is None or other is None or not (_is_untouched(first) and _is_untouched(other)):
        return False
    parcel = first.parcel_id or first.id
    for order in (first, other):
        order.parcel_id = parcel
        if order.send_at != leaves_at:
            _put_off(session, order.id, Event.RESUME, leaves_at, now, reason=None, deliver_on=None)
        _note(session, order, "parcel", order.state, now, {"parcel": parcel})
    return True


def _is_untouched(order: Order) -> bool:
    return order.state is State.SCHEDULED and order.hold_reason is None and order.deliver_on is None


def change_quantity(session: Session, order_id: str, quantity: int, now: datetime) -> Order | Refusal:
    """Only before it leaves. The caller has checked that the mandate allows it."""
    order = _locked(session, order_id)
    if order is None:
        return Refusal.NO_ORDER
    if quantity < 1:
        return Refusal.BAD_QUANTITY
    if order.state not in rules.UNSENT:
        return Refusal.CLOSED if order.state in rules.CLOSED else Refusal.TOO_LATE
    if order.quantity != quantity:
        details = {"from": order.quantity, "to": quantity}
        order.quantity = quantity
        _note(session, order, "quantity", order.state, now, details)
    return order


def cancel(session: Session, ids: Ids, order_id: str, now: datetime) -> Order | Refusal:
    """Before it leaves: cancelled at once. Later: the supplier is asked, once, and its answer decides."""
    order = _locked(session, order_id)
    if order is None:
        return Refusal.NO_ORDER
    if order.state in rules.CLOSED:
        return order if order.state is State.CANCELLED else Refusal.CLOSED
    if order.state in rules.UNSENT:
        _move(session, order, Event.CANCEL, now)
        outbox.withdraw(session, order.outbox_id, now)
        return order
    if order.state is State.SHIPPED:
        return Refusal.TOO_LATE
    if order.cancel_asked_at is None:
        order.cancel_asked_at = now
        outbox.put(session, ids, CANCEL, {"order": order.id}, not_before=now, now=now, household_id=order.household_id)
        _note(session, order, "cancel_asked", order.state, now)
    return order


def happened(session: Session, ids: Ids, order_id: str, news: News, now: datetime) -> Change | Refusal:
    """Take in what the supplier, or the way to it, tells of an order. Repeats and late news change nothing."""
    order = _locked(session, order_id)
    if order is None:
        return Refusal.NO_ORDER
    before = order.state
    target = rules.next_state(before, news.event, sent=order.first_sent_at is not None)
    if isinstance(target, Refusal):
        return target
    is_first = order.delivered_at is None
    _learn(order, news, now)
    gained = rules.packs_to_book(order.quantity, order.delivered_quantity, news.event, news.delivered_quantity)
    if gained:
        order.delivered_quantity += gained
        shelf.delivered(session, ids, order, gained * order.packs_each, now)
    if target is not before or gained:
        if target in rules.CLOSED and news.code:
            order.code = news.code[:80]
        _move(session, order, news.event, now, {**news.details, **({"packs": gained} if gained else {})})
    if is_first and order.delivered_at is not None and news.at is not None:
        deliveries.learn(session, order, news.at, now)
    session.add(order)
    session.flush()
    return Change(order, before, order.state)


def note(session: Session, order: Order, event: str, now: datetime, details: dict[str, Any] | None = None) -> None:
    """Remember something that does not move the order, as a cancellation that came too late."""
    _note(session, order, event, order.state, now, details)


def locked(session: Session, order_id: str) -> Order | None:
    """The order, which nobody else changes until this transaction ends. None: there is none."""
    return _locked(session, order_id)


def started(session: Session, order: Order, now: datetime) -> None:
    """It is about to be sent; the caller has it locked."""
    order.first_sent_at = order.first_sent_at or now
    order.in_doubt = True
    order.hold_reason = None
    _move(session, order, Event.START, now)


def surely_not_arrived(session: Session, order_id: str) -> None:
    """The last try had no effect at the supplier: the next one need not look first."""
    order = _locked(session, order_id)
    if order is not None:
        order.in_doubt = False
        session.add(order)


def _put_off(
    session: Session,
    order_id: str,
    event: Event,
    send_at: datetime,
    now: datetime,
    *,
    reason: str | None,
    deliver_on: date | None,
) -> Order | Refusal:
    order = _locked(session, order_id)
    if order is None:
        return Refusal.NO_ORDER
    target = rules.next_state(order.state, event, sent=order.first_sent_at is not None)
    if isinstance(target, Refusal):
        return target
    order.send_at = order.cancel_until = send_at
    order.deliver_on = deliver_on
    order.hold_reason = reason
    outbox.move(session, order.outbox_id, send_at)
    details = {"send_at": send_at.isoformat(), **({"reason": reason} if reason else {})}
    _move(session, order, event, now, details)
    return order


def _learn(order: Order, news: News, now: datetime) -> None:
    order.supplier_ref = news.supplier_ref or order.supplier_ref
    order.promised_for = news.promised_for or order.promised_for
    order.carrier = news.carrier or order.carrier
    if news.event is Event.SHIPPED:
        order.shipped_at = order.shipped_at or now
    if news.event in {Event.DELIVERED, Event.PARTIAL}:
        order.delivered_at = order.delivered_at or now


def _move(session: Session, order: Order, event: Event, now: datetime, details: dict[str, Any] | None = None) -> None:
    target = rules.next_state(order.state, event, sent=order.first_sent_at is not None)
    if isinstance(target, Refusal):
        raise TypeError(f"{event} in {order.state}: the caller has not looked")
    before, order.state = order.state, target
    if target in rules.CLOSED:
        order.closed_at = order.closed_at or now
    _note(session, order, event, before, now, details)


def _note(
    session: Session,
    order: Order,
    event: str,
    before: State | None,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    order.version += 1
    session.add(order)
    session.add(
        OrderEntry(order_id=order.id, event=str(event), before=before, after=order.state, details=details or {}, at=now)
    )
    session.flush()


def _locked(session: Session, order_id: str) -> Order | None:
    rows = (
        select(Order)
        .where(Order.id == order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return session.exec(rows).first()


def open_for_slot(session: Session, slot_id: str) -> Order | None:
    return session.exec(select(Order).where(Order.slot_id == slot_id, col(Order.state).in_(rules.OPEN))).first()
