"""Brings the supplier's webhooks, and brings them again until they are taken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.supplier.desk import Desk, Post
from simulator.supplier.warehouse import Told

Deliver = Callable[[Post], int]
"""Hands one webhook over; returns the HTTP status, 0 when nobody answered."""

_PAUSES = tuple(timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
_GONE = 410


@dataclass
class _Waiting:
    told: Told
    due_at: datetime
    tries: int = 0


class Courier:
    """One for each desk; not to be shared between threads."""

    def __init__(self, desk: Desk, deliver: Deliver) -> None:
        self._desk = desk
        self._deliver = deliver
        self._waiting: list[_Waiting] = []

    def round(self, now: datetime) -> int:
        """Bring what is due, oldest first. Returns how many were taken."""
        self._waiting += [_Waiting(told, now) for told, _ in self._desk.news(now)]
        taken = 0
        for item in [w for w in self._waiting if w.due_at <= now]:
            status = self._deliver(self._desk.signed(item.told, now))
            item.tries += 1
            done = 200 <= status < 300  # noqa: PLR2004
            taken += done
            if done or status == _GONE or item.tries > len(_PAUSES):
                self._waiting.remove(item)
            else:
                item.due_at = now + _PAUSES[item.tries - 1]
        return taken

    def next_at(self) -> datetime | None:
        """When the next round has something to do. None: nothing is under way."""
        moments = [w.due_at for w in self._waiting]
        soon = self._desk.next_at()
        return min([*moments, *([soon] if soon else [])], default=None)
