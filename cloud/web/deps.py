"""What every route may ask for: a session, who is signed in, and the proof that a form is ours."""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, Header, HTTPException, Request
from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db
from cloud.calendars.ics import Expander
from cloud.calendars.refresh import Fetch
from cloud.notifications.channels import Offer
from cloud.orders.sending import OnChange, tell_nobody
from cloud.people import service as people
from cloud.people.tables import Person, Role, SignIn
from cloud.settings import Settings
from cloud.views import safety
from cloud.views.safety import Ways
from cloud.web import words
from kit.clock import Clock, SystemClock
from kit.ids import Ids

COOKIE = "forehand"
SEEN_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Web:
    """What the pages stand on."""

    engine: Engine
    settings: Settings
    clock: Clock
    ids: Ids
    fetcher: Fetch
    expander: Expander
    is_ready: Callable[[], dict[str, bool]] = field(default=dict)
    version: Callable[[], str] | None = None
    """A cheap number that changes when something on the pages may have. None: the database is asked."""
    on_change: OnChange = tell_nobody
    offer: Offer = field(default_factory=Offer)  # by which ways a contact can be reached
    counted: Callable[[], dict[str, float]] = dict  # of this process, by name, for /metrics


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in."""

    person: Person
    sign_in: SignIn
    ways: Ways = field(default_factory=Ways)

    @property
    def household_id(self) -> str:
        """Of a customer. Staff have none: routes for customers refuse them first."""
        return self.person.household_id or ""


class SignInNeededError(Exception):
    """Nobody is signed in: pages lead to the sign-in, the API answers 401."""


def web_of(request: Request) -> Web:
    found: Web = request.app.state.web
    return found


WebDep = Annotated[Web, Depends(web_of)]


def moment(web: WebDep) -> datetime:
    return web.clock.now()


Now = Annotated[datetime, Depends(moment)]


def sign_in_moment(web: WebDep) -> datetime:
    """Browsers live in real time, also where the household's days are made to fly."""
    return web.clock.now() if web.settings.clock_file is None else SystemClock().now()


SignInNow = Annotated[datetime, Depends(sign_in_moment)]


def reading_session(web: WebDep) -> Iterator[Session]:
    with db.reading(web.engine) as session:
        yield session


def writing_session(web: WebDep) -> Iterator[Session]:
    with db.transaction(web.engine) as session:
        yield session


# scope="function": committed before the answer is sent, so that a commit that fails is a 500 and not a 200.
Reads = Annotated[Session, Depends(reading_session, scope="function")]
Writes = Annotated[Session, Depends(writing_session, scope="function")]


def visitor_or_none(request: Request, web: WebDep, now: SignInNow) -> Visitor | None:
    """Looked up once a request; `seen_at` is written now and then, in a transaction of its own."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    with db.reading(web.engine) as session:
        found = people.who(session, secret, now)
        ways = Ways() if found is None else safety.ways(session, found[0])
        session.expunge_all()
    if found is None:
        return None
    if now - found[1].seen_at > SEEN_EVERY:
        with db.transaction(web.engine) as session:
            people.seen(session, secret, now)
    return Visitor(*found, ways)


MaybeVisitor = Annotated[Visitor | None, Depends(visitor_or_none)]


def signed_in(visitor: MaybeVisitor) -> Visitor:
    if visitor is None:
        raise SignInNeededError
    return visitor


HOUSEHOLD_ONLY = HTTPException(403, words.NOT_A_HOUSEHOLD)


def _customer(visitor: Annotated[Visitor, Depends(signed_in)]) -> Visitor:
    if visitor.person.role != Role.CUSTOMER or visitor.person.household_id is None:
        raise HOUSEHOLD_ONLY
    return visitor


def _staff(visitor: Annotated[Visitor, Depends(signed_in)]) -> Visitor:
    if visitor.person.role != Role.STAFF:
        raise HTTPException(403, words.NOT_STAFF)
    return visitor


SignedIn = Annotated[Visitor, Depends(signed_in)]
Customer = Annotated[Visitor, Depends(_customer)]
Staff = Annotated[Visitor, Depends(_staff)]


def csrf(
    request: Request,
    web: WebDep,
    visitor: SignedIn,
    token: Annotated[str, Form(alias="csrf")] = "",
    x_csrf_token: Annotated[str, Header()] = "",
) -> None:
    """A form of ours carries the sign-in's own token; a browser that says where it comes from must come from us."""
    same_origin(request, web)
    given = token or x_csrf_token
    if not hmac.compare_digest(given.encode(), visitor.sign_in.csrf_secret.encode()):
        raise HTTPException(403, words.OLD_FORM)


def same_origin(request: Request, web: WebDep) -> None:
    """Raises 403 for a request that another site has sent."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    allowed = {urlsplit(web.settings.public_url).netloc, request.headers.get("host", "")}
    if urlsplit(origin).netloc not in allowed:
        raise HTTPException(403, words.OTHER_SITE)


Csrf = Depends(csrf)
SameOrigin = Depends(same_origin)
