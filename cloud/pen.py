"""Whose turn it is to write. Alarms go first, and for a moment after one nobody else begins.

SQLite has one writer at a time and lets the others poll, in no order: the unlucky one waits for seconds. So the threads
of a process take turns in the order in which they came. PostgreSQL needs no turns, but the threads of a process share
one interpreter there too: what is ordinary begins nothing while something urgent is under way.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

COURTESY_S = 0.04  # an alarm that was stored is claimed, put into words and handed over in less
MOST_COURTESY_S = 0.5  # for whoever has waited so long, alarm upon alarm


@dataclass(eq=False)
class _Turn:
    is_urgent: bool
    came_s: float
    thread: int = field(default_factory=threading.get_ident)


@dataclass
class Pen:
    """`is_single`: one holder at a time. Whoever has waited for `longest_s` goes on: the database decides then."""

    longest_s: float
    is_single: bool
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _waiting: deque[_Turn] = field(default_factory=deque)
    _holding: list[_Turn] = field(default_factory=list)
    _courtesy_until_s: float = 0.0
    _urgent_thread: int = 0  # it need not wait for itself

    @contextmanager
    def held(self, *, is_urgent: bool) -> Iterator[None]:
        turn = _Turn(is_urgent, time.monotonic())
        with self._changed:
            self._waiting.append(turn)
            try:
                self._wait(turn)
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()
            self._holding.append(turn)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._holding.remove(turn)
                if is_urgent:
                    self._urgent_thread = turn.thread
                    self._courtesy_until_s = time.monotonic() + COURTESY_S
                self._changed.notify_all()

    def _wait(self, turn: _Turn) -> None:
        now_s = time.monotonic()
        while not self._may(turn, now_s) and now_s < turn.came_s + self.longest_s:
            until_s = turn.came_s + self.longest_s
            if now_s < self._courtesy_until_s:
                until_s = min(until_s, self._courtesy_until_s)
            self._changed.wait(until_s - now_s)
            now_s = time.monotonic()

    def _may(self, turn: _Turn, now_s: float) -> bool:
        if self.is_single and self._holding:
            return False
        if turn.is_urgent:
            return not self.is_single or self._is_first(turn)
        if any(other.is_urgent for other in (*self._waiting, *self._holding)):
            return False
        is_courteous = turn.thread != self._urgent_thread and now_s < turn.came_s + MOST_COURTESY_S
        return not (is_courteous and now_s < self._courtesy_until_s) and (not self.is_single or self._is_first(turn))

    def _is_first(self, turn: _Turn) -> bool:
        return next(other for other in self._waiting if other.is_urgent == turn.is_urgent) is turn
