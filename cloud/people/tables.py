"""Households, persons, accounts, server-side sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class Role(StrEnum):
    """What a person may see: their own household, whom they look after, or the work of all."""

    CUSTOMER = "customer"
    CARER = "carer"  # of no household here; whoever is a customer can look after others, too
    STAFF = "staff"


class Household(SQLModel, table=True):
    """A home: its time zone decides where a day begins, its currency what a mandate counts in."""

    __tablename__ = "households"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=100)
    time_zone: str = Field(default="UTC", max_length=64)
    currency: str = Field(default="EUR", max_length=3)
    address: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    accepted_risk: float = 0.05  # of running out: smaller holds more stock
    created_at: datetime = Field(sa_type=UtcDateTime)


class Person(SQLModel, table=True):
    """Someone who acts or is told: a customer of one household, or staff."""

    __tablename__ = "persons"

    id: str = Field(primary_key=True, max_length=32)
    household_id: str | None = Field(default=None, foreign_key="households.id", index=True, max_length=32)
    name: str = Field(max_length=100)
    role: Role = Field(sa_type=sa.String(16))
    email: str = Field(max_length=254)
    language: str = Field(default="en", max_length=8)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Account(SQLModel, table=True):
    """How a person signs in. The password is an argon2id hash."""

    __tablename__ = "accounts"

    person_id: str = Field(primary_key=True, foreign_key="persons.id", max_length=32)
    email: str = Field(unique=True, max_length=254)  # lower case
    password_hash: str | None = Field(default=None, max_length=200)  # None: not set yet
    invite_hash: str | None = Field(default=None, unique=True, max_length=64)
    invite_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_count: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignIn(SQLModel, table=True):
    """One signed-in browser. The cookie holds the secret, the table only its hash."""

    __tablename__ = "sign_ins"

    secret_hash: str = Field(primary_key=True, max_length=64)
    person_id: str = Field(foreign_key="persons.id", index=True, max_length=32)
    csrf_secret: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
