"""Days away: pauses and calendars in a month view, and at once which deliveries move."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from cloud import db
from cloud.calendars import feeds, ics
from cloud.calendars import service as calendars
from cloud.calendars.feeds import Fetched, NotModified
from cloud.calendars.ics import Refused
from cloud.calendars.rules import PauseKind
from cloud.calendars.service import Examined, NewCalendar, NewPause
from cloud.flows import permissions
from cloud.people import service as people
from cloud.views import months
from cloud.web import words
from cloud.web.deps import Csrf, Customer, Now, Reads, Visitor, Web, WebDep, Writes
from cloud.web.templating import page

router = APIRouter(prefix="/away")


@router.get("")
def away(
    request: Request,
    visitor: Customer,
    session: Reads,
    now: Now,
    month: str = "",
    first: date | None = None,
    last: date | None = None,
    done: str = "",
    problem: str = "",
) -> Response:
    seen = months.view(session, visitor.household_id, months.Asked(month, first, last), now)
    today = now.astimezone(seen.zone).date()
    return page(
        request, "away.html", visitor, zone=seen.zone, seen=seen,
        pauses=calendars.pauses(session, visitor.household_id, today),
        calendars=calendars.calendars(session, visitor.household_id),
        done=words.DONE.get(done), problem=words.CALENDAR_PROBLEMS.get(problem), now=now,
    )  # fmt: skip


@router.post("/pauses", dependencies=[Csrf])
def add_pause(
    visitor: Customer,
    session: Writes,
    web: WebDep,
    now: Now,
    first: Annotated[date, Form()],
    last: Annotated[date, Form()],
    kind: Annotated[PauseKind, Form()],
) -> Response:
    new = NewPause(first, last, kind, None, "person", visitor.person.id)
    people.lock(session, visitor.household_id)
    made = calendars.add_pause(session, web.ids, visitor.household_id, new, now)
    if isinstance(made, Refused):
        return _back(problem=made.code)
    permissions.look_again(session, visitor.household_id, now)
    return _back(done="pause")


@router.post("/pauses/{pause_id}/cancel", dependencies=[Csrf])
def cancel_pause(visitor: Customer, session: Writes, now: Now, pause_id: str) -> Response:
    if not calendars.cancel_pause(session, visitor.household_id, pause_id, now):
        raise HTTPException(404, words.NOT_FOUND)
    permissions.look_again(session, visitor.household_id, now)
    return _back(done="pause_gone")


@router.post("/calendars", dependencies=[Csrf])
def add_calendar(
    visitor: Customer,
    web: WebDep,
    now: Now,
    name: Annotated[str, Form(max_length=100)] = "",
    address: Annotated[str, Form(max_length=2000)] = "",
    file: Annotated[UploadFile | None, File()] = None,
    every: Annotated[bool, Form()] = False,  # noqa: FBT002 - a checkbox
) -> Response:
    """Fetched and read before any transaction is open."""
    copy = _copy(web, address.strip(), file)
    if isinstance(copy, Refused):
        return _back(problem=copy.code)
    with db.reading(web.engine) as session:
        zone = people.household(session, visitor.household_id).time_zone
    shown = name.strip() or (file.filename if file and file.filename else "") or "iCalendar"
    new = NewCalendar(shown[:100], address.strip() or None, all_events_mean_away=every)
    found = calendars.examine(new, copy, zone, web.expander, now)
    if isinstance(found, Refused):
        return _back(problem=found.code)
    with db.transaction(web.engine) as session:
        return _keep(session, web, visitor, found, now)


@router.post("/calendars/{calendar_id}/remove", dependencies=[Csrf])
def remove_calendar(visitor: Customer, session: Writes, now: Now, calendar_id: str) -> Response:
    if not calendars.remove_calendar(session, visitor.household_id, calendar_id, now):
        raise HTTPException(404, words.NOT_FOUND)
    permissions.look_again(session, visitor.household_id, now)
    return _back(done="calendar_gone")


def _copy(web: Web, address: str, file: UploadFile | None) -> Fetched | Refused:
    if address:
        problem = feeds.address_problem(address)
        answer = Refused(problem) if problem else web.fetcher(address)
        return Refused("bad_answer") if isinstance(answer, NotModified) else answer
    if file is None or not file.filename:
        return Refused("no_calendar")
    body = file.file.read(ics.MAX_BYTES + 1)
    return Fetched(body) if len(body) <= ics.MAX_BYTES else Refused("too_large")


def _keep(session: Session, web: Web, visitor: Visitor, found: Examined, now: datetime) -> Response:
    people.lock(session, visitor.household_id)
    made = calendars.add_calendar(session, web.ids, visitor.household_id, found, now)
    if isinstance(made, Refused):
        return _back(problem=made.code)
    permissions.look_again(session, visitor.household_id, now)
    return _back(done="calendar" if found.absences_ahead(now) else "calendar_empty")


def _back(*, done: str = "", problem: str = "") -> Response:
    return RedirectResponse(f"/away?done={done}" if done else f"/away?problem={problem}", status_code=303)
