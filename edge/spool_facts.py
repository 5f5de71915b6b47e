"""Single facts that the spool's file keeps: its stream, whose it is, what the cloud wants, how much was refused."""

import sqlite3

import msgspec

from contract.messages import Desired
from edge.spool_seal import seal
from kit.ids import Ids

_AGENTS_OWN = ("desired", "refused")


def note(db: sqlite3.Connection, name: str, value: str | bytes | int) -> None:
    db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", (name, value, seal(name, value)))


def text(db: sqlite3.Connection, name: str) -> str | None:
    """None: never noted."""
    row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def stream(db: sqlite3.Connection, ids: Ids) -> str:
    """Minted once, with the file."""
    known = text(db, "stream")
    if known is None:
        known = ids()
        note(db, "stream", known)
    return known


def refused(db: sqlite3.Connection) -> int:
    return int(text(db, "refused") or 0)


def desired(db: sqlite3.Connection) -> Desired | None:
    row = db.execute("SELECT value FROM facts WHERE name = 'desired'").fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Desired)


def forget_agent(db: sqlite3.Connection) -> None:
    """What was agreed with one agent says nothing of the next."""
    db.executemany("DELETE FROM facts WHERE name = ?", [(name,) for name in _AGENTS_OWN])
