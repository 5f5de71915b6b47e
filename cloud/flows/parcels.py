"""Several supplies in one parcel: what is ordered goes along with what leaves from the same supplier anyway.

An order waits for the customer's no before it leaves, and what is looked at meanwhile may join it. Both then leave when
the later of the two may: the first is put off by some hours at most, and never so that it would come a day later.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from cloud.devices.tables import Mode
from cloud.flows import arrivals
from cloud.flows.situation import Place
from cloud.orders import service as orders
from cloud.orders import views
from cloud.orders.rules import Reason, State
from cloud.orders.tables import Order

WAITS = timedelta(hours=3)  # everything is looked at once an hour


def beside(session: Session, at: Place, now: datetime) -> Order | None:
    """The oldest order that one of this place could go along with. None: there is none, or nothing may by itself."""
    if at.mandate is None or at.offered is None or at.slot.mode != Mode.AUTOMATIC:
        return None
    own = now + timedelta(hours=at.mandate.cancel_window_hours)
    unsent = views.unsent(session, at.household.id)
    return next((order for order in unsent if _is_free(at, order) and _can_wait(at, order, own)), None)


def join(session: Session, at: Place, made: Order, *, is_urgent: bool, now: datetime) -> None:
    """What was just ordered leaves with the one beside. What is urgent does not wait for it."""
    if at.beside is None or made.state is not State.SCHEDULED or made.deliver_on is not None:
        return
    leaves_at = max(made.send_at, at.beside.send_at)
    if is_urgent and not _is_as_soon(at, made.send_at, leaves_at):
        return
    orders.share_parcel(session, at.beside.id, made.id, leaves_at, now)


def _is_free(at: Place, order: Order) -> bool:
    """Of another place, from the same supplier, ordered by itself, and nobody and no calendar has put it off."""
    if order.slot_id == at.slot.id or at.offered is None or order.supplier_id != at.offered.supplier.id:
        return False
    is_untouched = order.state is State.SCHEDULED and order.hold_reason is None and order.deliver_on is None
    return is_untouched and order.reason is Reason.MANDATE


def _can_wait(at: Place, order: Order, own: datetime) -> bool:
    """Until what is ordered now may leave (`own`), and somebody is there when it comes."""
    leaves_at = max(own, order.send_at)
    if leaves_at - order.send_at > WAITS or not _is_as_soon(at, order.send_at, leaves_at):
        return False
    return not arrivals.arrival_of(at, leaves_at).moved_by


def _is_as_soon(at: Place, earlier: datetime, later: datetime) -> bool:
    return arrivals.arrivals(at, earlier) == arrivals.arrivals(at, later)
