"""When nobody is home, what that does to exposure, and on which days a delivery may come.

Moments are aware and in UTC, intervals are half-open `(from, to)`; days are the household's local days.
Exposure is counted in local days: a whole day at home is 1.0 whether the clock gave it 23, 24 or 25 hours.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Interval: TypeAlias = tuple[datetime, datetime]

DELIVERY_HOURS = (time(8), time(20))
AWAY_SHARE_THAT_BLOCKS = 0.5  # of the delivery hours: a morning out blocks nothing, a return in the evening does
FEED_GRACE = timedelta(hours=48)  # a feed that nobody could read for longer says nothing about today
LONGEST_PAUSE_DAYS = 400
REMEMBERED_DAYS = 60 + LONGEST_PAUSE_DAYS + 1
"""Back from today: what is folded once more may lie sixty days back, and the reading before it before an absence.

The sixty days are those of `cloud.consumption.kept.KEPT`, which may not be imported here: consumption knows calendars
only by what it is given. A test holds both to be the same.
"""
FURTHEST_PAUSE_DAYS = 730  # from today to its first day

DEFAULT_WORDS = (
    "holiday", "vacation", "away", "travelling", "traveling", "out of town", "out of office", "business trip",
    "度假", "旅行", "旅游", "旅遊", "出差", "不在家", "休假",
)  # fmt: skip
# A day off at home: subscribed calendars are full of them.
NOT_AWAY = ("bank holiday", "public holiday", "school holiday", "national holiday", "federal holiday")

_MICROSECOND = timedelta(microseconds=1)


class Presence(StrEnum):
    """`unknown`: a calendar could not be read for too long; nobody may take that for `home`."""

    HOME = "home"
    AWAY = "away"
    UNKNOWN = "unknown"


class PauseKind(StrEnum):
    """`away`: nobody is home, nothing is used. `no_deliveries`: life goes on, nothing should come.

    `guests`: nothing is paused; more is used than usual.
    """

    AWAY = "away"
    NO_DELIVERIES = "no_deliveries"
    GUESTS = "guests"


def merge(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Sorted, without overlaps, touching ones joined, empty ones dropped."""
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def clip(intervals: Iterable[Interval], start: datetime, end: datetime) -> tuple[Interval, ...]:
    """What lies between two moments, merged."""
    return merge((max(start, a), min(end, b)) for a, b in intervals)


def day_start(day: date, tz: ZoneInfo) -> datetime:
    """The moment at which a local day begins, in UTC; where midnight does not exist, the first moment after it."""
    return datetime.combine(day, time(), tz).astimezone(UTC)


def days(first: date, last: date, tz: ZoneInfo) -> Interval:
    """Whole local days, the last one included."""
    return day_start(first, tz), day_start(last + timedelta(days=1), tz)


def without(intervals: Sequence[Interval], holes: Sequence[Interval]) -> tuple[Interval, ...]:
    """What of merged intervals lies outside of merged holes."""
    left: list[Interval] = []
    for start, end in intervals:
        begun = start
        for begins, ends in holes:
            if ends > begun and begins < end:
                left.append((begun, begins))
                begun = ends
        left.append((begun, end))
    return merge(left)


def covering(moment: datetime, absences: Sequence[Interval]) -> Interval | None:
    """The absence that holds this moment, of merged ones. None: somebody is home, as far as these know."""
    at = bisect_right(absences, moment, key=lambda interval: interval[0]) - 1
    return absences[at] if at >= 0 and moment < absences[at][1] else None


def is_absent(moment: datetime, absences: Sequence[Interval]) -> bool:
    return covering(moment, absences) is not None


def absent_time(start: datetime, end: datetime, absences: Sequence[Interval]) -> timedelta:
    """How much of an interval merged absences cover."""
    at = max(0, bisect_right(absences, start, key=lambda interval: interval[0]) - 1)
    total = timedelta()
    while at < len(absences) and absences[at][0] < end:
        total += max(timedelta(), min(end, absences[at][1]) - max(start, absences[at][0]))
        at += 1
    return total


def exposure(start: datetime, end: datetime, absences: Sequence[Interval], absence_factor: float = 0.0) -> float:
    """The share of an interval that counts: 1.0 at home throughout, `absence_factor` (0..1) away throughout.

    Exact at both ends; an interval without length counts 0.
    """
    length = (end - start) // _MICROSECOND
    if length <= 0:
        return 0.0
    away = absent_time(start, end, absences) // _MICROSECOND
    return (length - away * (1.0 - absence_factor)) / length


def exposure_by_day(
    first_day: date, n_days: int, absences: Sequence[Interval], tz: ZoneInfo, absence_factor: float = 0.0
) -> NDArray[np.float64]:
    """The exposure of each local day from `first_day` on; `absences` are merged."""
    bounds = [day_start(first_day + timedelta(days=n), tz) for n in range(n_days + 1)]
    shares = np.fromiter((float(a < b) for a, b in pairwise(bounds)), np.float64, n_days)
    for start, end in absences:
        # Only the days that an absence touches are computed.
        first = max(0, bisect_right(bounds, start) - 1)
        for n in range(first, n_days):
            if bounds[n] >= end:
                break
            shares[n] = exposure(bounds[n], bounds[n + 1], absences, absence_factor)
    return shares


def exposure_between(
    start: datetime, end: datetime, absences: Sequence[Interval], tz: ZoneInfo, absence_factor: float = 0.0
) -> float:
    """Exposure in local days between any two moments: parts of one stretch sum to the whole."""
    total, day = 0.0, start.astimezone(tz).date()
    while (begins := day_start(day, tz)) < end:
        day += timedelta(days=1)
        ends = day_start(day, tz)
        inside = (max(start, begins), min(end, ends))
        if inside[0] < inside[1]:
            total += exposure(*inside, absences, absence_factor) * ((inside[1] - inside[0]) / (ends - begins))
    return total


def delivery_hours(day: date, tz: ZoneInfo) -> Interval:
    return (
        datetime.combine(day, DELIVERY_HOURS[0], tz).astimezone(UTC),
        datetime.combine(day, DELIVERY_HOURS[1], tz).astimezone(UTC),
    )


def somebody_home(day: date, absences: Sequence[Interval], tz: ZoneInfo) -> bool:
    """Whether a parcel would be taken in: somebody is home for at least half of the delivery hours."""
    return exposure(*delivery_hours(day, tz), absences) >= 1.0 - AWAY_SHARE_THAT_BLOCKS


def first_day_home(on_or_after: date, absences: Sequence[Interval], tz: ZoneInfo) -> date:
    """The first day, from this one on, on which somebody is home."""
    day = on_or_after
    while not somebody_home(day, absences, tz):
        day += timedelta(days=1)
    return day


def blocked_days(
    first_day: date, n_days: int, absences: Sequence[Interval], pauses: Iterable[tuple[date, date]], tz: ZoneInfo
) -> frozenset[date]:
    """Days on which nothing may be delivered: pauses of either kind (last day included), and nobody home."""
    end = first_day + timedelta(days=n_days)
    blocked: set[date] = set()
    for starts_on, ends_on in pauses:
        blocked.update(day for day in _days_of(max(first_day, starts_on), end) if day <= ends_on)
    for starts_at, ends_at in absences:
        first, last = starts_at.astimezone(tz).date(), ends_at.astimezone(tz).date()
        touched = _days_of(max(first_day, first), min(end, last + timedelta(days=1)))
        blocked.update(day for day in touched if not somebody_home(day, absences, tz))
    return frozenset(blocked)


def first_delivery_day(on_or_after: date, blocked: frozenset[date]) -> date:
    """The first day that is not blocked."""
    day = on_or_after
    while day in blocked:
        day += timedelta(days=1)
    return day


def presence(now: datetime, absences: Sequence[Interval], unknown_since: datetime | None) -> Presence:
    """What is known to be an absence stays one; otherwise a feed that failed for long leaves us not knowing."""
    if is_absent(now, absences):
        return Presence.AWAY
    return Presence.HOME if unknown_since is None else Presence.UNKNOWN


def unknown_since(last_good: Iterable[datetime], now: datetime, grace: timedelta = FEED_GRACE) -> datetime | None:
    """When the oldest feed stopped being worth anything. `last_good`: when each feed was last read."""
    expired = [at + grace for at in last_good if at + grace <= now]
    return min(expired, default=None)


def pause_problem(starts_on: date, ends_on: date, today: date) -> str | None:
    """A code, or None: a pause that makes sense."""
    if ends_on < starts_on:
        return "ends_before_start"
    if ends_on < today:
        return "already_over"
    if (ends_on - starts_on).days >= LONGEST_PAUSE_DAYS:
        return "too_long"
    if (starts_on - today).days > FURTHEST_PAUSE_DAYS:
        return "too_far_ahead"
    return None


def means_away(texts: Iterable[str], words: Iterable[str]) -> bool:
    """Whether a title or category holds one of the words: whole words in scripts with spaces, anywhere in others."""
    plain = " \n ".join(texts).casefold()
    for phrase in NOT_AWAY:
        plain = plain.replace(phrase, " ")
    return any(_holds(plain, word.strip().casefold()) for word in words)


def _holds(text: str, word: str) -> bool:
    if not word:
        return False
    if not word.isascii():
        return word in text
    return re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", text, re.ASCII) is not None


def _days_of(first: date, end: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((end - first).days)]
