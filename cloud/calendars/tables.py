"""Pauses, calendars with the last good copy, and the absences found in them."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.calendars.rules import PauseKind
from cloud.db import UtcDateTime


class PauseRow(SQLModel, table=True):
    """No shipments between two days, both included; `away` also means that nothing is used."""

    __tablename__ = "pauses"

    id: str = Field(primary_key=True, max_length=32)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    starts_on: date
    ends_on: date  # the last day
    kind: PauseKind = Field(sa_type=sa.String(16))
    note: str | None = Field(default=None, max_length=200)
    source: str = Field(default="person", max_length=16)  # person | calendar
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str | None = Field(default=None, max_length=32)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CalendarRow(SQLModel, table=True):
    """A calendar that tells when nobody is home: a feed (`url`) or an uploaded file (no `url`).

    The address is a secret, like a password: it is never logged and never shown whole.
    """

    __tablename__ = "calendars"
    __table_args__ = (sa.Index("ix_calendars_due", "next_fetch_at"),)

    id: str = Field(primary_key=True, max_length=32)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    name: str = Field(max_length=100)
    url: str | None = Field(default=None, max_length=2000, repr=False)
    words: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    all_events_mean_away: bool = False
    etag: str | None = Field(default=None, max_length=500)
    last_modified: str | None = Field(default=None, max_length=100)
    body: bytes | None = Field(default=None, sa_type=sa.LargeBinary, repr=False)  # the last good copy
    expanded: str | None = Field(default=None, max_length=80)  # the window and zone that its absences stand for
    quarantined: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # why events of it could not be read
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # last time it was known to be current
    failed_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failure: str | None = Field(default=None, max_length=40)
    version: int = 1  # grows with each change of what it says
    next_fetch_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AbsenceRow(SQLModel, table=True):
    """Nobody home from one moment to another, as one calendar says. Merged: no title, no event can be told from it."""

    __tablename__ = "absences"

    calendar_id: str = Field(primary_key=True, foreign_key="calendars.id", max_length=32)
    starts_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
