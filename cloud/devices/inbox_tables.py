"""What came over the wire: stored once, answered as often as it comes."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class InboxMessage(SQLModel, table=True):
    """The identity of every message ever stored. Kept for good: a message may come again after months."""

    __tablename__ = "inbox"

    agent_id: str = Field(primary_key=True, max_length=63)
    stream: str = Field(primary_key=True, max_length=32)
    lane: str = Field(primary_key=True, max_length=16)
    seq: int = Field(primary_key=True, sa_type=sa.BigInteger)
    received_at: datetime = Field(sa_type=UtcDateTime)


class ReadingRow(SQLModel, table=True):
    """One measured level, amount or counter, in the order in which its agent took it."""

    __tablename__ = "readings"
    __table_args__ = (
        sa.Index("ix_readings_slot", "slot_id", "id"),
        sa.Index(
            "ix_readings_undated",
            "agent_id",
            "stream",
            "boot",
            sqlite_where=sa.text("at_ms IS NULL"),
            postgresql_where=sa.text("at_ms IS NULL"),
        ),
    )

    id: int | None = Field(
        default=None, sa_column=sa.Column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    )
    slot_id: str = Field(foreign_key="slots.id", max_length=32)
    agent_id: str = Field(max_length=63)
    stream: str = Field(max_length=32)
    seq: int = Field(sa_type=sa.BigInteger)
    position: int  # within its message
    boot: int = Field(sa_type=sa.BigInteger)
    up_ms: int = Field(sa_type=sa.BigInteger)
    at_ms: int | None = Field(default=None, sa_type=sa.BigInteger)  # None: the agent did not know the time yet
    kind: str = Field(max_length=16)
    value: float | None = None
    resolution: float | None = None
    quality: str = Field(max_length=16)
    basis: str = Field(max_length=40)
    serial: str | None = Field(default=None, max_length=200)
    received_at: datetime = Field(sa_type=UtcDateTime)


class AnchorRow(SQLModel, table=True):
    """A moment known on both clocks of one boot."""

    __tablename__ = "anchors"

    agent_id: str = Field(primary_key=True, max_length=63)
    stream: str = Field(primary_key=True, max_length=32)
    boot: int = Field(primary_key=True, sa_type=sa.BigInteger)
    up_ms: int = Field(sa_type=sa.BigInteger)
    at_ms: int = Field(sa_type=sa.BigInteger)


class GapRow(SQLModel, table=True):
    """Messages that an agent had to let go of, as it declared them."""

    __tablename__ = "gaps"

    agent_id: str = Field(primary_key=True, max_length=63)
    stream: str = Field(primary_key=True, max_length=32)
    lane: str = Field(primary_key=True, max_length=16)
    first: int = Field(primary_key=True, sa_type=sa.BigInteger)
    last: int = Field(primary_key=True, sa_type=sa.BigInteger)
    reason: str = Field(max_length=32)
    declared_at: datetime = Field(sa_type=UtcDateTime)


class SetAside(SQLModel, table=True):
    """A message that could not be read or may not be kept, for staff to look at."""

    __tablename__ = "set_aside"

    id: int | None = Field(default=None, primary_key=True)
    agent_id: str = Field(index=True, max_length=63)
    topic: str = Field(max_length=200)
    reason: str = Field(max_length=32)
    detail: str = Field(max_length=300)
    body: bytes | None = None  # None where consent is missing: then the content is not ours to keep
    size: int
    received_at: datetime = Field(sa_type=UtcDateTime)


class CommandRow(SQLModel, table=True):
    """Something an agent was asked to do once, and what became of it."""

    __tablename__ = "commands"

    id: str = Field(primary_key=True, max_length=32)
    agent_id: str = Field(foreign_key="agents.id", index=True, max_length=63)
    order: str = Field(max_length=32)
    device: str | None = Field(default=None, max_length=63)  # by the agent's name for it; None: all
    asked_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    done: bool | None = None
    detail: str | None = Field(default=None, max_length=200)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
