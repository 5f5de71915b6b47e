"""Pauses and calendars: when nobody is home, and what that moves."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from cloud import db
from cloud.calendars import rules
from cloud.calendars import service as calendars
from cloud.calendars.feeds import Fetched, NotModified
from cloud.calendars.ics import Refused
from cloud.calendars.service import HouseholdCalendar, NewCalendar, NewPause
from cloud.flows import permissions
from cloud.people import service as people
from cloud.web import templating
from cloud.web.deps import Csrf, Customer, Now, Reads, Web, WebDep, Writes

router = APIRouter(include_in_schema=False)

MONTHS = 3
LARGEST_FILE = 512 * 1024


@dataclass(frozen=True)
class Day:
    """One square of a month."""

    date: date
    in_month: bool
    away: bool
    blocked: bool
    today: bool


@router.get("/away")
def away(request: Request, session: Reads, visitor: Customer, now: Now, said: str = "", found: int = 0) -> Response:
    household = people.household(session, visitor.household_id)
    zone = ZoneInfo(household.time_zone)
    view = calendars.view(session, household.id, household.time_zone, now, 120)
    today = now.astimezone(zone).date()
    return templating.page(
        request, "away.html", visitor, zone=zone, today=today, months=_months(today, view, zone), said=said,
        found=found, pauses=calendars.pauses(session, household.id, today),
        calendars=calendars.calendars(session, household.id), view=view,
    )  # fmt: skip


@router.post("/away/pauses", dependencies=[Csrf])
def add_pause(
    session: Writes, web: WebDep, visitor: Customer, now: Now,
    starts_on: Annotated[date, Form()], ends_on: Annotated[date, Form()],
    kind: Annotated[Literal["away", "no_deliveries"], Form()] = "away",
) -> Response:  # fmt: skip
    people.lock(session, visitor.household_id)
    pause = NewPause(starts_on, ends_on, rules.PauseKind(kind), "", "person", visitor.person.id)
    made = calendars.add_pause(session, web.ids, visitor.household_id, pause, now)
    if isinstance(made, Refused):
        return _back(made.code)
    permissions.look_again(session, visitor.household_id, now)
    return _back("pause_added")


@router.post("/away/pauses/{pause_id}/end", dependencies=[Csrf])
def end_pause(session: Writes, visitor: Customer, now: Now, pause_id: str) -> Response:
    if not calendars.cancel_pause(session, visitor.household_id, pause_id, now):
        raise HTTPException(404)
    permissions.look_again(session, visitor.household_id, now)
    return _back("pause_ended")


@router.post("/away/calendars", dependencies=[Csrf])
def add_calendar(
    web: WebDep, visitor: Customer, now: Now,
    address: Annotated[str, Form()] = "", file: Annotated[UploadFile | None, File()] = None,
) -> Response:  # fmt: skip
    """Fetched and read outside of any transaction; then written in one."""
    body = file.file.read(LARGEST_FILE + 1) if file is not None and file.filename else b""
    copy = Fetched(body) if body else web.fetcher(address.strip())
    if isinstance(copy, Refused | NotModified):
        return _back(copy.code if isinstance(copy, Refused) else "bad_answer")
    name = file.filename if body and file is not None and file.filename else "Calendar"
    new = NewCalendar(name[:100], None if body else address.strip())
    with db.reading(web.engine) as session:
        zone = people.household(session, visitor.household_id).time_zone
    examined = calendars.examine(new, copy, zone, web.expander, now)
    if isinstance(examined, Refused):
        return _back(examined.code)
    with db.transaction(web.engine) as session:
        made = _write(session, web, visitor.household_id, examined, now)
    return _back(made, examined.absences_ahead(now))


@router.post("/away/calendars/{calendar_id}/remove", dependencies=[Csrf])
def remove_calendar(session: Writes, visitor: Customer, now: Now, calendar_id: str) -> Response:
    if not calendars.remove_calendar(session, visitor.household_id, calendar_id, now):
        raise HTTPException(404)
    permissions.look_again(session, visitor.household_id, now)
    return _back("calendar_removed")


def _write(session: Session, web: Web, household_id: str, examined: calendars.Examined, now: datetime) -> str:
    made = calendars.add_calendar(session, web.ids, household_id, examined, now)
    if isinstance(made, Refused):
        return made.code
    permissions.look_again(session, household_id, now)
    return "calendar_added"


def _months(today: date, view: HouseholdCalendar, zone: ZoneInfo) -> list[tuple[date, list[list[Day]]]]:
    shown = []
    first = today.replace(day=1)
    for _ in range(MONTHS):
        weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
        shown.append((first, [[_day(d, first, today, view, zone) for d in week] for week in weeks]))
        first = (first + timedelta(days=32)).replace(day=1)
    return shown


def _day(day: date, month: date, today: date, view: HouseholdCalendar, zone: ZoneInfo) -> Day:
    home = rules.somebody_home(day, view.absences, zone)
    return Day(day, day.month == month.month, not home, day in view.blocked, day == today)


def _back(said: str, found: int = 0) -> Response:
    return RedirectResponse(f"/away?said={said}&found={found}#said", 303)
