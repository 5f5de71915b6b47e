"""What was said to whom, and every try to say it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class Notification(SQLModel, table=True):
    """One thing to tell one person through one channel. The same `dedupe_key` is told once."""

    __tablename__ = "notifications"
    __table_args__ = (sa.UniqueConstraint("person_id", "channel", "dedupe_key"),)

    id: str = Field(primary_key=True, max_length=32)
    household_id: str | None = Field(default=None, index=True, max_length=32)
    person_id: str = Field(max_length=32)
    address: str = Field(max_length=254)
    name: str = Field(max_length=100)
    channel: str = Field(max_length=16)  # email
    template: str = Field(max_length=40)
    context: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    language: str = Field(max_length=8)
    time_zone: str = Field(max_length=64)
    dedupe_key: str = Field(max_length=120)
    created_at: datetime = Field(sa_type=UtcDateTime)


class NotificationAttempt(SQLModel, table=True):
    """One step of the way; added, never changed. `sent` means that the mail server took it, not that it was read."""

    __tablename__ = "notification_attempts"

    id: int | None = Field(default=None, primary_key=True)
    notification_id: str = Field(foreign_key="notifications.id", index=True, max_length=32)
    outcome: str = Field(max_length=16)  # queued, sent, failed
    code: str | None = Field(default=None, max_length=80)
    at: datetime = Field(sa_type=UtcDateTime)
