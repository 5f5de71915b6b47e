"""Add and cancel pauses and calendars; tell when nobody is home and on which days nothing may come."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.calendars import rules
from cloud.calendars.feeds import Fetched
from cloud.calendars.ics import Ask, Expander, Found, Refused
from cloud.calendars.refresh import FEED_EVERY, FILE_EVERY, expansion, replace_absences, window
from cloud.calendars.rules import Interval, PauseKind, Presence
from cloud.calendars.tables import AbsenceRow, CalendarRow, PauseRow
from cloud.people.tables import Household
from kit.ids import Ids

MAX_CALENDARS = 10
LOOK_BACK = timedelta(days=rules.REMEMBERED_DAYS)


@dataclass(frozen=True)
class NewPause:
    """Both days included."""

    starts_on: date
    ends_on: date
    kind: PauseKind = PauseKind.AWAY
    note: str | None = None
    source: str = "person"
    by: str | None = None  # the person who asks for it


@dataclass(frozen=True)
class NewCalendar:
    """A feed (with its address) or a file (without)."""

    name: str
    url: str | None = field(default=None, repr=False)
    words: tuple[str, ...] = rules.DEFAULT_WORDS
    all_events_mean_away: bool = False


@dataclass(frozen=True)
class Examined:
    """A calendar that could be read, ready to be stored, and what the person who adds it should hear."""

    calendar: NewCalendar
    copy: Fetched
    found: Found
    expanded: str

    def absences_ahead(self, now: datetime) -> int:
        """How many absences the next year holds."""
        return len(rules.clip(self.found.absences, now, now + timedelta(days=365)))


@dataclass(frozen=True)
class CalendarShown:
    """A calendar without its secret: only the host of its address (None: an uploaded file)."""

    id: str
    name: str
    host: str | None
    words: tuple[str, ...]
    all_events_mean_away: bool
    quarantined: tuple[str, ...]
    fetched_at: datetime | None
    failed_since: datetime | None
    failure: str | None


@dataclass(frozen=True)
class HouseholdCalendar:
    """What is known of a household's comings and goings, as far back as a reading may teach, and to the horizon."""

    absences: tuple[Interval, ...]  # merged, UTC
    guests: tuple[Interval, ...]  # merged, UTC, while somebody is home
    blocked: frozenset[date]  # local days, from today on, on which nothing may be delivered
    presence: Presence
    away_until: datetime | None  # the end of the absence that holds now
    unknown_since: datetime | None
    version: str  # changes when a pause or a calendar does: for the decision ledger
    zone: str

    def first_delivery_day(self, on_or_after: date) -> date:
        return rules.first_delivery_day(on_or_after, self.blocked)


def add_pause(session: Session, ids: Ids, household_id: str, pause: NewPause, now: datetime) -> PauseRow | Refused:
    """Refused: ends_before_start, already_over, too_long, too_far_ahead."""
    household = session.get_one(Household, household_id)
    today = now.astimezone(ZoneInfo(household.time_zone)).date()
    if problem := rules.pause_problem(pause.starts_on, pause.ends_on, today):
        return Refused(problem)
    row = PauseRow(
        id=ids(), household_id=household_id, starts_on=pause.starts_on, ends_on=pause.ends_on, kind=pause.kind,
        note=pause.note, source=pause.source, created_at=now, created_by=pause.by,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def cancel_pause(session: Session, household_id: str, pause_id: str, now: datetime) -> bool:
    """False: no such pause in this household, or it is cancelled already."""
    row = session.get(PauseRow, pause_id)
    if row is None or row.household_id != household_id or row.cancelled_at is not None:
        return False
    row.cancelled_at = now
    session.add(row)
    session.flush()
    return True


def pauses(session: Session, household_id: str, ending_on_or_after: date) -> list[PauseRow]:
    """Pauses that stand, soonest first."""
    return list(
        session.exec(
            select(PauseRow)
            .where(PauseRow.household_id == household_id, col(PauseRow.cancelled_at).is_(None))
            .where(PauseRow.ends_on >= ending_on_or_after)
            .order_by(col(PauseRow.starts_on), col(PauseRow.id))
        )
    )


def examine(new: NewCalendar, copy: Fetched, zone: str, expander: Expander, now: datetime) -> Examined | Refused:
    """A first look at a calendar (fetched, or a file as `Fetched(body)`) before anything is stored. No database."""
    starts_at, ends_at = window(now)
    ask = Ask(zone, starts_at, ends_at, new.words, new.all_events_mean_away)
    found = expander(copy.body, ask)
    return found if isinstance(found, Refused) else Examined(new, copy, found, expansion(ask))


def add_calendar(
    session: Session, ids: Ids, household_id: str, examined: Examined, now: datetime
) -> CalendarRow | Refused:
    """Store what was examined. Refused: too_many_calendars."""
    new, copy, found = examined.calendar, examined.copy, examined.found
    if len(_rows(session, household_id)) >= MAX_CALENDARS:
        return Refused("too_many_calendars")
    row = CalendarRow(
        id=ids(), household_id=household_id, name=new.name, url=new.url, words=list(new.words),
        all_events_mean_away=new.all_events_mean_away, etag=copy.etag, last_modified=copy.last_modified,
        body=copy.body, quarantined=list(found.quarantined), expanded=examined.expanded, fetched_at=now, created_at=now,
        next_fetch_at=now + (FEED_EVERY if new.url else FILE_EVERY),
    )  # fmt: skip
    session.add(row)
    session.flush()
    replace_absences(session, row, found.absences, window(now)[0])
    return row


def remove_calendar(session: Session, household_id: str, calendar_id: str, now: datetime) -> bool:
    """Its address, its copy and its absences are erased. False: no such calendar in this household."""
    row = session.get(CalendarRow, calendar_id)
    if row is None or row.household_id != household_id or row.removed_at is not None:
        return False
    row.url = row.body = row.etag = row.last_modified = row.next_fetch_at = None
    row.removed_at = now
    row.version += 1
    session.add(row)
    session.exec(sa.delete(AbsenceRow).where(col(AbsenceRow.calendar_id) == calendar_id))
    session.flush()
    return True


def calendars(session: Session, household_id: str) -> list[CalendarShown]:
    return [
        CalendarShown(
            r.id, r.name, _host(r.url), tuple(r.words), r.all_events_mean_away, tuple(r.quarantined),
            r.fetched_at, r.failed_since, r.failure,
        )
        for r in _rows(session, household_id)
    ]  # fmt: skip


def view(session: Session, household_id: str, zone: str, now: datetime, horizon_days: int) -> HouseholdCalendar:
    """Everything the forecast, the decision and the pages need to know of a household's absences."""
    tz = ZoneInfo(zone)
    today = now.astimezone(tz).date()
    standing = pauses(session, household_id, today - LOOK_BACK)
    known = _rows(session, household_id)
    last = today + timedelta(days=horizon_days - 1)
    since, until = now - LOOK_BACK, rules.days(today, last, tz)[1]
    away, guests = (
        [rules.days(p.starts_on, min(p.ends_on, last), tz) for p in standing if p.kind == kind and p.starts_on <= last]
        for kind in (PauseKind.AWAY, PauseKind.GUESTS)
    )
    absences = rules.clip([*away, *_absences(session, household_id, since, until)], since, until)
    unknown = rules.unknown_since([row.fetched_at or row.created_at for row in known if row.url], now)
    holding = rules.covering(now, absences)
    paused = [(p.starts_on, p.ends_on) for p in standing if p.kind != PauseKind.GUESTS]
    return HouseholdCalendar(
        absences=absences,
        guests=rules.without(rules.clip(guests, since, until), absences),
        blocked=rules.blocked_days(today, horizon_days, absences, paused, tz),
        presence=rules.presence(now, absences, unknown),
        away_until=holding[1] if holding else None,
        unknown_since=unknown,
        version=_version(standing, known, unknown),
        zone=zone,
    )


def _absences(session: Session, household_id: str, since: datetime, until: datetime) -> list[Interval]:
    rows = session.exec(
        select(AbsenceRow.starts_at, AbsenceRow.ends_at)
        .where(AbsenceRow.household_id == household_id)
        .where(AbsenceRow.ends_at > since, AbsenceRow.starts_at < until)
    )
    return [(starts_at, ends_at) for starts_at, ends_at in rows]


def _rows(session: Session, household_id: str) -> list[CalendarRow]:
    return list(
        session.exec(
            select(CalendarRow)
            .where(CalendarRow.household_id == household_id, col(CalendarRow.removed_at).is_(None))
            .options(sa.orm.defer(CalendarRow.body))  # type: ignore[arg-type]
            .order_by(col(CalendarRow.created_at), col(CalendarRow.id))
        )
    )


def _version(standing: Sequence[PauseRow], known: Sequence[CalendarRow], unknown: datetime | None) -> str:
    """A digest of what a decision saw. Pauses are listed until long after their end, so that it rests in between."""
    said = [f"{p.id}:{p.starts_on}:{p.ends_on}:{p.kind}" for p in standing]
    said += [f"{row.id}:{row.version}" for row in known]
    said.append("known" if unknown is None else "unknown")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _host(url: str | None) -> str | None:
    return url.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1] if url else None
