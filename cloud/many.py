"""Many rows with one statement that never changes, however many there are."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

Rows = Sequence[Mapping[str, Any]]
Given = Rows | Mapping[str, str]
Insert = postgresql.Insert | sqlite.Insert
More = Callable[[Any], Any]
_ID = "id"


def nothing_more(statement: Insert) -> Insert:
    return statement


def inserting(session: Session, table: sa.Table, rows: Rows, more: More = nothing_more) -> tuple[Any, Given]:
    """A statement, and what to execute it with. `more` is a function that stands somewhere, as the statement does: what
    it tells it (`on_conflict_do_nothing`, `returning`) is told once.

    All `rows`, at least one, name the same columns; numbers of a sequence are given in their order. PostgreSQL is sent
    one text for all of them: with a parameter for each field of each row, psycopg would parse a new statement every
    time, and without RETURNING the server would execute one for each row.
    """
    if session.get_bind().dialect.name != "postgresql":
        return _insert(table, more), rows
    return _insert_from_json(table, tuple(rows[0]), more), _as_json(rows)


def updating(session: Session, table: sa.Table, rows: Rows) -> tuple[sa.Update, Given]:
    """Each row names its `id` and the columns that change; as for `inserting`."""
    names = tuple(name for name in rows[0] if name != _ID)
    if session.get_bind().dialect.name != "postgresql":
        return _each(table, names), [{f"new_{name}": value for name, value in row.items()} for row in rows]
    return _update_from_json(table, names), _as_json(rows)


def _as_json(rows: Rows) -> Mapping[str, str]:
    return {"rows": msgspec.json.encode(rows).decode()}


def _recordset(table: sa.Table, names: tuple[str, ...]) -> sa.TableValuedAlias:
    columns = [sa.column(name, table.c[name].type) for name in names]
    rows = sa.cast(sa.bindparam("rows", type_=sa.Text), postgresql.JSON)
    return sa.func.json_to_recordset(rows).table_valued(*columns).render_derived(name="given", with_types=True)


@cache
def _insert(table: sa.Table, more: More) -> Any:
    return more(sqlite.insert(table))


@cache
def _insert_from_json(table: sa.Table, names: tuple[str, ...], more: More) -> Any:
    given = _recordset(table, names)
    return more(postgresql.insert(table).from_select(names, sa.select(*given.c), include_defaults=False))


@cache
def _update_from_json(table: sa.Table, names: tuple[str, ...]) -> sa.Update:
    given = _recordset(table, (_ID, *names))
    return sa.update(table).where(table.c.id == given.c.id).values({name: given.c[name] for name in names})


@cache
def _each(table: sa.Table, names: tuple[str, ...]) -> sa.Update:
    new: dict[str, sa.BindParameter[Any]] = {name: sa.bindparam(f"new_{name}") for name in names}
    return sa.update(table).where(table.c.id == sa.bindparam("new_id")).values(new)
