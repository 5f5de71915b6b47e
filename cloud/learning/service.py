"""Fit anew what is usual for each product, from the homes that allow it now."""

import math
from collections import defaultdict
from datetime import datetime

from sqlmodel import Session, col, select

from cloud.catalogue.tables import Product
from cloud.consent import service as consent
from cloud.consumption.tables import ProductPrior, SlotStateRow
from cloud.consumption.values import SlotState
from cloud.devices.tables import Slot
from cloud.learning import rules
from cloud.learning.rules import Prior
from contract.fields import Purpose

AT_ONCE = 1000


def refit(session: Session, now: datetime) -> int:
    """From nothing, each time: a home that has taken its consent back is not in it. How many products have a prior.

    Reads what is kept of each slot, never its readings.
    """
    count = 0
    for product in session.exec(select(Product).order_by(col(Product.id))).all():
        typical = Prior(product.typical_pack_days, product.typical_spread, 0)
        fitted = rules.fit(_pack_days(session, product.id), typical)
        row = session.get(ProductPrior, product.id)
        if fitted is None:
            if row is not None:
                session.delete(row)
            continue
        row = row or ProductPrior(product_id=product.id, pack_days=0.0, spread=0.0, homes=0, fitted_at=now)
        row.pack_days, row.spread, row.homes, row.fitted_at = fitted.pack_days, fitted.spread, fitted.homes, now
        session.add(row)
        count += 1
    return count


def _pack_days(session: Session, product_id: str) -> list[float]:
    """Of each home that allows it: the mean over its slots, of the logarithm. Of others nothing is read."""
    homes = session.exec(select(Slot.household_id).where(Slot.product_id == product_id).distinct()).all()
    allowing = _allowing(session, sorted(homes))
    logs: dict[str, list[float]] = defaultdict(list)
    for start in range(0, len(allowing), AT_ONCE):
        rows = session.execute(
            select(Slot.household_id, SlotStateRow.json_)
            .join(SlotStateRow, col(SlotStateRow.slot_id) == col(Slot.id))
            .where(Slot.product_id == product_id, col(Slot.household_id).in_(allowing[start : start + AT_ONCE]))
        )
        for household_id, kept in rows:
            state = SlotState.from_json(kept) if kept else SlotState()
            per_day = state.use_per_day
            if per_day is not None and state.learned.days >= rules.LEAST_DAYS:
                logs[household_id].append(-math.log(per_day))
    return [math.exp(math.fsum(logs[home]) / len(logs[home])) for home in sorted(logs)]


def _allowing(session: Session, homes: list[str]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(homes), AT_ONCE):
        some = homes[start : start + AT_ONCE]
        stands = consent.standings(session, some)
        found.extend(home for home in some if stands[home].allows(Purpose.LEARN))
    return found
