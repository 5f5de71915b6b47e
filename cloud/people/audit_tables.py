"""Every act of staff, kept."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """Who of the service did what to what; added, never changed. The name is kept as it was then."""

    __tablename__ = "audit_log"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    person_id: str = Field(index=True, max_length=32)
    name: str = Field(max_length=100)
    action: str = Field(max_length=40)
    subject: str = Field(max_length=60)  # kind and number or id, as in `alarm 17`
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
