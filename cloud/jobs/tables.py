"""Who may run the jobs now."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime


class Lease(SQLModel, table=True):
    """Held by one process at a time. The token grows with every change of holder (a fencing token)."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True, max_length=32)
    holder: str = Field(max_length=64)
    token: int
    until: datetime = Field(sa_type=UtcDateTime)
    ticked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TaskRun(SQLModel, table=True):
    """When each task ran last, whichever process ran it."""

    __tablename__ = "task_runs"

    name: str = Field(primary_key=True, max_length=32)
    started_at: datetime = Field(sa_type=UtcDateTime)
    failures: int = 0
