"""One number for all that was decided and ordered: the same seed gives the same, anywhere."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel


def canonical(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON lines with sorted keys; moments in UTC as ISO texts."""
    lines = (json.dumps(dict(row), sort_keys=True, separators=(",", ":"), default=_plain) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def rows_of(session: Session, table: type[SQLModel], *order: Any) -> list[dict[str, Any]]:
    """All columns of all rows, in the given order."""
    found = session.execute(sa.select(*sa.inspect(table).columns).order_by(*order))
    return [dict(row) for row in found.mappings()]


def hash_of(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no place in the ledger")
