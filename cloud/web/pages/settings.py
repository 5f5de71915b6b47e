"""Language, and what we have noted about the home."""

from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from cloud import db
from cloud.devices import registry
from cloud.people import service as people
from cloud.people.tables import Person
from cloud.web import translations
from cloud.web.deps import Customer, MaybeVisitor, Reads, SameOrigin, WebDep, csrf
from cloud.web.templating import LANGUAGE_COOKIE, page

router = APIRouter()

_YEAR_S = 365 * 24 * 3600


@router.get("/settings")
def settings(request: Request, visitor: Customer, session: Reads) -> Response:
    household = people.household(session, visitor.household_id)
    return page(
        request, "settings.html", visitor, zone=ZoneInfo(household.time_zone), household=household,
        people=people.customers(session, household.id), agents=registry.agents_of(session, household.id),
    )  # fmt: skip


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
