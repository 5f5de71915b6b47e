"""What is done when the disk is full: make room, try once more, say it once."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

import structlog

from edge import spool_file

log = structlog.get_logger()

T = TypeVar("T")


class SpoolFullError(Exception):
    """Not even with the oldest readings gone is there room. Nothing was changed."""


class Room:
    """`make` lets something go, and may raise as SQLite does; `weigh` counts anew what is there after a failure."""

    def __init__(self, make: Callable[[], None], weigh: Callable[[], None]) -> None:
        self._make = make
        self._weigh = weigh
        self._is_full = False

    def to(self, act: Callable[[], T], *, lets_go: bool = True) -> T:
        """What `act` answers, which is done or leaves no trace. `lets_go`: it is worth the oldest readings.

        Raises SpoolFullError.
        """
        try:
            done = act()
        except sqlite3.OperationalError as error:
            self._weigh()
            if not spool_file.is_full(error):
                raise
            self._say_full()
            if not lets_go:
                raise SpoolFullError("the disk is full") from error
            return self._again(act)
        except BaseException:
            self._weigh()
            raise
        if self._is_full:
            self._is_full = False
            log.info("disk_has_room")
        return done

    def _again(self, act: Callable[[], T]) -> T:
        try:
            self._make()
            return act()
        except sqlite3.OperationalError as error:
            self._weigh()
            raise SpoolFullError("the disk is full") from error

    def _say_full(self) -> None:
        if not self._is_full:
            log.warning("disk_full")
        self._is_full = True
