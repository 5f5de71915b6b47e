"""Which products a supply place may hold: those that can be counted in what its device tells."""

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session

from cloud.catalogue import service as catalogue
from cloud.catalogue.tables import Product
from cloud.devices.tables import Slot
from cloud.flows.products import packs_per_unit
from contract.fields import Kind


@dataclass(frozen=True)
class Group:
    """One heading of the list."""

    category: str
    products: tuple[Product, ...]


def for_slot(session: Session, slot: Slot) -> tuple[Group, ...]:
    """What the device counts in its own unit first. Empty: nothing that we know is counted so."""
    groups: dict[str, list[Product]] = defaultdict(list)
    for product in catalogue.products(session):
        if packs_per_unit(product, slot.kind) is not None:
            groups[product.category].append(product)
    made = [Group(category, tuple(products)) for category, products in groups.items()]
    return tuple(sorted(made, key=lambda group: (not _is_its_own(slot, group), group.category)))


def _is_its_own(slot: Slot, group: Group) -> bool:
    """A share of a full pack can be told of anything, but it is how cartridges are counted."""
    return slot.kind != Kind.LEVEL_FRACTION or any(product.unit == "fraction" for product in group.products)
