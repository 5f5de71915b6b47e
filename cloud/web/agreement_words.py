"""The words of an order agreement, written in one place: what a page shows, what a program signs, what is kept."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.lists import format_list
from sqlmodel import Session, col, select

from cloud.catalogue.tables import Product
from cloud.devices.tables import Slot
from cloud.people.tables import Household
from cloud.replenishment.mandates import Terms
from cloud.web import translations, words
from cloud.web.templating import Moments, say


@dataclass(frozen=True)
class Bounds:
    """What is allowed. Money in minor units of the household's currency."""

    max_unit_price_minor: int
    monthly_cap_minor: int
    max_quantity: int
    cancel_window_hours: int
    expires_at: datetime


def terms(household: Household, products: list[Product], bounds: Bounds, language: str) -> Terms:
    """The bounds with the exact text that is shown before it is signed."""
    when = Moments(language, ZoneInfo(household.time_zone))
    text = say(language, words.MANDATE_TEXT, {
        "product": format_list([say(language, p.name) for p in products], locale=when.locale),
        "ceiling": when.money(bounds.max_unit_price_minor, household.currency),
        "cap": when.money(bounds.monthly_cap_minor, household.currency),
        "quantity": bounds.max_quantity, "hours": bounds.cancel_window_hours,
        "until": when.full_day(bounds.expires_at),
    })  # fmt: skip
    return Terms(
        **vars(bounds), product_ids=tuple(p.id for p in products), currency=household.currency, text=text,
        text_version=words.MANDATE_TEXT_VERSION, language=translations.plain(language),
    )  # fmt: skip


def own_products(session: Session, household_id: str) -> list[Product]:
    """What this household uses, and so what an agreement of theirs may cover."""
    own = select(Slot.product_id).where(Slot.household_id == household_id)
    rows = select(Product).where(col(Product.id).in_(own)).order_by(col(Product.category), col(Product.name))
    return list(session.exec(rows))
