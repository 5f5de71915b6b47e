"""The registry: agents with their standing, devices, slots."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class Mode(StrEnum):
    """The four ways to serve a customer; the customer chooses the highest allowed for each slot."""

    RESPOND = "respond"
    CURATE = "curate"
    COACH = "coach"
    AUTOMATIC = "automatic"


class Agent(SQLModel, table=True):
    """A program on a Pi. Its id is its name on the wire and its user name at the broker."""

    __tablename__ = "agents"

    id: str = Field(primary_key=True, max_length=63)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    name: str = Field(max_length=100)
    broker_entry: str = Field(max_length=300)  # the salted hash that the broker checks; empty: nobody is it yet
    credential_number: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: str = Field(default="unknown", max_length=16)
    session: int = 0
    last_heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    poll_s: int = 900
    prealarm_s: int = 30  # how long the wearer of a wristband can cancel what it takes for a fall
    config_version: int = 1
    reported_config: int | None = None
    reported_consent: int | None = None
    agent_version: str | None = Field(default=None, max_length=200)
    spooled: int = 0
    refused: int = Field(default=0, sa_type=sa.BigInteger)  # by the cloud, as the agent counts them


class AgentClaim(SQLModel, table=True):
    """A code that makes a program on a Pi this agent. The id is the code's hash."""

    __tablename__ = "agent_claims"

    id: str = Field(primary_key=True, max_length=64)
    agent_id: str = Field(foreign_key="agents.id", index=True, max_length=63)
    asked_by: str = Field(max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    credential_number: int | None = None  # of the credential that it gave


class Device(SQLModel, table=True):
    """A printer, fridge or wristband. UUID or serial number outlive a new Pi and a new address."""

    __tablename__ = "devices"
    __table_args__ = (
        sa.UniqueConstraint("household_id", "identity"),
        sa.Index("ix_devices_agent", "agent_id", "local_name"),
    )

    id: str = Field(primary_key=True, max_length=32)
    household_id: str = Field(foreign_key="households.id", max_length=32)
    agent_id: str = Field(foreign_key="agents.id", max_length=63)
    local_name: str = Field(max_length=63)
    identity: str = Field(max_length=280)  # uuid:…, serial:… or local:agent/name
    type: str = Field(max_length=40)
    model: str | None = Field(default=None, max_length=200)
    name: str | None = Field(default=None, max_length=100)  # as the customer calls it
    reachable: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DeviceName(SQLModel, table=True):
    """What an agent means by a name of its own: one device at a time. A device keeps the names it had at other agents,
    which may still have messages about it."""

    __tablename__ = "device_names"

    agent_id: str = Field(primary_key=True, foreign_key="agents.id", max_length=63)
    local_name: str = Field(primary_key=True, max_length=63)
    device_id: str = Field(foreign_key="devices.id", index=True, max_length=32)


class Slot(SQLModel, table=True):
    """One supply place. What is due lives here: a job decides later, outside of the ingest's transaction."""

    __tablename__ = "slots"
    __table_args__ = (sa.UniqueConstraint("device_id", "name"), sa.Index("ix_slots_due", "due_at"))

    id: str = Field(primary_key=True, max_length=32)
    device_id: str = Field(foreign_key="devices.id", max_length=32)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    name: str = Field(max_length=63)  # the device's own index
    supply: str = Field(default="consumable", max_length=16)
    kind: str = Field(max_length=16)
    description: str | None = Field(default=None, max_length=200)
    colour: str | None = Field(default=None, max_length=40)
    part_number: str | None = Field(default=None, max_length=200)
    product_id: str | None = Field(default=None, index=True, max_length=32)
    mode: Mode = Field(default=Mode.CURATE, sa_type=sa.String(16))
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    wish: str | None = Field(default=None, max_length=16)  # how full it is to be kept; None: as the household's own
    snoozed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    vetoed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # an automatic order was stopped by a person
    folded_to: int = Field(default=0, sa_type=sa.BigInteger)  # the last reading (its id) that the forecast has taken in
    last_value: float | None = None  # the last good one, kept with its age
    last_value_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_quality: str | None = Field(default=None, max_length=16)
    last_heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
