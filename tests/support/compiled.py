"""A statement that was compiled for one engine serves the next: each test has its own, and all ask the same."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

_statements: dict[Any, Any] = {}
_dialects: dict[tuple[str, str], Dialect] = {}


def share() -> None:
    """From now on, by every engine in this process. Connections, transactions and turns stay their own."""
    sa.event.listen(sa.Engine, "engine_connect", _adopt)


def _adopt(connection: Connection) -> None:
    """What is compiled belongs to a dialect: take the first of its kind, which has met its database by now."""
    own = connection.dialect
    shared = _dialects.setdefault((own.name, own.driver), own)
    connection.dialect = connection.engine.dialect = shared
    connection.execution_options(compiled_cache=_statements)
