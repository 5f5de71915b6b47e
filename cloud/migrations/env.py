"""Alembic's entry: every table of every domain, on SQLite in batch mode and on PostgreSQL."""

from importlib import import_module
from pathlib import Path
from typing import Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from cloud import db

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


def run() -> None:
    """Migrate the database whose address the caller gave."""
    engine = db.engine(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            render_item=_render_item,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
