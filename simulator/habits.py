"""What a household does on one local day: print jobs and glasses of milk, at moments of their own."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.randomness import around, stream
from simulator.scenario import Holiday, PrinterPart, ScalePart, Scenario

PAGES_A_JOB = 3.0
_PRINTING_HOURS = (8.0, 21.5)
_BREAKFAST_SHARE = 0.55
_DEPARTURE = 22.0
_BREAKFAST, _EVENING = (6.7, 9.2), (16.0, 21.0)


@dataclass(frozen=True, order=True)
class Job:
    """So many pages at once."""

    at: datetime
    pages: float


@dataclass(frozen=True, order=True)
class Draw:
    """So many grams taken from the fridge."""

    at: datetime
    grams: float


@dataclass(frozen=True, order=True)
class Departure:
    """The evening before a holiday: what would spoil is used up or poured away."""

    at: datetime


Use = Job | Draw | Departure


def is_away(holidays: list[Holiday], day: date) -> bool:
    return any(holiday.starts <= day <= holiday.ends for holiday in holidays)


def plan(scenario: Scenario, seed: int, day: date) -> list[Use]:
    """Everything that happens on a day, in order. The same for the same seed and day, whatever was asked before."""
    if is_away(scenario.holidays, day):
        return []
    zone = ZoneInfo(scenario.household.time_zone)
    printing = stream(seed, "use", scenario.printer.name, day)
    drinking = stream(seed, "use", scenario.scale.name, day)
    found: list[Use] = [
        *jobs(scenario.printer, printing, day, zone),
        *draws(scenario.scale, drinking, day, zone),
    ]
    if is_away(scenario.holidays, day + timedelta(days=1)):
        found.append(Departure(local_moment(day, _DEPARTURE, zone)))
    return sorted(found, key=lambda use: use.at)


def jobs(printer: PrinterPart, chance: random.Random, day: date, zone: ZoneInfo) -> list[Job]:
    pages = around(chance, printer.pages[day.weekday()], printer.spread)
    count = max(1, round(pages / PAGES_A_JOB))
    return [Job(_moment(chance, day, _PRINTING_HOURS, zone), pages / count) for _ in range(count) if pages > 0]


def draws(scale: ScalePart, chance: random.Random, day: date, zone: ZoneInfo) -> list[Draw]:
    grams = around(chance, scale.use_g[day.weekday()], scale.spread)
    shares = ((_BREAKFAST, _BREAKFAST_SHARE), (_EVENING, 1 - _BREAKFAST_SHARE))
    return [Draw(_moment(chance, day, hours, zone), grams * share) for hours, share in shares if grams > 0]


def _moment(chance: random.Random, day: date, hours: tuple[float, float], zone: ZoneInfo) -> datetime:
    return local_moment(day, chance.uniform(*hours), zone)


def local_moment(day: date, hour: float, zone: ZoneInfo) -> datetime:
    """The hour as the clock on the kitchen's wall shows it, in UTC and whole seconds."""
    wall = datetime.combine(day, time()) + timedelta(seconds=round(hour * 3600))
    return wall.replace(tzinfo=zone).astimezone(UTC)
