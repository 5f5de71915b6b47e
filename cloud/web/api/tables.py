"""What was asked once and must not be done twice."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class IdempotencyKey(SQLModel, table=True):
    """A person's key, what it was used for, and the answer. Kept for good: an order must not come back by a late retry.

    Without an answer it is in flight, or its process has died: after a while another request may take it over.
    """

    __tablename__ = "idempotency_keys"

    person_id: str = Field(primary_key=True, foreign_key="persons.id", max_length=32)
    key: str = Field(primary_key=True, max_length=200)
    fingerprint: str = Field(max_length=64)  # of method, path and body
    claim: str = Field(max_length=32)  # who works on it
    claimed_at: datetime = Field(sa_type=UtcDateTime)
    status: int | None = None  # None: no answer yet
    answer: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
