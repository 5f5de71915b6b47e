"""Language, and what we have noted about the home."""

from datetime import datetime
from functools import cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa
from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col

from cloud import db
from cloud.calendars.tables import CalendarRow
from cloud.devices import registry
from cloud.flows import permissions
from cloud.people import service as people
from cloud.people.tables import Person
from cloud.web import translations, words
from cloud.web.deps import Csrf, Customer, MaybeVisitor, Now, Reads, SameOrigin, WebDep, Writes, csrf
from cloud.web.templating import LANGUAGE_COOKIE, page

router = APIRouter()

_YEAR_S = 365 * 24 * 3600
_WHERE_PEOPLE_LIVE = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@router.get("/settings")
def settings(request: Request, visitor: Customer, session: Reads, done: str = "", problem: str = "") -> Response:
    household = people.household(session, visitor.household_id)
    return page(
        request, "settings.html", visitor, zone=ZoneInfo(household.time_zone), household=household,
        people=people.members(session, household.id), agents=registry.agents_of(session, household.id),
        zones=sorted({*zones(), household.time_zone}), done=words.DONE.get(done),
        problem=words.BOX_PROBLEMS.get(problem),
    )  # fmt: skip


@router.post("/settings/time-zone", dependencies=[Csrf])
def time_zone(visitor: Customer, session: Writes, now: Now, zone: Annotated[str, Form(max_length=64)]) -> Response:
    """Where a day begins and ends for this home."""
    if zone not in zones():
        raise HTTPException(400)
    people.lock(session, visitor.household_id)
    household = people.household(session, visitor.household_id)
    if household.time_zone != zone:
        household.time_zone = zone
        session.add(household)
        _read_calendars_again(session, household.id, now)
        permissions.look_again(session, household.id, now)
    return RedirectResponse("/settings?done=zone", status_code=303)


def _read_calendars_again(session: Session, household_id: str, now: datetime) -> None:
    """An all-day entry lives in the household's days, which are others now."""
    session.execute(
        sa.update(CalendarRow)
        .where(col(CalendarRow.household_id) == household_id, col(CalendarRow.removed_at).is_(None))
        .values(next_fetch_at=now)
    )


@cache
def zones() -> frozenset[str]:
    """The names of places, as people look for them; historic abbreviations are left out."""
    return frozenset(name for name in available_timezones() if name.startswith(_WHERE_PEOPLE_LIVE)) | {"UTC"}


@router.post("/language", dependencies=[SameOrigin])
def language(
    request: Request,
    web: WebDep,
    visitor: MaybeVisitor,
    language: Annotated[str, Form(max_length=8)],
    token: Annotated[str, Form(alias="csrf")] = "",
) -> Response:
    """For everybody: kept in the account, or in a cookie before there is one."""
    chosen = translations.plain(language)
    if visitor is not None:
        csrf(request, web, visitor, token)
        with db.transaction(web.engine) as session:
            person = session.get_one(Person, visitor.person.id)
            person.language = chosen
            session.add(person)
    answer = RedirectResponse(_back(request), status_code=303)
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_S, samesite="lax", secure=web.settings.secure_cookies)
    return answer


def _back(request: Request) -> str:
    """The page on which the language was chosen, when a browser says so and it was one to look at."""
    came = urlsplit(request.headers.get("referer", ""))
    return came.path if came.netloc == request.headers.get("host") and came.path.startswith("/") else "/"
