"""The consent ledger: rows are added, never changed."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class Action(StrEnum):
    """What a ledger row records."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ConsentEntry(SQLModel, table=True):
    """One answer of one person, with the exact words that stood before them."""

    __tablename__ = "consents"
    __table_args__ = (sa.UniqueConstraint("household_id", "version"),)

    id: str = Field(primary_key=True, max_length=32)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    version: int  # counts per household from 1, over all purposes
    purpose: str = Field(max_length=16)
    action: Action = Field(sa_type=sa.String(16))
    text: str  # as shown
    text_version: str = Field(max_length=32)
    language: str = Field(max_length=8)
    actor_id: str | None = Field(default=None, foreign_key="persons.id", max_length=32)
    channel: str = Field(max_length=16)  # page, api, command line
    at: datetime = Field(sa_type=UtcDateTime)


class ConsentAtAgent(SQLModel, table=True):
    """When an agent first reported a consent version in force: the device's own word that it has obeyed."""

    __tablename__ = "consents_at_agents"

    agent_id: str = Field(primary_key=True, max_length=63)
    version: int = Field(primary_key=True)
    confirmed_at: datetime = Field(sa_type=UtcDateTime)


class LastOfPurpose(SQLModel, table=True):
    """The last message stored for a purpose: after a withdrawal it must not move."""

    __tablename__ = "consent_last_messages"

    household_id: str = Field(primary_key=True, foreign_key="households.id", max_length=32)
    purpose: str = Field(primary_key=True, max_length=16)
    at: datetime = Field(sa_type=UtcDateTime)
