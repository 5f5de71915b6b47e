"""Orders, what happened to them, and the shelf."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime
from cloud.orders.rules import OPEN, Reason, State


def _words(of: type[StrEnum]) -> sa.Enum:
    """A short text in the database, the word's own type in Python."""
    return sa.Enum(of, native_enum=False, length=16, values_callable=lambda words: [w.value for w in words])


_STATE = _words(State)
_REASON = _words(Reason)
_OPEN_SQL = sa.text("slot_id IS NOT NULL AND state IN ({})".format(", ".join(f"'{s}'" for s in sorted(OPEN))))


class Order(SQLModel, table=True):
    """One product for one household, at the price of the decision. At most one open order per slot."""

    __tablename__ = "orders"
    __table_args__ = (
        sa.Index("uq_orders_open_slot", "slot_id", unique=True, sqlite_where=_OPEN_SQL, postgresql_where=_OPEN_SQL),
        sa.Index("ix_orders_household", "household_id", "scheduled_at"),
        sa.Index("ix_orders_mandate", "mandate_id", "scheduled_at"),
        sa.CheckConstraint("quantity > 0", name="ck_orders_quantity"),
        sa.CheckConstraint("price_minor >= 0", name="ck_orders_price"),
    )

    id: str = Field(primary_key=True, max_length=32)
    household_id: str = Field(foreign_key="households.id", max_length=32)
    slot_id: str | None = Field(default=None, max_length=32)  # None: not for a place in a device
    product_id: str = Field(foreign_key="products.id", max_length=32)
    pack_id: str = Field(foreign_key="packs.id", max_length=32)
    supplier_id: str = Field(foreign_key="suppliers.id", max_length=32)
    quantity: int  # packs as ordered
    packs_each: int = 1  # product packs in one of them
    price_minor: int  # of one, when it was decided
    currency: str = Field(max_length=3)
    state: State = Field(default=State.SCHEDULED, sa_type=_STATE)
    reason: Reason = Field(sa_type=_REASON)
    mandate_id: str | None = Field(default=None, max_length=32)
    reference: str = Field(unique=True, max_length=40)  # ours, told to the supplier
    supplier_ref: str | None = Field(default=None, max_length=80)
    carrier: str | None = Field(default=None, max_length=40)  # as the supplier names it; None: it has not
    outbox_id: str = Field(max_length=32)  # of `order.place`: the idempotency key
    code: str | None = Field(default=None, max_length=80)  # why it was refused or failed
    hold_reason: str | None = Field(default=None, max_length=40)
    scheduled_at: datetime = Field(sa_type=UtcDateTime)
    send_at: datetime = Field(sa_type=UtcDateTime)
    cancel_until: datetime = Field(sa_type=UtcDateTime)
    deliver_on: date | None = None  # not before
    parcel_id: str | None = Field(default=None, max_length=32)  # the first order of those that leave together
    first_sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    in_doubt: bool = False  # a try was begun and nobody knows yet whether it arrived
    cancel_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    promised_for: datetime | None = Field(default=None, sa_type=UtcDateTime)
    shipped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_quantity: int = 0
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1

    @property
    def total_minor(self) -> int:
        return self.price_minor * self.quantity

    @property
    def packs(self) -> int:
        """In product packs."""
        return self.quantity * self.packs_each


class OrderEntry(SQLModel, table=True):
    """One thing that happened to an order; added, never changed."""

    __tablename__ = "order_events"

    id: int | None = Field(default=None, primary_key=True)
    order_id: str = Field(foreign_key="orders.id", index=True, max_length=32)
    event: str = Field(max_length=24)
    before: str | None = Field(default=None, max_length=16)
    after: str = Field(max_length=16)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class WebhookSeen(SQLModel, table=True):
    """Ids of webhooks that were applied: a repeat is answered and changes nothing."""

    __tablename__ = "webhooks_seen"

    supplier_id: str = Field(primary_key=True, foreign_key="suppliers.id", max_length=32)
    webhook_id: str = Field(primary_key=True, max_length=80)
    at: datetime = Field(sa_type=UtcDateTime)


class LeadTimes(SQLModel, table=True):
    """How long a supplier's newest deliveries took, of all households: one short row, read with each review."""

    __tablename__ = "lead_times"

    supplier_id: str = Field(primary_key=True, foreign_key="suppliers.id", max_length=32)
    delivered: list[list[Any]] = Field(default_factory=list, sa_type=sa.JSON)  # [working days, carrier], oldest first
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Shelf(SQLModel, table=True):
    """Delivered and not yet in a device, in product packs: the sum of its bookings."""

    __tablename__ = "shelf"

    household_id: str = Field(primary_key=True, foreign_key="households.id", max_length=32)
    product_id: str = Field(primary_key=True, foreign_key="products.id", max_length=32)
    packs: float = 0.0
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ShelfBooking(SQLModel, table=True):
    """One change of the shelf; each can be undone by its opposite, once."""

    __tablename__ = "shelf_bookings"

    id: str = Field(primary_key=True, max_length=32)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    product_id: str = Field(foreign_key="products.id", max_length=32)
    packs: float  # gained, or lost when negative
    why: str = Field(max_length=16)  # delivered, installed, corrected, undone
    order_id: str | None = Field(default=None, foreign_key="orders.id", max_length=32)
    slot_id: str | None = Field(default=None, max_length=32)
    undoes_id: str | None = Field(default=None, unique=True, foreign_key="shelf_bookings.id", max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)
