"""The boxes that speak for a home's devices: add one, let another Pi take its place, retire it."""

import secrets
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from cloud import db
from cloud.devices import claims
from cloud.devices.tables import Agent
from cloud.flows import enrolling
from cloud.people import service as people
from cloud.web import words
from cloud.web.deps import Csrf, Customer, Now, Reads, Visitor, WebDep, Writes
from cloud.web.templating import page

router = APIRouter(prefix="/settings/boxes")

LONGEST_NAME = 100


@router.post("", dependencies=[Csrf])
def add(
    request: Request,
    visitor: Customer,
    session: Writes,
    web: WebDep,
    now: Now,
    name: Annotated[str, Form(max_length=LONGEST_NAME)],
) -> Response:
    """Its code is shown once: only its hash is kept."""
    plain = " ".join(name.split())
    if not plain:
        return _back("no_box_name")
    if not web.settings.credential_key.get_secret_value():
        return _back("no_codes")
    agent = enrolling.add(session, web.ids, visitor.household_id, plain, now)
    if agent is None:
        return _back("too_many_boxes")
    return _code(request, visitor, session, web, agent, now)


@router.post("/{agent_id}/code", dependencies=[Csrf])
def code(request: Request, visitor: Customer, session: Writes, web: WebDep, now: Now, agent_id: str) -> Response:
    """For another Pi, or for a code that was not used in time. The Pi that is this box now stays it until then."""
    if not web.settings.credential_key.get_secret_value():
        return _back("no_codes")
    return _code(request, visitor, session, web, _own(session, visitor, agent_id), now)


@router.get("/{agent_id}/retire")
def ask_retire(request: Request, visitor: Customer, session: Reads, agent_id: str) -> Response:
    return page(
        request, "box_retire.html", visitor, zone=_zone(session, visitor), agent=_own(session, visitor, agent_id)
    )


@router.post("/{agent_id}/retire", dependencies=[Csrf])
def retire(visitor: Customer, web: WebDep, now: Now, agent_id: str) -> Response:
    with db.transaction(web.engine) as session:
        enrolling.retire(session, web.ids, _own(session, visitor, agent_id).id, now)
    return RedirectResponse("/settings?done=box_retired", status_code=303)


def _code(request: Request, visitor: Visitor, session: Session, web: WebDep, agent: Agent, now: Now) -> Response:
    given = claims.code(secrets.token_bytes(claims.CODE_BYTES))
    claim = claims.issue(session, agent, given, visitor.person.id, now)
    return page(
        request, "box_code.html", visitor, zone=_zone(session, visitor), agent=agent, code=given,
        until=claim.expires_at, url=web.settings.public_url,
    )  # fmt: skip


def _own(session: Session, visitor: Visitor, agent_id: str) -> Agent:
    """Raises 404 for a box of another home, and for a retired one."""
    agent = enrolling.own(session, visitor.household_id, agent_id)
    if agent is None:
        raise HTTPException(404, words.NOT_FOUND)
    return agent


def _zone(session: Session, visitor: Visitor) -> ZoneInfo:
    return ZoneInfo(people.household(session, visitor.household_id).time_zone)


def _back(problem: str) -> Response:
    return RedirectResponse(f"/settings?problem={problem}", status_code=303)
