"""How long from an order to the doorstep, in whole working days: what the supplier says, and what its parcels teach.

A working day is counted when parcels move: an order that is picked on Friday and takes one day comes on Saturday where
parcels come on Saturdays, on Monday where they do not, and on Tuesday where Monday is a public holiday.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

STATED_IS_WORTH = 8.0
"""So many deliveries weigh as much as the supplier's own word. A few tell of the middle, but hardly anything of the one
parcel in twenty by which a day is promised: that is what its word is needed for."""
NEWEST = 100  # deliveries: what was before says nothing of how it is now
FARTHEST_DAYS = 15  # working days; a parcel that took longer counts as one that took so long
TIMES_SLOWER = 2  # than all else that is known of: more is not believed of one parcel alone
LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95
_LATE_AND_LATER = 0.5  # of the parcels that are late, this share is late for another day
_LONGEST_REST_DAYS = 60  # who works on none of so many days is taken to work on the next one

Shares: TypeAlias = tuple[float, ...]
"""How likely a parcel takes 0, 1, 2, … working days; they sum to 1."""
Arrivals: TypeAlias = tuple[tuple[date, float], ...]
"""How likely it comes on which local day, the soonest first; they sum to 1."""


@dataclass(frozen=True)
class Stated:
    """What a supplier says: working days within which 5 %, half and 95 % of its parcels come."""

    low: float
    mid: float
    high: float


@dataclass(frozen=True)
class Delivered:
    """A parcel that came after so many working days. `carrier`: empty where nobody was named."""

    days: int
    carrier: str = ""


@dataclass(frozen=True)
class WorkingDays:
    """On which days an order is picked, and on which ones parcels move and come to this door."""

    cut_off_hour: int  # in `zone`: what comes later is picked on the next day
    zone: ZoneInfo  # of the supplier
    is_picked_on: Callable[[date], bool]
    comes_on: Callable[[date], bool]
    door: ZoneInfo


def as_stated(stated: Stated) -> Shares:
    """A distribution that has the stated figures for its quantiles, and a tail behind them."""
    last = max(FARTHEST_DAYS, TIMES_SLOWER * math.ceil(stated.high))
    within = [*(_share_within(stated, days) for days in range(last)), 1.0]
    return tuple(upto - before for before, upto in zip([0.0, *within], within, strict=False))


def learned(stated: Stated, delivered: Sequence[Delivered], carrier: str | None = None) -> Shares:
    """What is to be expected. `delivered`: oldest first. `carrier` None: not known yet, so one of those of late.

    A carrier starts from what is known of the supplier's other carriers, as the supplier starts from its own word.
    """
    word = as_stated(stated)
    newest = _believed(stated, delivered[-NEWEST:], len(word) - 1)
    if carrier is not None:
        return _by(carrier, word, newest)
    if not newest:
        return word
    of_late = Counter(parcel.carrier for parcel in newest)
    parts = [(count / len(newest), _by(name, word, newest)) for name, count in of_late.items()]
    return tuple(sum(share * part[days] for share, part in parts) for days in range(len(word)))


def arrivals(at: WorkingDays, shares: Shares, leaves_at: datetime) -> Arrivals:
    """When an order comes that reaches the supplier at `leaves_at`. Who leaves later never comes sooner."""
    today = leaves_at.astimezone(at.door).date()
    found: defaultdict[date, float] = defaultdict(float)
    for day, share in zip(_days_at_door(at, pick_day(at, leaves_at), len(shares)), shares, strict=True):
        found[max(day, today)] += share
    return tuple((day, share) for day, share in sorted(found.items()) if share > 0)


def pick_day(at: WorkingDays, leaves_at: datetime) -> date:
    """The supplier's day on which it is picked."""
    there = leaves_at.astimezone(at.zone)
    in_time = there.hour < at.cut_off_hour
    return _next(there.date() if in_time else there.date() + timedelta(days=1), at.is_picked_on)


def days_taken(at: WorkingDays, left_at: datetime, came_on: date) -> int:
    """Working days from the pick to the door. What comes on a day on which nothing comes counts with the next one."""
    day, days = pick_day(at, left_at), 0
    while day < came_on:
        day = _after(at, day)
        days += 1
    return days


def day_by(expected: Arrivals, share: float) -> date:
    """The first day by which it has come with this probability."""
    sums = accumulate(each for _, each in expected)
    return next((day for (day, _), upto in zip(expected, sums, strict=True) if upto >= share - 1e-9), expected[-1][0])


def _days_at_door(at: WorkingDays, picked: date, count: int) -> list[date]:
    """When it comes after 0, 1, 2, … working days."""
    days, day = [_next(picked, at.comes_on)], picked
    for _ in range(count - 1):
        day = _after(at, day)
        days.append(day)
    return days


def _share_within(stated: Stated, days: float) -> float:
    if days >= stated.high:
        return float(1.0 - (1.0 - HIGH) * _LATE_AND_LATER ** (days - stated.high))
    corners = ((0.0, 0.0), (stated.low, LOW), (stated.mid, MIDDLE), (stated.high, HIGH))
    (begins, fewer), (ends, more) = next((one, other) for one, other in pairwise(corners) if one[0] <= days < other[0])
    return fewer + (more - fewer) * (days - begins) / (ends - begins)


def _believed(stated: Stated, delivered: Sequence[Delivered], last: int) -> list[Delivered]:
    """A parcel that was lost for a month is remembered as late, but alone it cannot make all others wait for it."""
    slowest = sorted(parcel.days for parcel in delivered)[-2:]
    known = max(math.ceil(stated.high), slowest[0] if len(slowest) > 1 else 0)
    return [Delivered(min(parcel.days, TIMES_SLOWER * known, last), parcel.carrier) for parcel in delivered]


def _by(carrier: str, word: Shares, newest: Sequence[Delivered]) -> Shares:
    others = _after_seeing(word, [parcel.days for parcel in newest if parcel.carrier != carrier])
    return _after_seeing(others, [parcel.days for parcel in newest if parcel.carrier == carrier])


def _after_seeing(before: Shares, days: Sequence[int]) -> Shares:
    seen = Counter(days)
    total = STATED_IS_WORTH + len(days)
    return tuple((STATED_IS_WORTH * share + seen[taken]) / total for taken, share in enumerate(before))


def _after(at: WorkingDays, day: date) -> date:
    return _next(day + timedelta(days=1), at.comes_on)


def _next(day: date, is_one: Callable[[date], bool]) -> date:
    """The first such day from this one on."""
    for _ in range(_LONGEST_REST_DAYS):
        if is_one(day):
            return day
        day += timedelta(days=1)
    return day
