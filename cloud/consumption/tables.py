"""What is known of each slot's use, what was foretold, and how that turned out."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class SlotStateRow(SQLModel, table=True):
    """A `SlotState` as JSON, with the version of the rules that folded it."""

    __tablename__ = "slot_states"

    slot_id: str = Field(primary_key=True, foreign_key="slots.id", max_length=32)
    json_: dict[str, Any] = Field(sa_column=sa.Column("json", sa.JSON, nullable=False))
    rules_version: int
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ForecastRow(SQLModel, table=True):
    """A forecast as it was shown: the moments at LEVELS, or the reason why there are none."""

    __tablename__ = "forecasts"
    __table_args__ = (sa.Index("ix_forecasts_slot", "slot_id", "made_at"),)

    id: str = Field(primary_key=True, max_length=32)
    slot_id: str = Field(foreign_key="slots.id", max_length=32)
    made_at: datetime = Field(sa_type=UtcDateTime)
    dates: list[str | None] = Field(default_factory=list, sa_type=sa.JSON)  # ISO 8601; null: beyond the horizon
    exposure_days: list[float | None] = Field(default_factory=list, sa_type=sa.JSON)
    stock_packs: float | None = None
    learned_share: float | None = None
    reason: str | None = Field(default=None, max_length=32)  # None: there is a forecast


class ForecastOutcome(SQLModel, table=True):
    """What was foretold half-way through a pack, and the moment at which it was empty."""

    __tablename__ = "forecast_outcomes"
    __table_args__ = (
        sa.Index("ix_forecast_outcomes_slot", "slot_id", "cycle_ended_at"),
        sa.Index("ix_forecast_outcomes_ended", "cycle_ended_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    slot_id: str = Field(foreign_key="slots.id", max_length=32)
    cycle_ended_at: datetime = Field(sa_type=UtcDateTime)
    predicted_low: datetime | None = Field(default=None, sa_type=UtcDateTime)  # p10
    predicted_mid: datetime | None = Field(default=None, sa_type=UtcDateTime)  # p50
    predicted_high: datetime | None = Field(default=None, sa_type=UtcDateTime)  # p90; None: beyond the horizon
    actual_at: datetime = Field(sa_type=UtcDateTime)
    off_days: float | None = None  # actual minus p50: positive when it lasted longer
    inside: bool  # between p10 and p90


class ProductPrior(SQLModel, table=True):
    """What is usual for a product, as consenting homes have taught it. None: the catalogue's figure holds."""

    __tablename__ = "product_priors"

    product_id: str = Field(primary_key=True, foreign_key="products.id", max_length=32)
    pack_days: float  # the middle home's
    spread: float  # standard deviation of its logarithm, between homes
    homes: int
    fitted_at: datetime = Field(sa_type=UtcDateTime)
