"""When a parcel comes to a home: by what its supplier's deliveries have taught, and by the home's own calendar."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlmodel import Session

from cloud.calendars import rules as calendar_rules
from cloud.calendars.service import HouseholdCalendar
from cloud.catalogue.tables import Supplier
from cloud.orders import deliveries, lead_times
from cloud.orders.lead_times import HIGH, LOW, MIDDLE, Arrivals, Shares, Stated, WorkingDays
from cloud.people.tables import Household

SEND_AT_HOUR = 6  # local, for what waited for a day
HELD_BECAUSE = {"away": "away_on_arrival", "paused": "paused"}
_UNKNOWN = Stated(2.0, 3.0, 5.0)  # where nobody sells it now
_USUAL_CUT_OFF_HOUR = 15
_SOONEST_DAYS = 60  # before a day on which it should come


@dataclass(frozen=True)
class Route:
    """The way from a supplier to a door."""

    days: WorkingDays
    shares: Shares
    as_stated: Shares  # what the supplier's own word alone would make of it


class Door(Protocol):
    """A home to which parcels come on a route."""

    @property
    def route(self) -> Route: ...

    @property
    def calendar(self) -> HouseholdCalendar: ...

    @property
    def zone(self) -> ZoneInfo: ...


@dataclass(frozen=True)
class Arrival:
    """When a parcel that leaves at a moment may come, and the day that the calendar makes of it."""

    likely: date
    day: date  # `likely`, or the first day from which on it may be as slow as it likes
    moved_by: str  # "", "away" or "paused"


def route(session: Session, household: Household, supplier: Supplier | None, carrier: str | None = None) -> Route:
    """`supplier` None: nobody sells it now. `carrier` None: it is not known yet. Asks one question."""
    if supplier is None:
        word, door = lead_times.as_stated(_UNKNOWN), ZoneInfo(household.time_zone)
        comes_on = deliveries.comes_on(household, on_saturday=True)
        return Route(WorkingDays(_USUAL_CUT_OFF_HOUR, door, comes_on, comes_on, door), word, word)
    stated = deliveries.stated(supplier)
    known = deliveries.of_supplier(session, supplier.id)
    shares = lead_times.learned(stated, known, None if carrier is None else carrier.casefold())
    return Route(deliveries.working_days(supplier, household), shares, lead_times.as_stated(stated))


def arrivals(at: Door, leaves_at: datetime) -> Arrivals:
    """Local days and how likely it comes on each, when the order leaves at this moment."""
    return lead_times.arrivals(at.route.days, at.route.shares, leaves_at)


def likely_day(way: Route, leaves_at: datetime) -> date:
    """By which it has come as likely as not."""
    return lead_times.day_by(lead_times.arrivals(way.days, way.shares, leaves_at), MIDDLE)


def lead_days(way: Route, now: datetime) -> tuple[float, float, float]:
    """Calendar days from today until it comes, for what leaves now: 5 %, middle, 95 %."""
    return _days_until(way.days, way.shares, now)


def stated_days(way: Route, now: datetime) -> tuple[float, float, float]:
    """The same by the supplier's word alone."""
    return _days_until(way.days, way.as_stated, now)


def arrival_of(at: Door, leaves_at: datetime) -> Arrival:
    """Every day on which it may come counts, from the fastest parcel to the slowest."""
    expected = arrivals(at, leaves_at)
    first, last = _range(at, leaves_at)
    usual = lead_times.day_by(expected, MIDDLE)
    days = [day for day, _ in expected if first <= day <= last]
    if not any(day in at.calendar.blocked for day in days):
        return Arrival(usual, usual, "")
    away = any(not calendar_rules.somebody_home(d, at.calendar.absences, at.zone) for d in days)
    return Arrival(usual, _free_from(at, first, last - first), "away" if away else "paused")


def send_at(at: Door, day: date) -> datetime:
    """The last morning on which to send what should be there on a day even when the carrier is slow."""
    for days in range(_SOONEST_DAYS):
        morning = _morning(day - timedelta(days=days), at.zone)
        if _range(at, morning)[1] <= day:
            return morning
    return _morning(day - timedelta(days=_SOONEST_DAYS), at.zone)


def _range(at: Door, leaves_at: datetime) -> tuple[date, date]:
    """From the fastest parcel to the slowest. A parcel before a closed door is worse than a day more to wait: what the
    supplier itself says may happen is not learned away."""
    both = [lead_times.arrivals(at.route.days, shares, leaves_at) for shares in (at.route.shares, at.route.as_stated)]
    return min(lead_times.day_by(each, LOW) for each in both), max(lead_times.day_by(each, HIGH) for each in both)


def _free_from(at: Door, earliest: date, slack: timedelta) -> date:
    """The first day after which, for as long as a parcel may be late, nothing is in the way."""
    day = earliest
    while True:
        late = [day + timedelta(days=n) for n in range(slack.days + 1)]
        come = [each for each in late if at.route.days.comes_on(each)]
        blocked = [each for each in come if each in at.calendar.blocked]
        if not blocked and come and come[0] == day:
            return day
        day = (blocked[-1] if blocked else day) + timedelta(days=1)


def _days_until(days: WorkingDays, shares: Shares, now: datetime) -> tuple[float, float, float]:
    today, expected = now.astimezone(days.door).date(), lead_times.arrivals(days, shares, now)
    low, middle, high = (float((lead_times.day_by(expected, share) - today).days) for share in (LOW, MIDDLE, HIGH))
    return low, middle, high


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(SEND_AT_HOUR), zone).astimezone(UTC)
