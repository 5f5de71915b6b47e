"""Sign in, choose a password by invitation, sign out, choose a language."""

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from cloud import db
from cloud.people import rules
from cloud.people import service as people
from cloud.people.service import SignedIn
from cloud.people.tables import Role
from cloud.web import templating, translations
from cloud.web.deps import COOKIE, Csrf, MaybeVisitor, Now, SameOrigin, Web, WebDep
from cloud.web.deps import SignedIn as SignedInVisitor

router = APIRouter(include_in_schema=False)

TRIES_OF_AN_ADDRESS = 20
WITHIN = timedelta(minutes=5)
HASHERS = threading.BoundedSemaphore(2)  # each takes 64 MiB and a third of a second on purpose


@dataclass
class Tries:
    """How often an address has tried of late; in memory, by process."""

    _at: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def may(self, address: str, now: datetime) -> bool:
        with self._lock:
            tries = self._at[address]
            while tries and now - tries[0] > WITHIN:
                tries.popleft()
            if len(tries) >= TRIES_OF_AN_ADDRESS:
                return False
            tries.append(now)
            return True


_TRIES = Tries()


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: MaybeVisitor) -> Response:
    if visitor is not None:
        return RedirectResponse(_start(visitor.person.role), 303)
    return templating.page(request, "sign_in.html", None, problem="")


@router.post("/sign-in", dependencies=[SameOrigin])
def sign_in(
    request: Request, web: WebDep, now: Now, email: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    address = request.client.host if request.client else ""
    if not _TRIES.may(address, now):
        return templating.page(request, "sign_in.html", None, status=429, problem="too_many")
    with db.reading(web.engine) as session:
        account = people.account_for(session, email)
        password_hash = account.password_hash if account else None
        locked = account is not None and account.locked_until is not None and now < account.locked_until
    with HASHERS:
        fits = people.password_fits(password_hash, password[: rules.LONGEST_PASSWORD])
    if locked:
        return templating.page(request, "sign_in.html", None, status=429, problem="locked")
    done = _settle(web, email, now, fits=fits)
    if done is None:
        return templating.page(request, "sign_in.html", None, status=401, problem="wrong")
    return _with_cookie(web, done)


def _settle(web: Web, email: str, now: datetime, *, fits: bool) -> SignedIn | None:
    with db.transaction(web.engine) as session:
        account = people.account_for(session, email)
        if account is None:
            return None
        if not fits:
            people.note_failure(session, account, now)
            return None
        return people.sign_in(session, account, now)


@router.get("/welcome/{secret}")
def welcome_page(request: Request, web: WebDep, now: Now, secret: str) -> Response:
    with db.reading(web.engine) as session:
        known = people.invited(session, secret, now) is not None
    return templating.page(request, "welcome.html", None, status=200 if known else 404, known=known, problem="")


@router.post("/welcome/{secret}", dependencies=[SameOrigin])
def welcome(request: Request, web: WebDep, now: Now, secret: str, password: Annotated[str, Form()] = "") -> Response:
    problem = rules.password_problem(password)
    if problem is not None:
        return templating.page(request, "welcome.html", None, status=422, known=True, problem=problem)
    with HASHERS:
        hashed = people.hash_password(password)
    with db.transaction(web.engine) as session:
        account = people.invited(session, secret, now)
        if account is not None:
            people.set_password(session, account, hashed)
            done = people.sign_in(session, account, now)
    if account is None:
        return templating.page(request, "welcome.html", None, status=404, known=False, problem="")
    return _with_cookie(web, done)


@router.post("/sign-out", dependencies=[Csrf])
def sign_out(request: Request, web: WebDep, visitor: SignedInVisitor) -> Response:
    del visitor
    with db.transaction(web.engine) as session:
        people.sign_out(session, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@router.post("/language", dependencies=[SameOrigin])
def language(web: WebDep, to: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    response = RedirectResponse(back if back.startswith("/") and not back.startswith("//") else "/", 303)
    response.set_cookie(
        templating.LANGUAGE_COOKIE, translations.plain(to), max_age=31_536_000, samesite="lax",
        secure=web.settings.secure_cookies, httponly=True,
    )  # fmt: skip
    return response


def _with_cookie(web: Web, done: SignedIn) -> Response:
    response = RedirectResponse(_start(done.person.role), 303)
    response.set_cookie(
        COOKIE, done.secret, max_age=int(rules.SIGN_IN_LASTS.total_seconds()), httponly=True, samesite="lax",
        secure=web.settings.secure_cookies,
    )  # fmt: skip
    return response


def _start(role: Role | str) -> str:
    return "/staff" if role == Role.STAFF else "/"
