"""May this order still leave? Asked again at the moment of sending."""

from datetime import datetime

from sqlmodel import Session

from cloud.consent import service as consent
from cloud.orders.rules import Reason
from cloud.orders.tables import Order
from cloud.replenishment.tables import Mandate


def may_leave(session: Session, order: Order, now: datetime) -> bool:
    """A person's own tap always; an automatic order while consent and its mandate stand."""
    if order.reason is not Reason.MANDATE:
        return True
    stands = consent.standing(session, order.household_id)
    mandate = session.get(Mandate, order.mandate_id) if order.mandate_id else None
    if mandate is None or mandate.cancelled_at is not None or now >= mandate.expires_at:
        return False
    return stands.allows("order") and stands.allows("supply")
