"""The fall alarm: is it on, who wears the band, by which plan is help called, and does it work."""

from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from cloud.consent.service import Answer
from cloud.emergencies import circle, pointing, points
from cloud.emergencies.tables import Drill, Wearer
from cloud.flows import alarms, listening, permissions, standing
from cloud.people import service as people
from cloud.views import safety as view
from cloud.web import safety_words, translations, words
from cloud.web.deps import Csrf, Customer, Now, Reads, Visitor, WebDep, Writes
from cloud.web.templating import page, say
from contract.fields import Point, Purpose
from contract.limits import MAX_INACTIVITY_H

router = APIRouter(prefix="/safety")

SOMEBODY_ELSE = ""
LONGEST_NAME, LONGEST_NOTES = 100, 2000
MINUTE_S = int(timedelta(minutes=1).total_seconds())


@router.get("")
def shown(
    request: Request, visitor: Customer, session: Reads, web: WebDep, now: Now, done: str = "", problem: str = ""
) -> Response:
    found = view.of_household(session, visitor.household_id, now)
    return page(
        request, "safety/safety.html", visitor, zone=_zone(session, visitor), seen=found, now=now, said=safety_words,
        people=people.members(session, visitor.household_id), bounds=circle, minute_s=MINUTE_S, offer=web.offer,
        points=points, hours=pointing.INACTIVITY_H,
        done=safety_words.DONE.get(done), problem=safety_words.problem(problem),
    )  # fmt: skip


@router.post("/{wearer_id}/wearer", dependencies=[Csrf])
def name_wearer(
    visitor: Customer,
    session: Writes,
    web: WebDep,
    now: Now,
    wearer_id: str,
    person: Annotated[str, Form(max_length=32)] = SOMEBODY_ELSE,
    name: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
) -> Response:
    """Somebody of the household, or a name of somebody who never signs in."""
    wearer = own(session, visitor, wearer_id)
    if person == SOMEBODY_ELSE:
        plain = " ".join(name.split())
        if not plain:
            return back(problem="no_name")
        language = translations.plain(visitor.person.language)
        person = people.add_member(session, web.ids, visitor.household_id, plain, language, now).id
    elif person not in {p.id for p in people.members(session, visitor.household_id)}:
        raise HTTPException(404, words.NOT_FOUND)
    listening.tell(session, web.ids, circle.name(session, wearer, person, now), now)  # who wears it has a point, too
    return back(done="named")


@router.post("/{wearer_id}/notes", dependencies=[Csrf])
def note(
    visitor: Customer,
    session: Writes,
    wearer_id: str,
    notes: Annotated[str, Form(max_length=LONGEST_NOTES * 2)] = "",  # a browser counts each line's end once
) -> Response:
    wearer = own(session, visitor, wearer_id)
    wearer.notes = "\n".join(line.rstrip() for line in notes.strip().splitlines())[:LONGEST_NOTES]
    session.add(wearer)
    return back(done="notes")


@router.post("/{wearer_id}/plan", dependencies=[Csrf])
def plan(
    visitor: Customer,
    session: Writes,
    wearer_id: str,
    answer: Annotated[int, Form(ge=0, le=10_000)],
    rounds: Annotated[int, Form(ge=0, le=1000)],
    hold_minutes: Annotated[int, Form(ge=0, le=1000)],
    answer_in: Annotated[Literal["seconds", "minutes"], Form()] = "minutes",
) -> Response:
    wearer = own(session, visitor, wearer_id)
    changed = circle.change_plan(
        session,
        wearer,
        step_s=answer * (MINUTE_S if answer_in == "minutes" else 1),
        rounds=rounds,
        lease_s=hold_minutes * MINUTE_S,
    )
    return back(done="plan") if isinstance(changed, Wearer) else back(problem=changed)


@router.post("/{wearer_id}/point", dependencies=[Csrf])
def choose_point(
    visitor: Customer, session: Writes, web: WebDep, now: Now, wearer_id: str, point: Annotated[Point, Form()]
) -> Response:
    listening.choose(session, web.ids, own(session, visitor, wearer_id), point, visitor.person, now)
    return back(done="listening")


@router.post("/{wearer_id}/missed", dependencies=[Csrf])
def tell_missed(visitor: Customer, session: Writes, web: WebDep, now: Now, wearer_id: str) -> Response:
    listening.missed(session, web.ids, own(session, visitor, wearer_id), visitor.person, now)
    return back(done="missed")


@router.post("/{wearer_id}/inactivity", dependencies=[Csrf])
def ask_after(
    visitor: Customer, session: Writes, web: WebDep, now: Now, wearer_id: str,
    hours: Annotated[int, Form(ge=0, le=MAX_INACTIVITY_H)],
) -> Response:  # fmt: skip
    listening.ask_after(session, web.ids, own(session, visitor, wearer_id), hours, visitor.person, now)
    return back(done="listening")


@router.post("/{wearer_id}/drill", dependencies=[Csrf])
def begin_drill(visitor: Customer, session: Writes, web: WebDep, now: Now, wearer_id: str) -> Response:
    """Who is mailed was named beforehand: only contacts who have agreed to it."""
    wearer = own(session, visitor, wearer_id)
    if not view.of_household(session, visitor.household_id, now).is_allowed:
        return back(problem="off")
    begun = alarms.begin_drill(session, web.ids, wearer.id, visitor.person.name, now)
    if isinstance(begun, Drill):
        return RedirectResponse(f"/safety/drills/{begun.id}", status_code=303)
    return back(problem=begun)


@router.get("/drills/{drill_id}")
def drill(request: Request, visitor: Customer, session: Reads, now: Now, drill_id: str) -> Response:
    found = view.drill(session, visitor.household_id, drill_id)
    if found is None:
        raise HTTPException(404, words.NOT_FOUND)
    return page(
        request, "safety/drill.html", visitor, zone=_zone(session, visitor), now=now, said=safety_words,
        seen=view.drill_seen(session, found[0], now),
    )  # fmt: skip


@router.get("/off")
def ask_off(request: Request, visitor: Customer, session: Reads, now: Now) -> Response:
    """Loud: what then does not happen any more, and who is told."""
    wearers = circle.wearers(session, visitor.household_id)
    told = {one.to.name: one for wearer in wearers for one in standing.audience(session, wearer)}
    called = [contact.name for wearer in wearers for contact in circle.contacts(session, wearer.id)]
    return page(
        request, "safety/off.html", visitor, zone=_zone(session, visitor), told=list(told), said=safety_words,
        untold=[name for name in called if name not in told],
        seen=view.of_household(session, visitor.household_id, now),
    )  # fmt: skip


@router.post("/off", dependencies=[Csrf])
def off(visitor: Customer, session: Writes, web: WebDep, now: Now) -> Response:
    """The permission is taken back; the change is told with it."""
    language = translations.plain(visitor.person.language)
    text = say(language, words.PURPOSES[Purpose.SAFETY][1])
    said = Answer(
        Purpose.SAFETY,
        given=False,
        text=text,
        text_version=words.PURPOSE_TEXT_VERSION,
        language=language,
        actor_id=visitor.person.id,
        channel="page",
    )
    permissions.answer(session, web.ids, visitor.household_id, said, now)
    return back(done="off")


def own(session: Session, visitor: Visitor, wearer_id: str) -> Wearer:
    """Raises 404 for a wearer of another household."""
    wearer = circle.wearer(session, visitor.household_id, wearer_id)
    if wearer is None:
        raise HTTPException(404, words.NOT_FOUND)
    return wearer


def back(*, done: str = "", problem: str = "", part: str = "") -> Response:
    told = f"done={done}" if done else f"problem={problem}"
    return RedirectResponse(f"/safety?{told}{part}", status_code=303)


def _zone(session: Session, visitor: Visitor) -> ZoneInfo:
    return ZoneInfo(people.household(session, visitor.household_id).time_zone)
