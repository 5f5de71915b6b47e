"""Suppliers, products, packs, prices, and what fits where."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class Supplier(SQLModel, table=True):
    """Who ships. Token and secret never appear in a log, a page or an export; who reads this table can order."""

    __tablename__ = "suppliers"

    id: str = Field(primary_key=True, max_length=32)
    slug: str = Field(unique=True, max_length=63)
    name: str = Field(max_length=100)
    base_url: str = Field(max_length=300)
    api_token: str | None = Field(default=None, max_length=200)
    webhook_secret: str | None = Field(default=None, max_length=200)  # whsec_…
    lead_days_low: float  # working days from the pick to the doorstep: 5 %, middle, 95 %
    lead_days_mid: float
    lead_days_high: float
    cut_off_hour: int = 15  # in `time_zone`; what comes later is picked the next working day
    time_zone: str = Field(default="UTC", max_length=64)
    country: str | None = Field(default=None, max_length=2)  # whose public holidays it keeps; None: only weekends
    subdivision: str | None = Field(default=None, max_length=10)  # of that country, as ISO 3166-2 names it
    delivers_on_saturday: bool = True  # where it does not, its parcels teach so; the other way nothing would
    closed: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # 2026-12-24, or 2026-12-24/2027-01-02
    min_order_minor: int = 0


class Product(SQLModel, table=True):
    """One kind of supply. Levels are counted in packs of `capacity` `unit`."""

    __tablename__ = "products"

    id: str = Field(primary_key=True, max_length=32)
    slug: str = Field(unique=True, max_length=63)
    name: str = Field(max_length=100)
    category: str = Field(max_length=40)
    unit: str = Field(max_length=16)  # fraction, g, ml, count
    capacity: float  # of one full pack, in `unit`
    absence_factor: float = 1.0  # use on a day with nobody home, as a share of a day at home
    shelf_life_days: int | None = None  # None: keeps
    typical_pack_days: float  # how long one pack lasts in a usual home
    typical_spread: float  # of that, between homes: standard deviation of its logarithm
    image: str | None = Field(default=None, max_length=100)


class Pack(SQLModel, table=True):
    """What can be ordered: `count` packs of a product from one supplier, under its number."""

    __tablename__ = "packs"
    __table_args__ = (sa.UniqueConstraint("supplier_id", "sku"),)

    id: str = Field(primary_key=True, max_length=32)
    product_id: str = Field(foreign_key="products.id", index=True, max_length=32)
    supplier_id: str = Field(foreign_key="suppliers.id", max_length=32)
    sku: str = Field(max_length=63)
    count: int = 1
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Price(SQLModel, table=True):
    """What a pack costs from one moment until the next price; never changed, only ended."""

    __tablename__ = "prices"
    __table_args__ = (
        sa.UniqueConstraint("pack_id", "currency", "valid_from"),
        sa.CheckConstraint("amount_minor > 0", name="ck_prices_positive"),
    )

    id: int | None = Field(default=None, primary_key=True)
    pack_id: str = Field(foreign_key="packs.id", max_length=32)
    amount_minor: int
    currency: str = Field(max_length=3)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Fit(SQLModel, table=True):
    """A product fits where every field that is set agrees. A row with a household is that household's own choice."""

    __tablename__ = "fits"

    id: int | None = Field(default=None, primary_key=True)
    product_id: str = Field(foreign_key="products.id", index=True, max_length=32)
    device_type: str | None = Field(default=None, max_length=40)
    model: str | None = Field(default=None, max_length=200)  # a part of the model's name
    colour: str | None = Field(default=None, max_length=40)
    part_number: str | None = Field(default=None, max_length=200)
    description: str | None = Field(default=None, max_length=200)  # a part of the slot's own description
    household_id: str | None = Field(default=None, foreign_key="households.id", index=True, max_length=32)
    slot_id: str | None = Field(default=None, max_length=32)
