"""Load a catalogue file (TOML). Loading it again changes nothing; a new price ends the old one."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from cloud import public_holidays
from cloud.catalogue.opening_rules import closed_days
from cloud.catalogue.rules import id_of
from cloud.catalogue.tables import Fit, Pack, Price, Product, Supplier

STARTER = Path(__file__).with_name("starter.toml")


class CatalogueError(Exception):
    """The file cannot be used; the message says where it is wrong."""


class _Supplier(msgspec.Struct, forbid_unknown_fields=True):
    slug: str
    name: str
    base_url: str
    lead_days: tuple[float, float, float]
    cut_off_hour: int = 15
    time_zone: str = "UTC"
    country: str | None = None
    subdivision: str | None = None
    delivers_on_saturday: bool = True
    closed: list[str] = []
    min_order_minor: int = 0
    api_token: str | None = None
    webhook_secret: str | None = None


class _Fit(msgspec.Struct, forbid_unknown_fields=True):
    device_type: str | None = None
    model: str | None = None
    colour: str | None = None
    part_number: str | None = None
    description: str | None = None


class _Pack(msgspec.Struct, forbid_unknown_fields=True):
    supplier: str
    sku: str
    prices: dict[str, int]
    count: int = 1


class _Product(msgspec.Struct, forbid_unknown_fields=True):
    slug: str
    name: str
    category: str
    unit: str
    capacity: float
    typical_pack_days: float
    typical_spread: float
    absence_factor: float = 1.0
    shelf_life_days: int | None = None
    image: str | None = None
    packs: list[_Pack] = []
    fits: list[_Fit] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    suppliers: list[_Supplier] = []
    products: list[_Product] = []


@dataclass(frozen=True)
class Loaded:
    """How much the file holds, and how many prices are new."""

    suppliers: int
    products: int
    new_prices: int


def load(session: Session, text: str, now: datetime) -> Loaded:
    """Raises CatalogueError; nothing is half loaded when the caller rolls back."""
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CatalogueError(str(error)) from error
    for given in file.suppliers:
        _merge_supplier(session, given)
    session.flush()
    new_prices = sum(_load_product(session, given, now) for given in file.products)
    session.flush()
    return Loaded(len(file.suppliers), len(file.products), new_prices)


def _merge_supplier(session: Session, given: _Supplier) -> None:
    """An address or secret that was set on this installation stays when the file has none of its own."""
    known = session.get(Supplier, id_of(given.slug))
    low, mid, high = given.lead_days
    if not 0 < low <= mid <= high:
        raise CatalogueError(f"supplier {given.slug}: lead_days must rise")
    if problem := _calendar_problem(given):
        raise CatalogueError(f"supplier {given.slug}: {problem}")
    values: dict[str, Any] = msgspec.structs.asdict(given)
    del values["lead_days"]
    if known is not None:
        values = {k: v for k, v in values.items() if v is not None and k != "base_url"}
    row = known or Supplier(id=id_of(given.slug), **values, lead_days_low=low, lead_days_mid=mid, lead_days_high=high)
    for name, value in {**values, "lead_days_low": low, "lead_days_mid": mid, "lead_days_high": high}.items():
        setattr(row, name, value)
    session.add(row)


def _calendar_problem(given: _Supplier) -> str | None:
    if given.time_zone not in available_timezones():
        return f"time_zone {given.time_zone!r} is none of IANA's"
    if given.subdivision is not None and given.country is None:
        return "a subdivision needs its country"
    if given.country is not None and not public_holidays.is_known(given.country, given.subdivision):
        return f"no public holidays are known of country {given.country!r}, subdivision {given.subdivision!r}"
    try:
        closed_days(given.closed)
    except ValueError:
        return "closed holds days as '2026-12-24' or '2026-12-24/2027-01-02' (the last one included), a year at most"
    return None


def _load_product(session: Session, given: _Product, now: datetime) -> int:
    if not (given.capacity > 0 and given.typical_pack_days > 0 and given.typical_spread > 0):
        raise CatalogueError(f"product {given.slug}: capacity, typical_pack_days and typical_spread must be above 0")
    product_id = id_of(given.slug)
    values: dict[str, Any] = msgspec.structs.asdict(given)
    del values["packs"], values["fits"]
    session.merge(Product(id=product_id, **values))
    session.flush()
    session.exec(delete(Fit).where(col(Fit.product_id) == product_id, col(Fit.household_id).is_(None)))
    for fit in given.fits:
        session.add(Fit(product_id=product_id, **msgspec.structs.asdict(fit)))
    return sum(_load_pack(session, product_id, pack, now) for pack in given.packs)


def _load_pack(session: Session, product_id: str, given: _Pack, now: datetime) -> int:
    supplier_id = id_of(given.supplier)
    if session.get(Supplier, supplier_id) is None:
        raise CatalogueError(f"pack {given.sku}: no supplier {given.supplier}")
    pack_id = id_of(f"{given.supplier}/{given.sku}")
    session.merge(Pack(id=pack_id, product_id=product_id, supplier_id=supplier_id, sku=given.sku, count=given.count))
    session.flush()
    return sum(set_price(session, pack_id, amount, currency, now) for currency, amount in given.prices.items())


def set_price(session: Session, pack_id: str, amount_minor: int, currency: str, now: datetime) -> bool:
    """True: the price is new. The former one ends at `now`.

    What begins at `now` or later (it was set in the same moment, or before the clock was set back) gives way to it.
    """
    of_pack = (col(Price.pack_id) == pack_id, col(Price.currency) == currency)
    last = session.exec(select(Price).where(*of_pack).order_by(col(Price.valid_from).desc()).limit(1)).first()
    if last is not None and last.valid_until is None and last.valid_from <= now and last.amount_minor == amount_minor:
        return False
    session.exec(delete(Price).where(*of_pack, col(Price.valid_from) >= now))
    lasts = sa.or_(col(Price.valid_until).is_(None), col(Price.valid_until) > now)
    current = session.exec(select(Price).where(*of_pack, lasts)).first()
    if current is not None:
        current.valid_until = now
        session.add(current)
    session.add(Price(pack_id=pack_id, amount_minor=amount_minor, currency=currency, valid_from=now))
    session.flush()
    return True


def starter() -> str:
    """The catalogue that comes along, as text."""
    return resources.files("cloud.catalogue").joinpath("starter.toml").read_text("utf-8")
