"""Ask the catalogue: what fits, what it costs now, who ships it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from cloud.catalogue import rules
from cloud.catalogue.rules import SlotTraits
from cloud.catalogue.tables import Fit, Pack, Price, Product, Supplier


@dataclass(frozen=True)
class Offer:
    """A pack with its price of this moment, per pack as ordered."""

    pack: Pack
    product: Product
    supplier: Supplier
    price_minor: int
    currency: str


def product(session: Session, product_id: str) -> Product:
    return session.get_one(Product, product_id)


def supplier(session: Session, supplier_id: str) -> Supplier:
    return session.get_one(Supplier, supplier_id)


def supplier_by_slug(session: Session, slug: str) -> Supplier | None:
    return session.exec(select(Supplier).where(Supplier.slug == slug)).first()


def products(session: Session) -> list[Product]:
    return list(session.exec(select(Product).order_by(col(Product.category), col(Product.name))))


def products_for(session: Session, slot: SlotTraits) -> list[Product]:
    """What fits, the surest first. Empty: nothing is known to fit, so ask the customer."""
    rows = session.exec(
        select(Fit).where(sa.or_(col(Fit.household_id).is_(None), col(Fit.household_id) == slot.household_id))
    )
    best = rules.best_first([_rule(row) for row in rows], slot)
    found = {p.id: p for p in session.exec(select(Product).where(col(Product.id).in_(best)))}
    return [found[product_id] for product_id in best]


def choose(session: Session, household_id: str, slot_id: str, product_id: str) -> None:
    """The household's own word on what belongs into a slot; it replaces an earlier one."""
    session.exec(delete(Fit).where(col(Fit.household_id) == household_id, col(Fit.slot_id) == slot_id))
    session.add(Fit(product_id=product_id, household_id=household_id, slot_id=slot_id))
    session.flush()


def price_now(session: Session, pack_id: str, currency: str, now: datetime) -> int | None:
    """Minor units for one pack as ordered. None: it is not sold in this currency now."""
    return session.exec(
        select(Price.amount_minor)
        .where(
            Price.pack_id == pack_id,
            Price.currency == currency,
            col(Price.valid_from) <= now,
            sa.or_(col(Price.valid_until).is_(None), col(Price.valid_until) > now),
        )
        .order_by(col(Price.valid_from).desc())
        .limit(1)
    ).first()


def offers(session: Session, product_id: str, currency: str, now: datetime) -> list[Offer]:
    """What can be ordered now, the cheapest per product pack first."""
    packs = session.exec(
        select(Pack, Product, Supplier)
        .where(Pack.product_id == product_id, Product.id == Pack.product_id, Supplier.id == Pack.supplier_id)
        .where(col(Pack.retired_at).is_(None))
    ).all()
    found = [
        Offer(pack, item, ships, price, currency)
        for pack, item, ships in packs
        if (price := price_now(session, pack.id, currency, now)) is not None
    ]
    return sorted(found, key=lambda o: (o.price_minor / o.pack.count, o.pack.id))


def connect_supplier(session: Session, slug: str, *, base_url: str, api_token: str, webhook_secret: str) -> bool:
    """Say where a supplier listens and with which secrets. False: there is no such supplier."""
    row = supplier_by_slug(session, slug)
    if row is None:
        return False
    row.base_url, row.api_token, row.webhook_secret = base_url, api_token, webhook_secret
    session.add(row)
    session.flush()
    return True


def _rule(row: Fit) -> rules.FitRule:
    return rules.FitRule(
        product_id=row.product_id,
        device_type=row.device_type,
        model=row.model,
        colour=row.colour,
        part_number=row.part_number,
        description=row.description,
        household_id=row.household_id,
        slot_id=row.slot_id,
    )
