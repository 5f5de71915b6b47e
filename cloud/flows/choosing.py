"""A person says which product belongs into a supply place: that holds until they say otherwise."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.catalogue import service as catalogue
from cloud.catalogue.tables import Product
from cloud.consumption import service as consumption
from cloud.devices import due
from cloud.devices.inbox_tables import ReadingRow
from cloud.devices.tables import Slot
from cloud.flows import ordering
from cloud.flows.products import packs_per_unit
from cloud.orders import service as orders
from cloud.orders import views
from cloud.orders.rules import UNSENT, Reason
from cloud.people import service as people
from cloud.replenishment import mandates
from contract.fields import Supply
from kit.ids import Ids


class Refused(StrEnum):
    """Why a product is not taken."""

    NO_SLOT = "no_such_slot"
    NO_PRODUCT = "no_such_product"
    NOT_COUNTED_SO = "not_counted_so"  # the device tells grams, the product is counted in pieces
    NOT_A_CONSUMABLE = "not_a_consumable"


def choose(
    session: Session, ids: Ids, household_id: str, slot_id: str, product_id: str, now: datetime
) -> Slot | Refused:
    """What was planned for the former product, and has not left, does not leave; a person's own orders stay."""
    people.lock(session, household_id)
    slot = ordering.own_slot(session, household_id, slot_id)
    if slot is None:
        return Refused.NO_SLOT
    product = session.get(Product, product_id)
    if problem := _problem(slot, product):
        return problem
    catalogue.choose(session, household_id, slot_id, product_id)
    if slot.product_id == product_id:
        return slot
    if product is None or _measure(slot, product) != _measure(slot, _former(session, slot)):
        _begin_again(session, slot, now)
    slot.product_id = product_id
    session.add(slot)
    _cancel_planned(session, ids, slot, now)
    due.mark(session, [slot_id], now)
    return slot


def _problem(slot: Slot, product: Product | None) -> Refused | None:
    if slot.supply != Supply.CONSUMABLE:
        return Refused.NOT_A_CONSUMABLE
    if product is None:
        return Refused.NO_PRODUCT
    return None if packs_per_unit(product, slot.kind) is not None else Refused.NOT_COUNTED_SO


def _former(session: Session, slot: Slot) -> Product | None:
    return session.get(Product, slot.product_id) if slot.product_id else None


def _measure(slot: Slot, product: Product | None) -> float | None:
    """Packs in one unit of the device's readings; while no product was known, each unit was taken for a pack."""
    return 1.0 if product is None else packs_per_unit(product, slot.kind)


def _begin_again(session: Session, slot: Slot, now: datetime) -> None:
    """What was learned was counted in packs of another size. The newest reading is taken in anew, the others stay past:
    packs that were changed then did not come from the shelf of this product.
    """
    consumption.begin_again(session, slot.id, now)
    told = select(sa.func.max(col(ReadingRow.id))).where(col(ReadingRow.value).is_not(None))
    newest = session.exec(told.where(ReadingRow.slot_id == slot.id)).one()
    if newest is not None:
        slot.folded_to = min(slot.folded_to, newest - 1)


def _cancel_planned(session: Session, ids: Ids, slot: Slot, now: datetime) -> None:
    for order in views.open_orders(session, slot.household_id):
        is_planned = order.reason is Reason.MANDATE and order.state in UNSENT
        if is_planned and order.slot_id == slot.id and order.product_id != slot.product_id:
            orders.cancel(session, ids, order.id, now)
            mandates.release(session, order.id, now)
