"""For who looks after somebody: how they are, and what to do when they need help."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from cloud import db
from cloud.emergencies import answering, history, points
from cloud.emergencies.answering import Who
from cloud.emergencies.rules import Disposition
from cloud.emergencies.tables import Alarm, Contact, Drill
from cloud.flows import alarms, circles, listening
from cloud.people.tables import Person
from cloud.views import safety as view
from cloud.web import safety_words, words
from cloud.web.deps import (
    Csrf,
    MaybeVisitor,
    Now,
    Reads,
    SameOrigin,
    SignedIn,
    SignInNow,
    Visitor,
    WebDep,
    Writes,
    csrf,
)
from cloud.web.templating import page
from contract.fields import Point

router = APIRouter(prefix="/circle")


@router.get("")
def shown(request: Request, visitor: SignedIn, session: Reads, now: Now, done: str = "", problem: str = "") -> Response:
    found = view.of_circle(session, visitor.person.id, now)
    return page(
        request, "safety/circle.html", visitor, zone=found[0].zone if found else None, seen=found, now=now,
        said=safety_words, points=points, done=safety_words.DONE.get(done), problem=safety_words.problem(problem),
    )  # fmt: skip


@router.post("/alarms/{alarm_id}/take", dependencies=[Csrf])
def take(
    visitor: SignedIn, session: Writes, web: WebDep, now: Now, alarm_id: str, seen: Annotated[str, Form()] = ""
) -> Response:
    """`seen`: its holder when the page was drawn."""
    who = _who(session, visitor, alarm_id)
    if _is_with_another(session, alarm_id, who, seen):
        return _back("taken", answering.Refused.NOT_YOURS)
    return _back("taken", alarms.acknowledge(session, web.ids, alarm_id, who, now))


@router.post("/alarms/{alarm_id}/pass-on", dependencies=[Csrf])
def pass_on(visitor: SignedIn, session: Writes, now: Now, alarm_id: str) -> Response:
    who = _who(session, visitor, alarm_id)
    return _back("passed", answering.pass_on(session, alarm_id, who, now))


@router.post("/alarms/{alarm_id}/close", dependencies=[Csrf])
def close(
    visitor: SignedIn,
    session: Writes,
    web: WebDep,
    now: Now,
    alarm_id: str,
    disposition: Annotated[Disposition, Form()],
    seen: Annotated[str, Form()] = "",
) -> Response:
    who = _who(session, visitor, alarm_id)
    if _is_with_another(session, alarm_id, who, seen):
        return _back("closed", answering.Refused.NOT_YOURS)
    return _back("closed", listening.close(session, web.ids, alarm_id, who, disposition, now))


@router.post("/{wearer_id}/point", dependencies=[Csrf])
def choose_point(
    visitor: SignedIn, session: Writes, web: WebDep, now: Now, wearer_id: str, point: Annotated[Point, Form()]
) -> Response:
    """How readily the band takes something for a fall: who is called for it may say so, and it is on record."""
    found = _looked_after(session, visitor, wearer_id, now)
    listening.choose(session, web.ids, found.wearer, point, visitor.person, now)
    return RedirectResponse("/circle?done=listening", status_code=303)


@router.post("/{wearer_id}/missed", dependencies=[Csrf])
def tell_missed(visitor: SignedIn, session: Writes, web: WebDep, now: Now, wearer_id: str) -> Response:
    found = _looked_after(session, visitor, wearer_id, now)
    listening.missed(session, web.ids, found.wearer, visitor.person, now)
    return RedirectResponse("/circle?done=missed", status_code=303)


@router.post("/{wearer_id}/drill", dependencies=[Csrf])
def begin_drill(visitor: SignedIn, session: Writes, web: WebDep, now: Now, wearer_id: str) -> Response:
    """Who is mailed was named beforehand by the household, and has agreed to it."""
    found = _looked_after(session, visitor, wearer_id, now)
    if not found.is_allowed:
        return RedirectResponse("/circle?problem=off", status_code=303)
    begun = alarms.begin_drill(session, web.ids, wearer_id, visitor.person.name, now)
    return RedirectResponse("/circle?done=tested" if isinstance(begun, Drill) else f"/circle?problem={begun}", 303)


@router.post("/{wearer_id}/leave", dependencies=[Csrf])
def leave(visitor: SignedIn, session: Writes, wearer_id: str) -> Response:
    if not circles.leave(session, wearer_id, visitor.person.id):
        raise HTTPException(404, words.NOT_FOUND)
    return RedirectResponse("/circle?done=left", status_code=303)


@router.get("/join/{token}")
def ask_join(
    request: Request, visitor: MaybeVisitor, session: Writes, now: Now, token: str, problem: str = ""
) -> Response:
    """By the contact's own link: who has an account signs in and comes back, who has none chooses a password."""
    contact = _invited(session, token, now)
    return page(
        request, "safety/join.html", visitor, contact=contact, email=circles.email_of(session, contact) or "",
        token=token, wearer=circles.wearer_of(session, contact), problem=safety_words.PROBLEMS.get(problem),
    )  # fmt: skip


@router.post("/join/{token}", dependencies=[SameOrigin])
def join(
    request: Request,
    visitor: MaybeVisitor,
    web: WebDep,
    now: Now,
    sign_in_now: SignInNow,
    token: str,
    given: Annotated[str, Form(alias="csrf")] = "",
) -> Response:
    if visitor is not None:
        csrf(request, web, visitor, given)
    with db.transaction(web.engine) as session:
        contact = _invited(session, token, now)
        if visitor is not None:
            circles.join(session, contact, session.get_one(Person, visitor.person.id))
            return RedirectResponse("/circle?done=joined", status_code=303)
        secret = circles.open_account(session, web.ids, contact, sign_in_now)
    to = f"/welcome/{secret}" if secret else f"/circle/join/{token}?problem=has_account"
    return RedirectResponse(to, status_code=303)


def _looked_after(session: Session, visitor: Visitor, wearer_id: str, now: datetime) -> view.Seen:
    """Raises 404 for somebody whom this person does not look after."""
    found = next((one for one in view.of_circle(session, visitor.person.id, now) if one.wearer.id == wearer_id), None)
    if found is None:
        raise HTTPException(404, words.NOT_FOUND)
    return found


def _who(session: Session, visitor: Visitor, alarm_id: str) -> Who:
    """Raises 404 for an alarm of somebody whom this person does not look after."""
    found = view.in_circle_of(session, visitor.person.id, alarm_id)
    if found is None:
        raise HTTPException(404, words.NOT_FOUND)
    contact = found[1]
    return Who(
        contact.name, "page", contact_id=contact.id, person_id=visitor.person.id,
        attempt_id=answering.last_call(session, alarm_id, contact.id),
    )  # fmt: skip


def _is_with_another(session: Session, alarm_id: str, who: Who, seen: str) -> bool:
    held = history.locked(session, alarm_id)
    return held is not None and answering.is_with_another(held[1], who, seen)


def _invited(session: Session, token: str, now: datetime) -> Contact:
    contact = circles.invited(session, token, now)
    if contact is None:
        raise HTTPException(404, words.NOT_FOUND)
    return contact


def _back(done: str, answered: Alarm | answering.Refused) -> Response:
    told = f"done={done}" if isinstance(answered, Alarm) else f"problem={answered}"
    return RedirectResponse(f"/circle?{told}", status_code=303)
