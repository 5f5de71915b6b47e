"""What the household allows: each purpose a sentence, since when, and whether the device has confirmed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from cloud.consent import service as consent
from cloud.consent.service import Answer
from cloud.consent.tables import Action, ConsentEntry
from cloud.devices import registry
from cloud.flows import permissions
from cloud.people import service as people
from cloud.views import taught_by_homes
from cloud.web import words
from cloud.web.deps import Csrf, Customer, Now, Reads, WebDep, Writes
from cloud.web.templating import page, say
from contract.fields import Purpose

router = APIRouter(prefix="/permissions")

AT_THE_DEVICE = frozenset({"supply", "safety", "movement"})
"""What leaves the home by this purpose; the others are obeyed in the cloud at once."""


@dataclass(frozen=True)
class Confirmation:
    """What one device has said. `at` None: not yet."""

    device: str
    at: datetime | None


@dataclass(frozen=True)
class Shown:
    """One purpose with its answer."""

    purpose: str
    name: str
    text: str
    given: bool
    last: ConsentEntry | None  # None: never asked
    confirmations: tuple[Confirmation, ...]
    last_message_at: datetime | None


@router.get("")
def shown(request: Request, visitor: Customer, session: Reads, done: str = "") -> Response:
    household = people.household(session, visitor.household_id)
    return page(
        request, "permissions.html", visitor, zone=ZoneInfo(household.time_zone),
        purposes=[_shown(session, visitor.household_id, purpose) for purpose in words.PURPOSES],
        text_version=words.PURPOSE_TEXT_VERSION, done=words.DONE.get(done), taught=taught_by_homes.card(session),
    )  # fmt: skip


@router.post("/{purpose}", dependencies=[Csrf])
def answer(
    visitor: Customer,
    session: Writes,
    web: WebDep,
    now: Now,
    purpose: str,
    given: Annotated[bool, Form()],
    text_version: Annotated[str, Form(max_length=32)],
    language: Annotated[str, Form(max_length=8)],
) -> Response:
    """The words that stood before the person are kept with their answer."""
    if purpose not in words.PURPOSES:
        raise HTTPException(404, words.NOT_FOUND)
    if purpose == Purpose.SAFETY and not given:
        return RedirectResponse("/safety/off", status_code=303)  # it is said aloud first what then does not happen
    if text_version != words.PURPOSE_TEXT_VERSION:  # the words have changed since the page was opened
        raise HTTPException(409, words.OLD_FORM)
    text = say(language, words.PURPOSES[purpose][1])
    said = Answer(purpose, given, text, text_version, language, visitor.person.id, "page")
    permissions.answer(session, web.ids, visitor.household_id, said, now)
    return RedirectResponse(f"/permissions?done={'given' if given else 'withdrawn'}", status_code=303)


def _shown(session: Session, household_id: str, purpose: str) -> Shown:
    last = next((e for e in reversed(consent.history(session, household_id)) if e.purpose == purpose), None)
    told: tuple[Confirmation, ...] = ()
    if last is not None and purpose in AT_THE_DEVICE:
        agents = [a for a in registry.agents_of(session, household_id) if a.revoked_at is None]
        told = tuple(Confirmation(a.name, consent.confirmed_at(session, a.id, last.version)) for a in agents)
    name, text = words.PURPOSES[purpose]
    return Shown(
        purpose=purpose,
        name=name,
        text=text,
        given=last is not None and last.action == Action.GIVEN,
        last=last,
        confirmations=told,
        last_message_at=consent.last_message_at(session, household_id, purpose),
    )
