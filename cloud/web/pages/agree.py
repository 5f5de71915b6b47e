"""A contact says by their own link whether they want to be called, and rehearsed. The link changes it later, too."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from cloud import db
from cloud.flows import by_link, circles
from cloud.flows.by_link import Wrong
from cloud.web import answer_words, link_pages
from cloud.web.deps import Now, Reads, WebDep

router = APIRouter(prefix="/agree")


@router.get("/{token}")
def shown(request: Request, session: Reads, now: Now, token: str, did: str = "") -> Response:
    contact = by_link.contact(session, token, now)
    if isinstance(contact, Wrong):
        return link_pages.refuse(request, contact, now)
    return link_pages.show(
        request, "answer/agree.html", contact.language, contact=contact, wearer=circles.wearer_of(session, contact),
        done=answer_words.AGREED.get(did, ""),
    )  # fmt: skip


@router.post("/{token}")
def agree(
    request: Request,
    web: WebDep,
    now: Now,
    token: str,
    alarms: Annotated[Literal["yes", "no"], Form()],
    drills: Annotated[Literal["yes", "no"], Form()] = "no",
) -> Response:
    with db.transaction(web.engine) as session:
        contact = by_link.contact(session, token, now)
        if not isinstance(contact, Wrong):
            by_link.agree(session, contact, alarms=alarms == "yes", drills=drills == "yes", now=now)
    if isinstance(contact, Wrong):
        return link_pages.refuse(request, contact, now)
    return link_pages.back(request, "yes" if alarms == "yes" else "no", contact.language)
