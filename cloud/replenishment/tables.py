"""Mandates and what they have spent; the ledger of decisions."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class Mandate(SQLModel, table=True):
    """What a customer signed for automatic orders, with the exact words. Never changed, only cancelled."""

    __tablename__ = "mandates"

    id: str = Field(primary_key=True, max_length=32)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    product_ids: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    max_unit_price_minor: int
    monthly_cap_minor: int
    currency: str = Field(max_length=3)
    max_quantity: int = 1
    cancel_window_hours: int = 24
    starts_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    text: str
    text_version: str = Field(max_length=32)
    language: str = Field(max_length=8)
    signed_by: str | None = Field(default=None, max_length=32)
    signed_at: datetime = Field(sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MandateUse(SQLModel, table=True):
    """Money that an automatic order takes from its mandate's month; given back when the order comes to nothing."""

    __tablename__ = "mandate_uses"
    __table_args__ = (sa.Index("ix_mandate_uses_month", "mandate_id", "month"),)

    id: str = Field(primary_key=True, max_length=32)
    mandate_id: str = Field(foreign_key="mandates.id", max_length=32)
    order_id: str = Field(unique=True, max_length=32)
    month: str = Field(max_length=7)  # YYYY-MM, in the household's own zone
    amount_minor: int
    made_at: datetime = Field(sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DecisionRow(SQLModel, table=True):
    """One evaluation of one slot: inputs, outcome, reasons. Added, never changed."""

    __tablename__ = "decisions"
    __table_args__ = (sa.Index("ix_decisions_slot", "slot_id", "decided_at"),)

    id: str = Field(primary_key=True, max_length=32)
    slot_id: str = Field(foreign_key="slots.id", max_length=32)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    decided_at: datetime = Field(sa_type=UtcDateTime)
    rules_version: int
    inputs: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    outcome: str = Field(max_length=16)
    reasons: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    flips: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    quantity: int = 0
    deliver_on: str | None = Field(default=None, max_length=10)
    send_on: str | None = Field(default=None, max_length=10)
    order_id: str | None = Field(default=None, max_length=32)
