"""The spool's file: opened, checked, set aside when broken; counters that outlive it; ballast against a full disk."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec
import structlog

from contract.fields import Loss
from contract.messages import Gap
from edge.counters import COUNTERS, Counters, booted, read_counters, write_counters
from edge.spool_seal import islands, seal

log = structlog.get_logger()

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL, seal INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lanes (
    lane TEXT PRIMARY KEY, next_seq INTEGER NOT NULL, seal INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    lane TEXT NOT NULL, seq INTEGER NOT NULL, purpose TEXT, seal INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (lane, seq));
CREATE INDEX IF NOT EXISTS by_purpose ON messages (purpose);
CREATE TABLE IF NOT EXISTS gaps (
    stream TEXT NOT NULL, lane TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL,
    seal INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (stream, lane, first));
CREATE TABLE IF NOT EXISTS commands (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
"""
SPOOL_FILE = "spool.db"
BALLAST_BYTES = 8_000_000  # more than the write-ahead log may need while rows are deleted
_PLACE_AT_FAULT = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
_CHECKPOINT_PAGES = 200
_SPARE = 2  # ballast is laid again when this many times its size is free


class SpoolError(Exception):
    """The state directory cannot be used; the message says why."""


def lock(folder: Path) -> IO[str]:
    """Keep the answer open: while it is, no other agent can use this folder.

    Raises SpoolError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise SpoolError(f"cannot write to {folder}: {error.strerror}. Change state_dir, or its owner.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise SpoolError(f"another agent is using {folder}. Stop it, or give this one its own state_dir.") from error
    return file


def connect(path: Path | None) -> sqlite3.Connection:
    """None: in memory, for the simulator."""
    db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    return db


def open_checked(path: Path) -> tuple[sqlite3.Connection, list[Gap]]:
    """The file, or a fresh one where it was broken, with what is known to be lost.

    Raises SpoolError when the place, not the file, is at fault.
    """
    db: sqlite3.Connection | None = None
    try:
        db = connect(path)
        problem = _problem(db)
    except sqlite3.DatabaseError as error:
        problem = str(error)
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PLACE_AT_FAULT:
            raise SpoolError(f"cannot open {path}: {error}") from error
    if db is not None and problem is None:
        return db, []
    if db is not None:
        db.close()
    lost = _lost_with(path)
    log.error("spool_broken", problem=problem, set_aside=_set_aside(path), declared=len(lost))
    fresh = connect(path)
    fresh.executescript(SCHEMA)
    return fresh, lost


_SEALED = (
    "SELECT seal, name, value FROM facts",
    "SELECT seal, lane, next_seq FROM lanes",
    "SELECT seal, stream, lane, first, last, reason FROM gaps",
)


def _problem(db: sqlite3.Connection) -> str | None:
    """None: the file is sound. Messages are judged one by one when they are sent."""
    (verdict,) = db.execute("PRAGMA integrity_check(1)").fetchone()  # quick_check overlooks a rotten index
    if verdict != "ok":
        return str(verdict)
    db.executescript(SCHEMA)
    if _shape(db) != _shape(_fresh_memory()):
        return "its tables are not ours"
    for sql in _SEALED:
        for sealed, *parts in db.execute(sql):
            if sealed != seal(*parts):
                return "a seal is broken"
    return None


def _shape(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    return db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()


def _fresh_memory() -> sqlite3.Connection:
    db = connect(None)
    db.executescript(SCHEMA)
    return db


def is_full(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def _set_aside(path: Path) -> str:
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    for ending in ("-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + ending).replace(aside.with_name(aside.name + ending))
    path.replace(aside)
    return aside.name


def _lost_with(path: Path) -> list[Gap]:
    """What a broken file still tells of the messages that go with it. Empty: nothing that can be trusted."""
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return []
    try:
        sealed, stream = db.execute("SELECT seal, value FROM facts WHERE name = 'stream'").fetchone()
        if sealed != seal("stream", stream):
            return []
        rows = db.execute("SELECT lane, seq FROM messages ORDER BY lane, seq").fetchall()
        gaps = db.execute("SELECT stream, lane, first, last, reason FROM gaps").fetchall()
        gaps += [(stream, lane, first, last, Loss.CORRUPT) for lane, (first, last) in islands(rows)]
        return [_valid_gap(*gap) for gap in gaps]
    except (sqlite3.Error, msgspec.MsgspecError, TypeError, ValueError):
        return []
    finally:
        db.close()


def _valid_gap(stream: str, lane: str, first: int, last: int, reason: str) -> Gap:
    return msgspec.convert({"stream": stream, "lane": lane, "range": [first, last], "reason": reason}, Gap)


class Ballast:
    """Bytes that lie on the disk to be given up: without free space not even a deletion succeeds."""

    def __init__(self, path: Path | None, size: int) -> None:
        self._path = path
        self._size = size

    def lay(self) -> bool:
        """Only while there is plenty of room. False: not now."""
        if self._path is None or not self._size or (self._path.exists() and self._path.stat().st_size == self._size):
            return True
        try:
            room = os.statvfs(self._path.parent)
            if room.f_bavail * room.f_frsize <= _SPARE * self._size:
                return False
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError:
            return False
        return True

    def give_up(self) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Setup:
    """Where the spool lies and how large it may grow. `boot_id` names this start of the machine."""

    folder: Path
    boot_id: str
    max_bytes: int = 200_000_000
    ballast_bytes: int = BALLAST_BYTES


@dataclass(frozen=True)
class Opened:
    """A spool's file, ready to be used by one agent. `folder` None: all in memory."""

    db: sqlite3.Connection
    counters: Counters
    ballast: Ballast
    max_bytes: int
    folder: Path | None = None
    lost: tuple[Gap, ...] = ()
    held: IO[str] | None = None
    is_tight: bool = False  # there was no room for the ballast

    def keep(self, counters: Counters) -> None:
        if self.folder is not None:
            write_counters(self.folder / COUNTERS, counters)

    def close(self) -> None:
        self.db.close()
        if self.held is not None:
            self.held.close()


def open_folder(setup: Setup) -> Opened:
    """Raises SpoolError."""
    held = lock(setup.folder)
    ballast = Ballast(setup.folder / "ballast", setup.ballast_bytes)
    try:
        try:
            return _open_held(setup, ballast, held)
        except SpoolError:
            ballast.give_up()  # perhaps the disk is full
            return _open_held(setup, ballast, held)
    except BaseException:
        held.close()
        raise


def _open_held(setup: Setup, ballast: Ballast, held: IO[str]) -> Opened:
    counters = booted(read_counters(setup.folder / COUNTERS), setup.boot_id)
    try:
        write_counters(setup.folder / COUNTERS, counters)
        db, lost = open_checked(setup.folder / SPOOL_FILE)
    except OSError as error:
        raise SpoolError(f"cannot write to {setup.folder}: {error.strerror}") from error
    return Opened(db, counters, ballast, setup.max_bytes, setup.folder, tuple(lost), held, is_tight=not ballast.lay())


def open_memory(max_bytes: int) -> Opened:
    return Opened(_fresh_memory(), booted(Counters(), "memory"), Ballast(None, 0), max_bytes)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
