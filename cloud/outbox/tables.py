"""The outbox: one row for each thing that must leave."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class OutboxRow(SQLModel, table=True):
    """Waiting until `not_before`; done, or dead after too many tries. The id is the idempotency key."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index(
            "ix_outbox_waiting",
            "not_before",
            postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    topic: str = Field(max_length=40)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    household_id: str | None = Field(default=None, index=True, max_length=32)  # whose, for erasure
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    last_error: str | None = Field(default=None, max_length=80)  # a code, never a text from outside
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dead_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
