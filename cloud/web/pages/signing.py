"""Sign in, choose the first password, sign out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from cloud import db
from cloud.people import rules
from cloud.people import service as people
from cloud.people.service import SignedIn
from cloud.people.tables import Account, Role
from cloud.web import attempts, words
from cloud.web.attempts import Window
from cloud.web.deps import COOKIE, Csrf, MaybeVisitor, Reads, SameOrigin, SignInNow, Web, WebDep, Writes
from cloud.web.templating import page

router = APIRouter()

PASSWORDS_AT_ONCE = 2  # argon2 takes memory and a processor; who comes third waits
WAITING_AT_MOST = 8  # whoever waits takes a thread, and contacts who answer an alarm need one, too
_hashing = threading.BoundedSemaphore(PASSWORDS_AT_ONCE)
_queue = threading.BoundedSemaphore(PASSWORDS_AT_ONCE + WAITING_AT_MOST)
MOST_TRIES, WITHIN = 20, timedelta(minutes=10)  # of one address
_COOKIE_LASTS_S = int(rules.SIGN_IN_LASTS.total_seconds())


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: MaybeVisitor, to: str = "/") -> Response:
    if visitor is not None:
        return RedirectResponse(_inside(to), status_code=303)
    return page(request, "sign_in.html", None, to=_inside(to), email="", problem=None)


@router.post("/sign-in", dependencies=[SameOrigin])
def sign_in(
    request: Request,
    web: WebDep,
    now: SignInNow,
    email: Annotated[str, Form(max_length=254)],
    password: Annotated[str, Form(max_length=1000)],
    to: Annotated[str, Form()] = "/",
) -> Response:
    """The slow part, comparing passwords, is outside of any transaction."""
    if not _may_try(request, now):
        problem, status = words.TOO_MANY_TRIES, 429
        return page(request, "sign_in.html", None, status=status, to=_inside(to), email=email, problem=problem)
    with db.reading(web.engine) as session:
        account = people.account_for(session, email)
        known_hash = account.password_hash if account else None
    with _turn() as is_ours:
        fits = is_ours and people.password_fits(known_hash, password)
    if not is_ours:
        return page(request, "sign_in.html", None, status=429, to=_inside(to), email=email, problem=words.BUSY)
    signed = _settle(web, email, known_hash, now, fits=fits)
    if isinstance(signed, str):
        return page(request, "sign_in.html", None, status=403, to=_inside(to), email=email, problem=signed)
    return _with_cookie(web, signed, _inside(to))


@contextmanager
def _turn() -> Iterator[bool]:
    """For the slow part. False: too many wait for theirs already."""
    if not _queue.acquire(blocking=False):
        yield False
        return
    try:
        with _hashing:
            yield True
    finally:
        _queue.release()


def _settle(web: Web, email: str, known_hash: str | None, now: datetime, *, fits: bool) -> SignedIn | str:
    """The account as it stands now decides: a lock that came meanwhile holds."""
    with db.transaction(web.engine) as session:
        account = people.account_for(session, email)
        if account is None:
            return words.WRONG_PASSWORD
        if account.locked_until is not None and now < account.locked_until:
            return words.LOCKED
        if not fits or account.password_hash != known_hash:
            people.note_failure(session, account, now)
            return words.WRONG_PASSWORD
        return people.sign_in(session, account, now)


@router.get("/welcome/{secret}")
def welcome_page(request: Request, session: Reads, now: SignInNow, secret: str) -> Response:
    account = people.invited(session, secret, now)
    if account is None:
        raise HTTPException(404, words.NOT_FOUND)
    return page(request, "welcome.html", None, email=account.email, problem=None)


@router.post("/welcome/{secret}", dependencies=[SameOrigin])
def welcome(
    request: Request, web: WebDep, now: SignInNow, secret: str, password: Annotated[str, Form(max_length=1000)]
) -> Response:
    with db.reading(web.engine) as session:
        found = people.invited(session, secret, now)
        email = found.email if found else None
    if email is None or not _may_try(request, now):
        raise HTTPException(404, words.NOT_FOUND)
    problem = rules.password_problem(password)
    if problem is not None:
        text = words.PASSWORD_PROBLEMS[problem]
        return page(request, "welcome.html", None, status=422, email=email, problem=text)
    with _turn() as is_ours:
        password_hash = people.hash_password(password) if is_ours else ""
    if not is_ours:
        raise HTTPException(429, words.BUSY)
    with db.transaction(web.engine) as session:
        account = people.invited(session, secret, now)
        if account is None:  # used by another browser meanwhile
            raise HTTPException(404, words.NOT_FOUND)
        signed = _first_sign_in(session, account, password_hash, now)
    return _with_cookie(web, signed, "/")


def _first_sign_in(session: Session, account: Account, password_hash: str, now: datetime) -> SignedIn:
    people.set_password(session, account, password_hash)
    return people.sign_in(session, account, now)


@router.post("/sign-out", dependencies=[Csrf])
def sign_out(request: Request, session: Writes) -> Response:
    people.sign_out(session, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def _with_cookie(web: Web, signed: SignedIn, to: str) -> Response:
    if signed.person.role == Role.STAFF and to == "/":
        to = "/staff/alarms"
    answer = RedirectResponse(to, status_code=303)
    answer.set_cookie(
        COOKIE, signed.secret, max_age=_COOKIE_LASTS_S, httponly=True, samesite="lax",
        secure=web.settings.secure_cookies,
    )  # fmt: skip
    return answer


def _inside(to: str) -> str:
    """Only a path of ours: nobody is led elsewhere after signing in."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else "/"


def _may_try(request: Request, now: datetime) -> bool:
    tries: Window = request.app.state.tries
    return tries.allows(attempts.place(request.client.host if request.client else None), now)
