"""Who of a household is told what, in which words' template."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from cloud.catalogue import service as catalogue
from cloud.notifications import service as notifications
from cloud.notifications.service import Contact
from cloud.orders.rules import Reason
from cloud.orders.tables import Order
from cloud.people import service as people
from kit.ids import Ids


def household(
    session: Session, ids: Ids, household_id: str, template: str, context: dict[str, Any], key: str, now: datetime
) -> None:
    """Every customer of the household is told once per `key`."""
    home = people.household(session, household_id)
    for person in people.customers(session, household_id):
        contact = Contact(person.id, person.name, person.email, person.language, home.time_zone, household_id)
        notifications.tell(session, ids, contact, template, context, key, now)


def about(session: Session, ids: Ids, order: Order, template: str, now: datetime) -> None:
    """Tell of an order; once for each template, quantity and day of arrival."""
    arrives = order.promised_for.isoformat() if order.promised_for else None
    if order.deliver_on is not None:
        arrives = order.deliver_on.isoformat()
    context = {
        "product": catalogue.product(session, order.product_id).name,
        "quantity": order.quantity,
        "total_minor": order.total_minor,
        "currency": order.currency,
        "arrives_on": arrives,
        "cancel_until": order.cancel_until.isoformat(),
        "by_tap": order.reason is Reason.TAP,
        "path": "/",
    }
    household(
        session, ids, order.household_id, template, context, f"{template}:{order.id}:{order.quantity}:{arrives}", now
    )
