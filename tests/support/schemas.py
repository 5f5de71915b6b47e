"""What a database holds: its schema and its rows, as the database itself tells them; and a row for every table."""

from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine, Inspector
from sqlmodel import SQLModel

from cloud import db
from tests.shared import ROOT

VERSION = "alembic_version"
NUMBER = 7_000_001  # of nothing that a service has numbered
VALUES: dict[type, Any] = {
    bool: True, int: NUMBER, float: 0.25, bytes: b"\x00\xff", date: date(2026, 2, 28),
    datetime: datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC),
}  # fmt: skip
Schema = dict[str, dict[str, Any]]
Rows = dict[str, list[dict[str, str]]]


def revisions() -> list[str]:
    """Every one, from the first to the newest."""
    script = ScriptDirectory.from_config(db.alembic_config("sqlite://"))
    return [each.revision for each in script.walk_revisions()][::-1]


def tables() -> list[sa.Table]:
    """Of every domain, as Alembic finds them; what others point to comes first."""
    for path in sorted((ROOT / "cloud").rglob("*tables.py")):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return SQLModel.metadata.sorted_tables


def schema(engine: Engine) -> Schema:
    """By table. Without defaults: the models give them, a migration only needs them for the rows that are there."""
    found = sa.inspect(engine)
    return {name: _table(found, name, engine) for name in found.get_table_names() if name != VERSION}


def _table(found: Inspector, name: str, engine: Engine) -> dict[str, Any]:
    indexes = [each for each in found.get_indexes(name) if "duplicates_constraint" not in each]
    return {
        "columns": {each["name"]: _column(each, engine) for each in found.get_columns(name)},
        "key": found.get_pk_constraint(name)["constrained_columns"],
        "unique": sorted(each["column_names"] for each in found.get_unique_constraints(name)),
        "checks": sorted((each["name"], each["sqltext"]) for each in found.get_check_constraints(name)),
        "points": sorted(
            (each["constrained_columns"], each["referred_table"], each["referred_columns"], str(each["options"]))
            for each in found.get_foreign_keys(name)
        ),
        "indexes": sorted(
            (each["name"], each["column_names"], bool(each["unique"]), _where(each)) for each in indexes
        ),
    }  # fmt: skip


def _column(found: Any, engine: Engine) -> tuple[str, bool]:
    return found["type"].compile(engine.dialect), found["nullable"]


def _where(index: Any) -> str:
    told = index.get("dialect_options", {})
    return next((str(said) for option, said in told.items() if option.endswith("_where")), "")


def rows(engine: Engine) -> Rows:
    """Every value as the driver gives it, so that nothing of ours reads a lost one into it again."""
    with engine.connect() as connection:
        return {name: _rows(connection, name) for name in sa.inspect(engine).get_table_names() if name != VERSION}


def _rows(connection: Connection, table: str) -> list[dict[str, str]]:
    found = connection.exec_driver_sql(f'SELECT * FROM "{table}"')  # noqa: S608 - a table of ours
    return [{name: repr(value) for name, value in row._mapping.items()} for row in found]


def only(of: Rows, kept: Schema) -> dict[str, list[str]]:
    """The rows in the tables and columns of `kept`, in an order of their own."""
    return {
        name: sorted(repr([row[column] for column in sorted(kept[name]["columns"])]) for row in of[name])
        for name in sorted(kept)
    }


def common(one: Schema, other: Schema) -> Schema:
    """The tables that both have, with the columns that both have."""
    return {
        name: {
            "columns": {each: one[name]["columns"][each] for each in one[name]["columns"] if _has(other, name, each)}
        }
        for name in one.keys() & other.keys()
    }


def _has(of: Schema, table: str, column: str) -> bool:
    return column in of[table]["columns"]


def fill(engine: Engine) -> None:
    """One more row in every table, with a value in every column; they point at each other."""
    made: dict[str, dict[str, Any]] = {}
    with engine.begin() as connection:
        for table in tables():
            made[table.name] = {column.key: _value(column, made) for column in table.columns}
            connection.execute(sa.insert(table).values(made[table.name]))


def _value(column: sa.Column[Any], made: dict[str, dict[str, Any]]) -> Any:
    for points in column.foreign_keys:
        there = points.column
        if there.table is not column.table:
            return made[there.table.name][there.key]
        column = there  # a row that points at itself
    kind = column.type.impl if isinstance(column.type, sa.types.TypeDecorator) else column.type
    if isinstance(kind, sa.Enum):
        return next(iter(kind.enum_class or kind.enums))
    if isinstance(kind, sa.JSON):
        return {"a": [1, None, "é"]}
    if kind.python_type is str:
        return f"{column.table.name}.{column.name}"[: kind.length]
    return VALUES[kind.python_type]
