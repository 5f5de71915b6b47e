"""Who is called after a fall: add, put in order, invite to see more, remove."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from sqlmodel import Session

from cloud.emergencies import circle
from cloud.emergencies.circle import NewContact
from cloud.emergencies.tables import Contact, Wearer
from cloud.flows import circles
from cloud.notifications.channels import APPRISE, EMAIL, WEBHOOK, Offer
from cloud.views import safety as view
from cloud.web import safety_words, translations, words
from cloud.web.deps import Csrf, Customer, Now, Reads, Visitor, WebDep, Writes
from cloud.web.pages.safety import LONGEST_NAME, back, own
from cloud.web.templating import page

router = APIRouter(prefix="/safety/{wearer_id}/contacts")

LIST = "#contacts"
_WEB = "https://"


@router.post("", dependencies=[Csrf])
def add(
    visitor: Customer,
    session: Writes,
    web: WebDep,
    now: Now,
    wearer_id: str,
    name: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
    email: Annotated[str, Form(max_length=254)] = "",
    address: Annotated[str, Form(max_length=500)] = "",
    language: Annotated[str, Form(max_length=8)] = "en",
    in_circle: Annotated[bool, Form()] = False,  # noqa: FBT002 - a checkbox
) -> Response:
    """They are asked at once by e-mail; called they are from now on, unless they say no."""
    wearer = own(session, visitor, wearer_id)
    plain, email, address = " ".join(name.split()), email.strip(), address.strip()
    reaches = _reaches(email, address)
    problem = _problem(plain, reaches, web.offer)
    if problem:
        return back(problem=problem)
    new = NewContact(plain, translations.plain(language), reaches, in_circle=in_circle)
    added = circles.add_contact(session, web.ids, wearer, new, now)
    return back(done="contact", part=LIST) if isinstance(added, Contact) else back(problem=added)


@router.post("/{contact_id}/move", dependencies=[Csrf])
def move(
    visitor: Customer, session: Writes, wearer_id: str, contact_id: str, up: Annotated[int, Form(ge=-1, le=1)]
) -> Response:
    wearer, contact = _own(session, visitor, wearer_id, contact_id)
    circle.move(session, wearer.id, contact.id, up)
    return back(done="moved", part=LIST)


@router.post("/{contact_id}/circle", dependencies=[Csrf])
def show(
    visitor: Customer,
    session: Writes,
    wearer_id: str,
    contact_id: str,
    in_circle: Annotated[bool, Form()],
) -> Response:
    _, contact = _own(session, visitor, wearer_id, contact_id)
    circles.show(session, contact, in_circle=in_circle)
    return back(done="shown" if in_circle else "hidden", part=LIST)


@router.post("/{contact_id}/invite", dependencies=[Csrf])
def invite(visitor: Customer, session: Writes, web: WebDep, now: Now, wearer_id: str, contact_id: str) -> Response:
    wearer, contact = _own(session, visitor, wearer_id, contact_id)
    if contact.in_circle and contact.declined_at is None:
        circles.invite(session, web.ids, wearer, contact, now)
    return back(done="invited", part=LIST)


@router.get("/{contact_id}/remove")
def ask_remove(request: Request, visitor: Customer, session: Reads, wearer_id: str, contact_id: str) -> Response:
    wearer, contact = _own(session, visitor, wearer_id, contact_id)
    others = [c for c in circle.contacts(session, wearer.id) if c.id != contact.id and c.declined_at is None]
    return page(
        request, "safety/remove_contact.html", visitor, contact=contact, others=len(others), said=safety_words,
        wearer=circles.name_of(session, wearer), has_staff=view.has_staff(session),
    )  # fmt: skip


@router.post("/{contact_id}/remove", dependencies=[Csrf])
def remove(visitor: Customer, session: Writes, now: Now, wearer_id: str, contact_id: str) -> Response:
    wearer, contact = _own(session, visitor, wearer_id, contact_id)
    circle.remove_contact(session, wearer.id, contact.id, visitor.person.name, now)
    return back(done="removed", part=LIST)


def _own(session: Session, visitor: Visitor, wearer_id: str, contact_id: str) -> tuple[Wearer, Contact]:
    wearer = own(session, visitor, wearer_id)
    contact = circle.contact(session, wearer.id, contact_id)
    if contact is None:
        raise HTTPException(404, words.NOT_FOUND)
    return wearer, contact


def _reaches(email: str, address: str) -> tuple[tuple[str, str], ...]:
    """Channel and address, each."""
    if not address:
        return ((EMAIL, email),)
    return (EMAIL, email), (WEBHOOK if address.lower().startswith(_WEB) else APPRISE, address)


def _problem(name: str, reaches: tuple[tuple[str, str], ...], offer: Offer) -> str | None:
    if not name:
        return "no_name"
    return next((code for reach in reaches if (code := offer.problem(*reach)) is not None), None)
