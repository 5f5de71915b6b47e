"""Keep calendars current: claim what is due, fetch and expand outside any transaction, record what came.

A feed that fails keeps its last good copy; past its grace the household's presence is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from cloud.calendars.feeds import Answer, Fetched, NotModified
from cloud.calendars.ics import Ask, Expander, Found, Refused
from cloud.calendars.rules import REMEMBERED_DAYS, Interval, clip, merge
from cloud.calendars.tables import AbsenceRow, CalendarRow
from cloud.people.tables import Household

FEED_EVERY = timedelta(hours=1)
FILE_EVERY = timedelta(days=7)  # a file does not change, but time moves on: its repetitions are found anew
RETRY_AFTER = timedelta(minutes=30)
LEASE = timedelta(minutes=10)
BEFORE, AHEAD = timedelta(days=60), timedelta(days=400)

log = structlog.get_logger()


class Fetch(Protocol):
    """As `feeds.Fetcher.fetch`: one conditional GET, outcomes as values."""

    def __call__(self, address: str, etag: str | None = None, last_modified: str | None = None) -> Answer: ...


@dataclass(frozen=True)
class Due:
    """A calendar to look at now, with all that is needed to do so without the database."""

    calendar_id: str
    version: int
    url: str | None = field(repr=False)
    etag: str | None
    last_modified: str | None
    body: bytes | None = field(repr=False)
    expanded: str | None
    ask: Ask


@dataclass(frozen=True)
class Refreshed:
    """A current copy and the absences in it. `found` is None: the same copy in the same window says the same."""

    copy: Fetched
    found: Found | None


def claim_due(session: Session, now: datetime, limit: int = 20) -> list[Due]:
    """What is due; nobody else gets it for the length of a lease, after which it is due again.

    What would be due later than anything is was planned before the clock stepped back.
    """
    due_at = col(CalendarRow.next_fetch_at)
    rows = session.exec(
        select(CalendarRow, Household.time_zone)
        .join(Household, col(Household.id) == col(CalendarRow.household_id))
        .where(sa.or_(due_at <= now, due_at > now + FILE_EVERY + LEASE), col(CalendarRow.removed_at).is_(None))
        .order_by(due_at, col(CalendarRow.id))
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True, of=CalendarRow)
    ).all()
    for row, _ in rows:
        row.next_fetch_at = now + LEASE
        session.add(row)
    session.flush()
    return [_due(row, zone, now) for row, zone in rows]


def refresh(due: Due, fetch: Fetch, expander: Expander) -> Refreshed | Refused:
    """Fetch and expand; no database. An unchanged copy is expanded again when the window has moved."""
    known = Fetched(due.body or b"", due.etag, due.last_modified)
    answer: Answer = NotModified()
    if due.url is not None:
        answer = fetch(due.url, due.etag, due.last_modified)
    if isinstance(answer, Refused):
        return answer
    copy = known if isinstance(answer, NotModified) else answer
    if copy.body == due.body and due.expanded == expansion(due.ask):
        return Refreshed(copy, None)
    found = expander(copy.body, due.ask)
    return found if isinstance(found, Refused) else Refreshed(copy, found)


def record_fetch(session: Session, due: Due, result: Refreshed | Refused, now: datetime) -> bool:
    """Keep what came of it. True: what the calendar says has changed."""
    row = session.get(CalendarRow, due.calendar_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None or row.removed_at is not None or row.version != due.version:
        return False  # removed or changed meanwhile: what was fetched answers another question
    session.add(row)
    if isinstance(result, Refused):
        if row.failure != result.code:
            log.warning("calendar_not_read", calendar=row.id, code=result.code)
        row.failure, row.failed_since = result.code, row.failed_since or now
        row.next_fetch_at = now + RETRY_AFTER
        return False
    if row.failure:
        log.info("calendar_read_again", calendar=row.id)
    row.failure = row.failed_since = None
    row.fetched_at = now
    row.next_fetch_at = now + (FEED_EVERY if row.url else FILE_EVERY)
    row.etag, row.last_modified = result.copy.etag, result.copy.last_modified
    if result.found is None:
        return False
    row.body, row.expanded, row.quarantined = result.copy.body, expansion(due.ask), list(result.found.quarantined)
    before = replace_absences(session, row, result.found.absences, due.ask.starts_at)
    # Repetitions that only now came into the window at its far end are no news.
    since, until = due.ask.starts_at, due.ask.ends_at - 2 * FILE_EVERY
    changed = clip(before, since, until) != clip(result.found.absences, since, until)
    row.version += changed
    return changed


def replace_absences(
    session: Session, row: CalendarRow, absences: Sequence[Interval], since: datetime
) -> list[Interval]:
    """Make the table say what the calendar says from `since` on; what it said of the time before stays for as long as
    anything may be learned of it. Returns what the table said before.
    """
    said = session.exec(
        select(AbsenceRow.starts_at, AbsenceRow.ends_at)
        .where(AbsenceRow.calendar_id == row.id)
        .order_by(col(AbsenceRow.starts_at))
    )
    before = [(starts_at, ends_at) for starts_at, ends_at in said]
    past = clip(before, since - timedelta(days=REMEMBERED_DAYS) + BEFORE, since)
    after = merge([*past, *absences])
    if before == list(after):
        return before
    session.exec(sa.delete(AbsenceRow).where(col(AbsenceRow.calendar_id) == row.id))
    session.add_all(
        AbsenceRow(calendar_id=row.id, household_id=row.household_id, starts_at=starts_at, ends_at=ends_at)
        for starts_at, ends_at in after
    )
    session.flush()
    return before


def window(now: datetime) -> Interval:
    """What is expanded: it moves once a day, so that an unchanged calendar writes nothing between two looks."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - BEFORE, day + AHEAD


def expansion(ask: Ask) -> str:
    """Names the window and the zone that absences were found for."""
    return f"{ask.starts_at.date()} {ask.zone}"


def _due(row: CalendarRow, zone: str, now: datetime) -> Due:
    starts_at, ends_at = window(now)
    ask = Ask(zone, starts_at, ends_at, tuple(row.words), row.all_events_mean_away)
    return Due(row.id, row.version, row.url, row.etag, row.last_modified, row.body, row.expanded, ask)


def household_of(session: Session, calendar_id: str) -> str | None:
    """None: the calendar was removed meanwhile."""
    row = session.get(CalendarRow, calendar_id)
    return row.household_id if row else None
