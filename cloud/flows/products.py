"""What belongs into a slot, and how its readings are counted in packs."""

from sqlmodel import Session

from cloud.catalogue import service as catalogue
from cloud.catalogue.rules import SlotTraits
from cloud.catalogue.tables import Product
from cloud.devices.tables import Device, Slot
from contract.fields import Kind

_UNIT = {Kind.LEVEL_FRACTION: "fraction", Kind.AMOUNT_G: "g", Kind.AMOUNT_ML: "ml", Kind.COUNT: "count"}


def product_of(session: Session, slot: Slot, device: Device) -> Product | None:
    """The household's choice, else what the catalogue knows to fit. None: ask the customer."""
    if slot.product_id is not None:
        return catalogue.product(session, slot.product_id)
    traits = SlotTraits(
        slot.household_id, slot.id, device.type, device.model, slot.colour, slot.part_number, slot.description
    )
    found = catalogue.products_for(session, traits)
    if not found:
        return None
    slot.product_id = found[0].id
    session.add(slot)
    return found[0]


def packs_per_unit(product: Product, kind: str) -> float | None:
    """How many packs one unit of the reading is. None: the product is not counted in this unit."""
    if kind == Kind.LEVEL_FRACTION:
        return 1.0
    if _UNIT[Kind(kind)] != product.unit or product.capacity <= 0:
        return None
    return 1.0 / product.capacity
