"""An order has moved: the mandate gets its money back, the slot is looked at again, the household is told."""

from datetime import datetime

from sqlmodel import Session

from cloud.devices import due
from cloud.flows import telling
from cloud.orders.rules import State
from cloud.orders.service import Change
from cloud.replenishment import mandates
from kit.ids import Ids

_WORDS = {
    State.SHIPPED: "order_shipped",
    State.DELIVERED: "order_delivered",
    State.PARTIAL: "order_delivered",
    State.FAILED: "order_failed",
    State.REFUSED: "order_failed",
}
_MONEY_BACK = {State.CANCELLED, State.REFUSED, State.FAILED}
_ENDS = {State.DELIVERED, State.PARTIAL, *_MONEY_BACK}


def on_change(session: Session, ids: Ids, change: Change, now: datetime) -> None:
    """In the transaction that moved the order."""
    order = change.order
    if not change.moved:
        return
    if change.after in _MONEY_BACK:
        mandates.release(session, order.id, now)
    if change.after in _ENDS and order.slot_id is not None:
        due.mark(session, [order.slot_id], now)
    if change.after in _WORDS:
        telling.about(session, ids, order, _WORDS[change.after], now)
