"""Alembic's entry: every table of every domain, on SQLite in batch mode and on PostgreSQL."""

import time
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
import sqlalchemy.exc
from alembic import context
from sqlalchemy import event
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from cloud import db

# Where roles are at work, a change of a table waits for them and they for it. PostgreSQL looks for rings of waiting
# after a second, and ends whoever looks first: we give way before that, let everybody pass, and try again.
_GIVES_WAY = "SET LOCAL lock_timeout = '500ms'"
_NOT_NOW = {"40P01", "55P03"}  # a ring of waiting; a lock that did not come in time
_TRIES, _PAUSE_S = 60, 1.0
_LOCK = int.from_bytes(b"forehand")  # one number for all who migrate this database
ROOT = Path(__file__).resolve().parents[2]
for path in sorted((ROOT / "cloud").rglob("*tables.py")):
    import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def _render_item(kind: str, item: object, _autogen_context: object) -> "str | Literal[False]":
    """Plain types, so that a migration does not depend on what our classes are called later."""
    if kind == "type" and isinstance(item, db.UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def _references_rest(connection: Any, _record: object) -> None:
    """SQLite alters a table by dropping it for a changed copy, which those that refer to it would forbid."""
    connection.execute("PRAGMA foreign_keys=OFF")


def _look_for_lost_references(connection: sa.Connection) -> None:
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if lost:
        raise RuntimeError(f"after the migration these rows refer to nothing: {lost[:5]}")


def run() -> None:
    """Migrate the database whose address the caller gave: all of it or nothing, and one process at a time.

    The others wait, and then find nothing left to do. On SQLite the transaction itself lets nobody else in. Raises
    OperationalError when roles at work held what it needs at each of many tries.
    """
    engine = db.engine(context.config.attributes["url"])
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _references_rest)
    try:
        for tries_left in reversed(range(_TRIES)):
            if _has_migrated(engine, is_last_try=not tries_left):
                return
            time.sleep(_PAUSE_S)
    finally:
        engine.dispose()


def _has_migrated(engine: sa.Engine, *, is_last_try: bool) -> bool:
    """False: roles at work hold what it needs, and nothing has changed."""
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except sa.exc.OperationalError as error:
        if is_last_try or getattr(error.orig, "sqlstate", None) not in _NOT_NOW:
            raise
        return False
    return True


def _migrate(connection: sa.Connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        connection.exec_driver_sql(_GIVES_WAY)
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        render_item=_render_item,
    )
    before = context.get_context().get_current_heads()
    context.run_migrations()
    if on_sqlite and context.get_context().get_current_heads() != before:
        _look_for_lost_references(connection)


run()
