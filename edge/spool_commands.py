"""Which commands were obeyed: a repeat is not obeyed again."""

import sqlite3

_REMEMBERED = 200


def is_new(db: sqlite3.Connection, command: str) -> bool:
    return db.execute("SELECT 1 FROM commands WHERE id = ?", (command,)).fetchone() is None


def remember(db: sqlite3.Connection, command: str) -> None:
    db.execute("INSERT INTO commands (id) VALUES (?)", (command,))
    db.execute("DELETE FROM commands WHERE number <= (SELECT max(number) FROM commands) - ?", (_REMEMBERED,))
