"""Sign, cancel, and spend a mandate. Its row is locked before its month is summed."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.people import service as people
from cloud.replenishment import rules
from cloud.replenishment.inputs import MandateTerms
from cloud.replenishment.reasons import Reason
from cloud.replenishment.tables import Mandate, MandateUse
from kit.ids import Ids


@dataclass(frozen=True)
class Terms:
    """What is signed. Money in minor units of `currency`."""

    product_ids: tuple[str, ...]
    max_unit_price_minor: int
    monthly_cap_minor: int
    currency: str
    max_quantity: int
    cancel_window_hours: int
    expires_at: datetime
    text: str
    text_version: str
    language: str


@dataclass(frozen=True)
class Purchase:
    """What is about to be ordered under a mandate."""

    order_id: str
    product_id: str
    unit_price_minor: int
    quantity: int
    currency: str
    month: str  # YYYY-MM, in the household's own zone


def sign(session: Session, ids: Ids, household_id: str, terms: Terms, signed_by: str | None, now: datetime) -> Mandate:
    """A new mandate; earlier ones for the same products end with it, so that two caps never add up.

    The household is locked first: of two signatures at once, the second ends the first.
    """
    people.lock(session, household_id)
    for older in active(session, household_id, now):
        if set(older.product_ids) & set(terms.product_ids):
            older.cancelled_at = now
            session.add(older)
    values = {**vars(terms), "product_ids": list(terms.product_ids)}
    mandate = Mandate(**values, id=ids(), household_id=household_id, starts_at=now, signed_by=signed_by, signed_at=now)
    session.add(mandate)
    session.flush()
    return mandate


def cancel(session: Session, household_id: str, mandate_id: str, now: datetime) -> Mandate | None:
    """None: this household has no such mandate. Cancelling twice keeps the first date."""
    mandate = _locked(session, mandate_id)
    if mandate is None or mandate.household_id != household_id:
        return None
    mandate.cancelled_at = mandate.cancelled_at or now
    session.add(mandate)
    session.flush()
    return mandate


def active(session: Session, household_id: str, now: datetime) -> list[Mandate]:
    """Newest first."""
    rows = select(Mandate).where(
        Mandate.household_id == household_id, col(Mandate.cancelled_at).is_(None), col(Mandate.expires_at) > now
    )
    return list(session.exec(rows.order_by(col(Mandate.signed_at).desc(), col(Mandate.id))))


def covering(session: Session, household_id: str, product_id: str, now: datetime) -> Mandate | None:
    """The mandate under which this product may be ordered now. None: there is none."""
    return next((m for m in active(session, household_id, now) if product_id in m.product_ids), None)


def terms(session: Session, mandate: Mandate, product_id: str, month: str, now: datetime) -> MandateTerms:
    """As a decision sees it, with what this month has spent."""
    ended = mandate.cancelled_at is not None and mandate.cancelled_at <= now
    return MandateTerms(
        max_unit_price_minor=mandate.max_unit_price_minor,
        monthly_cap_minor=mandate.monthly_cap_minor,
        spent_this_month_minor=spent(session, mandate.id, month),
        max_quantity=mandate.max_quantity,
        currency=mandate.currency,
        expired=ended or not mandate.starts_at <= now < mandate.expires_at,
        covers_product=product_id in mandate.product_ids,
    )


def use(session: Session, ids: Ids, mandate_id: str, purchase: Purchase, now: datetime) -> tuple[Reason, ...]:
    """Take the money from the month, or say which terms it would break. Empty: taken, once however often it is tried.

    The mandate's row is locked first: of two that come at once, the second sees what the first has spent.
    """
    mandate = _locked(session, mandate_id)
    if mandate is None:
        return (Reason.NO_MANDATE,)
    taken = session.exec(select(MandateUse).where(MandateUse.order_id == purchase.order_id)).first()
    if taken is not None:
        return () if _is_for(taken, mandate_id, purchase) else (Reason.NOT_IN_MANDATE,)
    standing = terms(session, mandate, purchase.product_id, purchase.month, now)
    broken = rules.outside(standing, purchase.unit_price_minor, purchase.quantity, purchase.currency)
    if broken:
        return broken
    session.add(
        MandateUse(
            id=ids(),
            mandate_id=mandate_id,
            order_id=purchase.order_id,
            month=purchase.month,
            amount_minor=purchase.unit_price_minor * purchase.quantity,
            made_at=now,
        )
    )
    session.flush()
    return ()


def _is_for(taken: MandateUse, mandate_id: str, purchase: Purchase) -> bool:
    """The very same purchase, and it has not come to nothing since."""
    amount = purchase.unit_price_minor * purchase.quantity
    return taken.released_at is None and (taken.mandate_id, taken.amount_minor) == (mandate_id, amount)


def release(session: Session, order_id: str, now: datetime) -> None:
    """The order came to nothing: the month has its money back. Harmless for an order without a mandate."""
    row = session.exec(select(MandateUse).where(MandateUse.order_id == order_id)).first()
    if row is not None and row.released_at is None:
        row.released_at = now
        session.add(row)
        session.flush()


def spent(session: Session, mandate_id: str, month: str) -> int:
    """Minor units that the month has taken or is about to; what earlier mandates for the same products took counts."""
    rows = select(sa.func.coalesce(sa.func.sum(col(MandateUse.amount_minor)), 0)).where(
        col(MandateUse.mandate_id).in_(_line_of(session, mandate_id)),
        MandateUse.month == month,
        col(MandateUse.released_at).is_(None),
    )
    return int(session.exec(rows).one())


def _line_of(session: Session, mandate_id: str) -> list[str]:
    """With it the household's others for one of its products: signing anew does not begin a new month."""
    mandate = session.get(Mandate, mandate_id)
    if mandate is None:
        return []
    of_household = session.exec(select(Mandate).where(Mandate.household_id == mandate.household_id))
    return [each.id for each in of_household if set(each.product_ids) & set(mandate.product_ids)]


def _locked(session: Session, mandate_id: str) -> Mandate | None:
    rows = select(Mandate).where(Mandate.id == mandate_id).with_for_update(key_share=True)
    return session.exec(rows.execution_options(populate_existing=True)).first()
