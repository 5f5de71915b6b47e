"""How readily a band takes something for a fall, and how the wearer's own false alarms shift that. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloud.emergencies.rules import Disposition
from contract.fields import Point

ORDER = (Point.SENSITIVE, Point.BALANCED, Point.QUIET)
FOUND_OF_100 = {Point.SENSITIVE: 99, Point.BALANCED: 99, Point.QUIET: 96}
"""Of a hundred acted falls of people whom the detector has not seen, at the wrist: as its model card tells."""
FLOOR_OF_100 = 85
"""No wearer's band is made to find fewer, by a rule or by a person: then it would be better to say that it is off."""
QUIETER_AFTER = 3  # confirmed false alarms: two can be one bad week
WITHIN = timedelta(days=90)
REAL = frozenset({Disposition.HELPED, Disposition.WITH_PERSON, Disposition.NO_ANSWER})
"""Somebody was needed, or may have been: who says only that they are there has not called it a false alarm."""


@dataclass(frozen=True)
class Ending:
    """How a person says that an alarm ended which the band had raised by itself."""

    at: datetime
    disposition: str


def allowed() -> tuple[Point, ...]:
    """What may be chosen, the most sensitive first."""
    return tuple(point for point in ORDER if FOUND_OF_100[point] >= FLOOR_OF_100)


def quieter(point: Point) -> Point:
    """One step, and never below the floor."""
    later = [other for other in allowed() if ORDER.index(other) > ORDER.index(point)]
    return later[0] if later else point


def judged(point: Point, chosen: Point, endings: Sequence[Ending], now: datetime) -> Point:
    """The point from now on. `endings`: since it last changed, oldest first; the last has just been said.

    A real alarm leads back to what a person chose, at once; false ones go a step further only together.
    """
    if not endings:
        return point
    if endings[-1].disposition in REAL:
        return min(point, chosen, key=ORDER.index)
    since_real = 0
    for ending in endings:
        if ending.disposition in REAL:
            since_real = 0
        elif ending.disposition == Disposition.FALSE_ALARM and now - ending.at <= WITHIN:
            since_real += 1
    is_false = endings[-1].disposition == Disposition.FALSE_ALARM
    return quieter(point) if is_false and since_real >= QUIETER_AFTER else point
