"""The senders behind `order.place` and `order.cancel`: what may have been accepted is looked up before a retry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db, outbox
from cloud.catalogue.tables import Pack, Supplier
from cloud.orders import rules, service
from cloud.orders.rules import Event, State
from cloud.orders.service import Change, News
from cloud.orders.supplier_api import Line, OrderStatus, PlaceOrder, carrier_named
from cloud.orders.supplier_client import Access, Answer, Known, NotKnown, NotSent, Refused, SupplierClient, Uncertain
from cloud.orders.tables import Order
from cloud.outbox.senders import Job, Sender, Sent
from cloud.outbox.tables import OutboxRow
from cloud.people.tables import Household
from kit.ids import Ids

OnChange = Callable[[Session, Change, datetime], None]
"""What a higher domain does when an order has moved, in the same transaction: it tells the customer."""

_CANCEL_TRIES_BEFORE_GONE = 3
FIRST_LOOK_AFTER = timedelta(days=7)  # after it left, or the day for which it was wanted: news may have got lost
LOOK_AGAIN_AFTER = timedelta(days=2)

_EVENT_OF_STATUS = {
    "accepted": Event.ACCEPTED,
    "refused": Event.REFUSED,
    "shipped": Event.SHIPPED,
    "delivered": Event.DELIVERED,
    "partial": Event.PARTIAL,
    "failed": Event.FAILED,
    "cancelled": Event.CANCELLED,
}


MayLeave = Callable[[Session, Order, datetime], bool]
"""Asked in the transaction that begins a try: what was allowed when it was ordered may be taken back since."""


def always(session: Session, order: Order, now: datetime) -> bool:
    del session, order, now
    return True


def tell_nobody(session: Session, change: Change, now: datetime) -> None:
    del session, change, now


@dataclass(frozen=True)
class Dispatch:
    """What the senders need. `senders` goes into the outbox's table."""

    engine: Engine
    client: SupplierClient
    ids: Ids
    on_change: OnChange = tell_nobody
    may_leave: MayLeave = always

    def senders(self) -> dict[str, Sender]:
        return {service.PLACE: self.place, service.CANCEL: self.cancel, service.LOOK: self.look}

    def place(self, job: Job, now: datetime) -> Sent:
        order_id = str(job.payload["order"])
        with db.transaction(self.engine) as session:
            ready = self._begin(session, order_id, now)
        if isinstance(ready, Sent):
            return ready
        answer = self._placed(ready, job.id)
        return self._settled(order_id, answer, now)

    def _begin(self, session: Session, order_id: str, now: datetime) -> "_Ready | Sent":
        order = service.locked(session, order_id)
        if order is None or not _is_to_be_sent(order):
            return Sent.done()
        if order.state in rules.UNSENT and order.send_at > now:
            return Sent.later()
        is_allowed = self.may_leave(session, order, now)
        if not order.in_doubt and not is_allowed:
            event = Event.CANCEL if order.state in rules.UNSENT else Event.NOT_FOUND
            return Sent.done(self._apply(order_id, News(event, code="no_longer_allowed"), now))
        if order.first_sent_at is None:
            wanted = datetime.fromisoformat(f"{order.deliver_on or now.date()}T00:00+00:00")
            self._look_later(session, order_id, max(now, wanted) + FIRST_LOOK_AFTER, now)
        return _start(session, order, now, is_allowed=is_allowed)

    def cancel(self, job: Job, now: datetime) -> Sent:
        order_id = str(job.payload["order"])
        with db.reading(self.engine) as session:
            order = session.get(Order, order_id)
            if order is None or order.state in rules.CLOSED:
                return Sent.done()
            access, reference = _access(session, order), order.reference
        answer = self.client.cancel(access, reference, job.id)
        match answer:
            case Known(status):
                return Sent.done(self._apply(order_id, _news(status), now))
            case Refused(code):
                # It goes on at the supplier: learn how far it is, perhaps nobody has told us yet.
                found = self.client.find(access, reference)
                return Sent.done(self._too_late(order_id, code, now, found))
            case NotKnown():
                # The order itself may still be on its way there: only when it had time to arrive is it gone.
                if job.attempt < _CANCEL_TRIES_BEFORE_GONE:
                    return Sent.again("not_known_yet")
                return Sent.done(self._apply(order_id, News(Event.NOT_FOUND), now))
            case Uncertain(code) | NotSent(code):
                return Sent.again(code, give_up=self._too_late(order_id, code, now))

    def look(self, job: Job, now: datetime) -> Sent:
        """Ask how far an order is that should have come by now: a webhook that got lost must not block its slot."""
        order_id = str(job.payload["order"])
        with db.reading(self.engine) as session:
            order = session.get(Order, order_id)
            if order is None or order.state in rules.CLOSED or order.state in rules.UNSENT:
                return Sent.done()
            access, reference = _access(session, order), order.reference
        found = self.client.find(access, reference)

        def effect(session: Session) -> None:
            if isinstance(found, Known):
                self._apply(order_id, _news(found.status), now)(session)
            elif isinstance(found, NotKnown) and _has_been_given_up(session, order_id):
                self._apply(order_id, News(Event.NOT_FOUND, code="never_arrived"), now)(session)
            self._look_later(session, order_id, now + LOOK_AGAIN_AFTER, now)

        return Sent.done(effect)

    def _look_later(self, session: Session, order_id: str, at: datetime, now: datetime) -> None:
        order = service.locked(session, order_id)
        if order is not None and order.state not in rules.CLOSED:
            payload = {"order": order_id}
            outbox.put(
                session, self.ids, service.LOOK, payload, not_before=at, now=now, household_id=order.household_id
            )

    def _placed(self, ready: "_Ready", key: str) -> Answer:
        if ready.again:
            found = self.client.find(ready.access, ready.order.reference)
            if isinstance(found, Known | Uncertain):
                return found
            if isinstance(found, NotSent | Refused):  # a look-up that fails says nothing of the order
                return Uncertain("not_looked_up")
            if not ready.is_allowed:  # it was in doubt, and is not there: then it does not leave again
                return NotSent("no_longer_allowed")
        return self.client.place(ready.access, ready.order, key)

    def _settled(self, order_id: str, answer: Answer, now: datetime) -> Sent:
        match answer:
            case Known(status):
                return Sent.done(self._apply(order_id, _news(status), now))
            case Refused(code):
                # Our own cancellation may have got there first.
                event = Event.CANCELLED if code == "cancelled" else Event.REFUSED
                return Sent.done(self._apply(order_id, News(event, code=code), now))
            case Uncertain(code):
                return Sent.again(code, self._apply(order_id, News(Event.UNCERTAIN, code=code), now))
            case NotSent(code):
                return self._not_arrived(order_id, code, now)
            case NotKnown():  # there is no such page: as unreachable
                return self._not_arrived(order_id, "http_404", now)

    def _not_arrived(self, order_id: str, code: str, now: datetime) -> Sent:
        return Sent.again(
            code,
            lambda session: service.surely_not_arrived(session, order_id),
            give_up=self._apply(order_id, News(Event.UNREACHABLE, code=code), now),
        )

    def _apply(self, order_id: str, news: News, now: datetime) -> Callable[[Session], None]:
        def effect(session: Session) -> None:
            change = service.happened(session, self.ids, order_id, news, now)
            if isinstance(change, Change) and change.moved:
                self.on_change(session, change, now)

        return effect

    def _too_late(
        self, order_id: str, code: str, now: datetime, found: Answer | None = None
    ) -> Callable[[Session], None]:
        def effect(session: Session) -> None:
            if isinstance(found, Known):
                self._apply(order_id, _news(found.status), now)(session)
            order = service.locked(session, order_id)
            if order is not None:
                service.note(session, order, "cancel_refused", now, {"code": code})

        return effect


@dataclass(frozen=True)
class _Ready:
    access: Access
    order: PlaceOrder
    again: bool  # an earlier try may have arrived: look first
    is_allowed: bool  # otherwise looking is all


def _is_to_be_sent(order: Order) -> bool:
    """Not where it is over or taken; where a cancellation was asked, what may have arrived is that one's business."""
    over = order.state in rules.CLOSED or order.state in {State.ACCEPTED, State.SHIPPED}
    return not over and order.cancel_asked_at is None


def _start(session: Session, order: Order, now: datetime, *, is_allowed: bool) -> "_Ready":
    """Take the order out of the customer's hands; from here on it may be at the supplier."""
    again = order.in_doubt
    service.started(session, order, now)
    pack = session.get_one(Pack, order.pack_id)
    household = session.get_one(Household, order.household_id)
    placing = PlaceOrder(
        reference=order.reference,
        lines=[Line(pack.sku, order.quantity, order.price_minor, order.currency)],
        address={"name": household.name, **{k: str(v) for k, v in household.address.items()}},
        deliver_on=order.deliver_on.isoformat() if order.deliver_on else None,
        parcel=order.parcel_id,
    )
    return _Ready(_access(session, order), placing, again, is_allowed)


def _access(session: Session, order: Order) -> Access:
    supplier = session.get_one(Supplier, order.supplier_id)
    return Access(supplier.base_url, supplier.api_token or "")


def _news(status: OrderStatus) -> News:
    event = _EVENT_OF_STATUS.get(status.status, Event.UNCERTAIN)
    return News(
        event,
        supplier_ref=status.id,
        promised_for=status.promised_for,
        delivered_quantity=status.delivered_quantity,
        code=status.code,
        carrier=carrier_named(status.carrier),
    )


def _has_been_given_up(session: Session, order_id: str) -> bool:
    """Nobody tries any more to place it: what the supplier does not know now, it never will."""
    order = session.get_one(Order, order_id)
    row = session.get(OutboxRow, order.outbox_id)
    return order.state in {State.SENDING, State.UNKNOWN} and (row is None or row.dead_at is not None)
