"""Engine and transactions, for SQLite and PostgreSQL alike."""

import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
import sqlalchemy.exc
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlmodel import Session

from cloud.pen import Pen

BUSY_TIMEOUT_S = 30
_PENS: "WeakKeyDictionary[Engine, Pen]" = WeakKeyDictionary()  # of each engine, for the threads of this process


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite drops time zones: this puts UTC back and refuses naive times."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone: give an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def engine(url: str) -> Engine:
    """An engine with what each database needs to keep its word.

    `url` is `sqlite:///path`, `sqlite://` (in memory, one connection) or `postgresql+psycopg://…`.
    """
    if url.startswith("postgresql"):
        server = sa.create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)
        _PENS[server] = Pen(BUSY_TIMEOUT_S, is_single=False)
        return server
    in_memory = url in {"sqlite://", "sqlite:///:memory:"}
    if not in_memory:
        _not_for_everybody(Path(sa.make_url(url).database or ""))
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}}
    if in_memory:
        options["poolclass"] = sa.pool.StaticPool
    made = sa.create_engine(url, **options)
    event.listen(made, "connect", _on_sqlite_connect)
    event.listen(made, "begin", _on_sqlite_begin)
    _PENS[made] = Pen(BUSY_TIMEOUT_S, is_single=True)
    return made


def _not_for_everybody(file: Path) -> None:
    """It tells when nobody is home, and holds keys. SQLite gives the files beside it (-wal, -shm) the same mode.

    Where the folder is missing, or the file is somebody else's, connecting says so better.
    """
    with suppress(OSError):
        file.touch(mode=0o600)
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & stat.S_IRWXO:  # a group that may read it was somebody's choice
            file.chmod(mode & ~stat.S_IRWXO)


def _on_sqlite_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another wrote between: begin as a writer.
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction(on: Engine, *, is_urgent: bool = False) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any error. Opened at the boundary only.

    `is_urgent`: before everybody else of this process who waits.
    """
    pen = _PENS.get(on)
    turn: AbstractContextManager[None] = nullcontext() if pen is None else pen.held(is_urgent=is_urgent)
    with turn, Session(on, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(on: Engine) -> Iterator[Session]:
    """A session that only reads; on SQLite it does not wait for writers. Nothing is committed."""
    quiet = on.execution_options(writes=False) if on.dialect.name == "sqlite" else on
    with Session(quiet, autoflush=False) as session:
        yield session


class NewerSchemaError(Exception):
    """The schema is of a version that this program does not know."""


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema to `revision` (Alembic). Raises NewerSchemaError."""
    from alembic import command  # noqa: PLC0415 - slow to import, needed once
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        command.upgrade(alembic_config(url), revision)
    except CommandError as error:
        raise NewerSchemaError(str(error)) from error


def alembic_config(url: str) -> Any:
    """Alembic's settings for one database."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["url"] = url
    return config


def is_outage(error: sa.exc.SQLAlchemyError) -> bool:
    """The database is away, full or busy: the same statement may succeed later."""
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError):
        return True
    return isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
