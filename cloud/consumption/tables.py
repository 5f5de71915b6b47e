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
    late_rows: int = 0  # readings that came too late to be taken in


class SlotCheckpoint(SQLModel, table=True):
    """The slot's state as it stood before a day (UTC) on which something was read or told; the last 60 days.

    `after_number`: what was read on that day or later, if it counts, has a greater id.
    """

    __tablename__ = "slot_checkpoints"

    slot_id: str = Field(primary_key=True, foreign_key="slots.id", max_length=32)
    since: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    after_number: int = Field(sa_type=sa.BigInteger)
    json_: dict[str, Any] = Field(sa_column=sa.Column("json", sa.JSON, nullable=False))
    rules_version: int


class SlotCorrection(SQLModel, table=True):
    """What a person said is left: kept, so that what comes late finds it at its place in time."""

    __tablename__ = "slot_corrections"
    __table_args__ = (sa.Index("ix_slot_corrections_slot", "slot_id", "told_at"),)

    id: int | None = Field(default=None, primary_key=True)
    slot_id: str = Field(foreign_key="slots.id", max_length=32)
    told_at: datetime = Field(sa_type=UtcDateTime)
    packs: float
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # taken back, or said of another product
    by: str | None = Field(default=None, max_length=32)  # the person's id, where it is known


class SlotEvent(SQLModel, table=True):
    """What was told of a slot in the last 60 days: it is acted on once, however often it is worked out."""

    __tablename__ = "slot_events"
    __table_args__ = (sa.Index("ix_slot_events_slot", "slot_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    slot_id: str = Field(foreign_key="slots.id", max_length=32)
    kind: str = Field(max_length=16)
    since: datetime = Field(sa_type=UtcDateTime)  # the last time at which it had not happened yet
    at: datetime = Field(sa_type=UtcDateTime)
    left_packs: float
    told_at: datetime = Field(sa_type=UtcDateTime)


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
    brought_along: bool = False  # by the household, as evidence; not worked out here


class ProductPrior(SQLModel, table=True):
    """What is usual for a product, as consenting homes have taught it. None: the catalogue's figure holds."""

    __tablename__ = "product_priors"

    product_id: str = Field(primary_key=True, foreign_key="products.id", max_length=32)
    pack_days: float  # the middle home's
    spread: float  # standard deviation of its logarithm, between homes
    homes: int
    fitted_at: datetime = Field(sa_type=UtcDateTime)
