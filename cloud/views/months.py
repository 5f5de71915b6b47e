"""Two months of a household's days: away, quiet, deliveries; and what a new pause would move."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from cloud.calendars import rules
from cloud.calendars import service as calendars
from cloud.calendars.service import HouseholdCalendar
from cloud.people import service as people
from cloud.views import coming
from cloud.views.coming import Coming

HORIZON_DAYS = 400  # from today on; what is asked for beyond it is cut
MONTHS_SHOWN = 2
_FURTHEST = 12  # months


@dataclass(frozen=True)
class Asked:
    """Which month (YYYY-MM), and the days tapped so far."""

    month: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Day:
    """One square. `is_quiet`: somebody is home, but nothing should come."""

    date: date
    is_away: bool
    is_quiet: bool
    is_past: bool
    is_today: bool
    is_picked: bool
    comes: tuple[Coming, ...]


@dataclass(frozen=True)
class Month:
    """Weeks from Monday; None: a square that belongs to another month."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]


@dataclass(frozen=True)
class Move:
    """One delivery that a pause touches. `to` None: it is too late to move it, or it is not ours to move."""

    coming: Coming
    to: date | None


@dataclass(frozen=True)
class Months:
    """The page about days away."""

    zone: ZoneInfo
    months: tuple[Month, ...]
    earlier: str | None
    later: str | None
    first: date | None
    last: date | None
    moves: tuple[Move, ...]
    away_until: datetime | None
    unknown_since: datetime | None


def view(session: Session, household_id: str, asked: Asked, now: datetime) -> Months:
    zone = ZoneInfo(people.household(session, household_id).time_zone)
    today = now.astimezone(zone).date()
    start = _month(asked.month, today)
    known = calendars.view(session, household_id, zone.key, now, HORIZON_DAYS)
    on_its_way = coming.of_household(session, household_id, zone, now)
    first = _known(asked.first, today) if asked.first else None
    last = max(_known(asked.last, today), first) if asked.last and first else None
    shown = [_month_of(_plus(start, n), known, zone, on_its_way, (today, first, last)) for n in range(MONTHS_SHOWN)]
    return Months(
        zone=zone,
        months=tuple(shown),
        earlier=f"{_plus(start, -1):%Y-%m}" if start > today.replace(day=1) else None,
        later=f"{_plus(start, 1):%Y-%m}" if start < _plus(today.replace(day=1), _FURTHEST) else None,
        first=first,
        last=last,
        moves=_moves(on_its_way, known, first, last),
        away_until=known.away_until,
        unknown_since=known.unknown_since,
    )


def _known(day: date, today: date) -> date:
    return min(max(day, today), today + timedelta(days=HORIZON_DAYS - 1))


def _moves(
    on_its_way: list[Coming], known: HouseholdCalendar, first: date | None, last: date | None
) -> tuple[Move, ...]:
    if first is None or last is None:
        return ()
    inside = [c for c in on_its_way if first <= c.day <= last]
    blocked = known.blocked | {first + timedelta(days=n) for n in range((last - first).days + 1)}
    after = rules.first_delivery_day(last, frozenset(blocked))
    return tuple(Move(c, after if c.moves_with_the_calendar else None) for c in inside)


def _month_of(
    first: date,
    known: HouseholdCalendar,
    zone: ZoneInfo,
    on_its_way: list[Coming],
    marks: tuple[date, date | None, date | None],
) -> Month:
    days: list[Day | None] = [None] * first.weekday()
    day = first
    while day.month == first.month:
        days.append(_day(day, known, zone, on_its_way, marks))
        day += timedelta(days=1)
    days += [None] * (-len(days) % 7)
    return Month(first, tuple(tuple(days[n : n + 7]) for n in range(0, len(days), 7)))


def _day(
    day: date,
    known: HouseholdCalendar,
    zone: ZoneInfo,
    on_its_way: list[Coming],
    marks: tuple[date, date | None, date | None],
) -> Day:
    today, first, last = marks
    is_away = not rules.somebody_home(day, known.absences, zone)
    return Day(
        date=day,
        is_away=is_away,
        is_quiet=not is_away and day in known.blocked,
        is_past=day < today,
        is_today=day == today,
        is_picked=first is not None and first <= day <= (last or first),
        comes=tuple(c for c in on_its_way if c.day == day),
    )


def _month(text: str, today: date) -> date:
    try:
        found = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return today.replace(day=1)
    this = today.replace(day=1)
    return min(max(found, this), _plus(this, _FURTHEST))


def _plus(first: date, n_months: int) -> date:
    months = first.year * 12 + first.month - 1 + n_months
    return date(months // 12, months % 12 + 1, 1)
