"""Alembic's entry: every table of every domain, on SQLite in batch mode and on PostgreSQL."""

from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy import event
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from cloud import db

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

    The others wait, and then find nothing left to do. On SQLite the transaction itself lets nobody else in.
    """
    engine = db.engine(context.config.attributes["url"])
    on_sqlite = engine.dialect.name == "sqlite"
    if on_sqlite:
        event.listen(engine, "connect", _references_rest)
    with engine.begin() as connection:
        if not on_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
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
    engine.dispose()


run()
