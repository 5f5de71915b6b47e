"""Many rows with one statement that never changes, however many there are."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

Rows = Sequence[Mapping[str, Any]]
Given = Rows | Mapping[str, str]


def inserting(session: Session, table: sa.Table, rows: Rows) -> tuple[postgresql.Insert | sqlite.Insert, Given]:
    """A statement that may be told more (`on_conflict_do_nothing`, `returning`), and what to execute it with.

    All `rows`, at least one, name the same columns; numbers of a sequence are given in their order. PostgreSQL is sent
    one text for all of them: with a parameter for each field of each row, psycopg would parse a new statement every
    time, and without RETURNING the server would execute one for each row.
    """
    if session.get_bind().dialect.name != "postgresql":
        return sqlite.insert(table), rows
    return _from_json(table, tuple(rows[0])), {"rows": msgspec.json.encode(rows).decode()}


@cache
def _from_json(table: sa.Table, names: tuple[str, ...]) -> postgresql.Insert:
    columns = [sa.column(name, table.c[name].type) for name in names]
    rows = sa.cast(sa.bindparam("rows", type_=sa.Text), postgresql.JSON)
    given = sa.func.json_to_recordset(rows).table_valued(*columns).render_derived(with_types=True)
    return postgresql.insert(table).from_select(names, sa.select(*given.c), include_defaults=False)
