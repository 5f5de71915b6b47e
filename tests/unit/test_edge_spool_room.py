"""A full disk: said once, and nothing is lost undeclared."""

import sqlite3

import pytest
from structlog.testing import capture_logs

from contract.fields import Loss, Purpose
from edge.spool import READINGS
from edge.spool_room import Room, SpoolFullError
from tests.edge_spools import close_all, opened, put, told, waiting


@pytest.fixture(autouse=True)
def _closing():
    yield
    close_all()


class NoRoom:
    """A disk on which nothing can be done."""

    def to(self, act, *, lets_go=True):
        raise SpoolFullError("the disk is full")


def full():
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise error


def test_readings_that_found_no_room_are_declared_with_the_next_that_do(tmp_path):
    spool = opened(tmp_path)
    put(spool, 2)
    room, spool._room = spool._room, NoRoom()
    for _ in range(3):
        with pytest.raises(SpoolFullError):
            put(spool)
    spool._room = room

    assert put(spool, 2) == [6, 7]
    assert waiting(spool) == [1, 2, 6, 7]
    assert told(spool) == [(READINGS, [3, 5], Loss.SPOOL_FULL)]


def test_readings_too_large_for_the_disk_are_declared(tmp_path):
    spool = opened(tmp_path)
    put(spool, 2)
    (pages,) = spool._db.execute("PRAGMA page_count").fetchone()
    spool._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(SpoolFullError):
        spool.put(READINGS, Purpose.SUPPLY, lambda _seq: b"x" * 500_000)
    last = put(spool)[0]

    declared = {seq for _, (first, end), _ in told(spool) for seq in range(first, end + 1)}
    assert last == 4
    assert declared | set(waiting(spool)) == {1, 2, 3, 4}
    assert 3 in declared


def test_what_can_wait_does_not_end_an_agent_whose_disk_is_full(tmp_path):
    spool = opened(tmp_path)
    put(spool, 3)
    spool.drop(READINGS, [1], Loss.QUARANTINED)
    spool._room = NoRoom()

    spool.gaps_told(spool.gaps(10))
    spool.drop(READINGS, [2], Loss.QUARANTINED)

    assert waiting(spool) == [2, 3]
    assert told(spool) == [(READINGS, [1, 1], Loss.QUARANTINED)]


def test_a_note_on_a_full_disk_costs_no_reading():
    made = []
    room = Room(lambda: made.append("room"), lambda: None)

    with pytest.raises(SpoolFullError):
        room.to(full, lets_go=False)

    assert made == []


def test_a_full_disk_is_said_once_and_so_is_its_end():
    room = Room(make=lambda: None, weigh=lambda: None)
    with capture_logs() as said:
        for _ in range(3):
            with pytest.raises(SpoolFullError):
                room.to(full)
        room.to(lambda: None)
        room.to(lambda: None)

    assert [line["event"] for line in said] == ["disk_full", "disk_has_room"]


def test_another_fault_of_the_file_is_not_taken_for_a_full_disk():
    def broken():
        raise sqlite3.DatabaseError("database disk image is malformed")

    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        Room(make=lambda: None, weigh=lambda: None).to(broken)
