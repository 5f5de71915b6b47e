"""When a supplier works, and when its parcels come: cut-off, weekends and public holidays, by its own clock."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

_OPENS, _ROUND_BEGINS = time(8), time(9)
_ROUND_MINUTES = 8 * 60
_SUNDAY = 6
_AT_ONCE = timedelta(hours=2)  # what comes on the day on which it was packed


@dataclass(frozen=True)
class Week:
    """`carriers`: by how many working days each is slower than usual; the next parcel is any one's."""

    zone: ZoneInfo
    cut_off_hour: int = 15
    country: str | None = None
    on_saturday: bool = True
    carriers: dict[str, int] = field(default_factory=dict)

    def packed_at(self, now: datetime, packing: timedelta) -> datetime:
        """Begun at once before the cut-off of a working day, otherwise when it opens on the next one."""
        there = now.astimezone(self.zone)
        if self.is_open(there.date()) and there.hour < self.cut_off_hour:
            return now + packing
        day = _first(there.date() + timedelta(days=1), self.is_open)
        return self._moment(day, _OPENS) + packing

    def arrives_at(self, packed_at: datetime, working_days: int, chances: random.Random) -> datetime:
        """On the round of the day on which it has been on its way for so many."""
        day = packed_at.astimezone(self.zone).date()
        for _ in range(working_days):
            day = _first(day + timedelta(days=1), self.comes_on)
        on_round = self.morning(day) + timedelta(minutes=chances.randrange(_ROUND_MINUTES))
        return max(on_round, packed_at + _AT_ONCE)

    def morning(self, day: date) -> datetime:
        """When the round begins, on this day or the next one that has one."""
        return self._moment(_first(day, self.comes_on), _ROUND_BEGINS)

    def is_open(self, day: date) -> bool:
        return day.weekday() < _SUNDAY - 1 and not self._is_holiday(day)

    def comes_on(self, day: date) -> bool:
        return day.weekday() < (_SUNDAY if self.on_saturday else _SUNDAY - 1) and not self._is_holiday(day)

    def _is_holiday(self, day: date) -> bool:
        return self.country is not None and day in holidays.country_holidays(self.country, years=day.year)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _first(day: date, is_one: Callable[[date], bool]) -> date:
    while not is_one(day):
        day += timedelta(days=1)
    return day
