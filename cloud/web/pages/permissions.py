"""Your data and permissions: each purpose a sentence and a switch; order agreements; everything as a file."""

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, select

from cloud.catalogue import service as catalogue
from cloud.consent import service as consent
from cloud.consent.service import Answer
from cloud.devices import registry
from cloud.devices.tables import Slot
from cloud.flows import permissions
from cloud.people import service as people
from cloud.people.tables import Household
from cloud.replenishment import mandates
from cloud.replenishment.mandates import Terms
from cloud.replenishment.tables import Mandate
from cloud.views import export
from cloud.web import templating, translations, words
from cloud.web.deps import Csrf, Customer, Now, Reads, Visitor, WebDep, Writes

router = APIRouter(include_in_schema=False)

TEXT_VERSION = "2026-11"


@router.get("/permissions")
def shown(request: Request, session: Reads, visitor: Customer, now: Now, said: str = "") -> Response:
    household = people.household(session, visitor.household_id)
    stands = consent.standing(session, household.id)
    agents = registry.agents_of(session, household.id)
    since = {e.purpose: e.at for e in consent.history(session, household.id)}
    confirmed = [consent.confirmed_at(session, a.id, stands.version) for a in agents if a.revoked_at is None]
    return templating.page(
        request, "permissions.html", visitor, zone=ZoneInfo(household.time_zone), stands=stands, since=since,
        said=said, confirmed=confirmed, mandates=mandates.active(session, household.id, now),
        products={p.id: p for p in catalogue.products(session)}, own_products=_own(session, household.id),
        last=consent.last_message_at(session, household.id, "supply"), currency=household.currency,
        until=(now + timedelta(days=365)).date(),
    )  # fmt: skip


@router.post("/permissions/{purpose}", dependencies=[Csrf])
def answer(
    request: Request, session: Writes, web: WebDep, visitor: Customer, now: Now,
    purpose: Literal["supply", "order", "learn"], given: Annotated[bool, Form()],
) -> Response:  # fmt: skip
    language = templating.language_of(request, visitor.person)
    name, text = words.PURPOSES[purpose]
    translated = translations.of(language)
    shown_text = f"{translated.gettext(name)}. {translated.gettext(text)}"
    said = Answer(purpose, given, shown_text, words.PURPOSE_TEXT_VERSION, language, visitor.person.id, "page")
    permissions.answer(session, web.ids, visitor.household_id, said, now)
    return RedirectResponse(f"/permissions?said={'given' if given else 'withdrawn'}#said", 303)


class Signed(BaseModel):
    """The form of an order agreement. Money in whole units of the household's currency."""

    model_config = ConfigDict(extra="ignore")

    product_id: str = Field(max_length=32)
    ceiling: float = Field(gt=0, lt=100_000)
    cap: float = Field(gt=0, lt=1_000_000)
    quantity: int = Field(default=1, ge=1, le=20)
    hours: int = Field(default=24, ge=0, le=168)
    until: date


@router.post("/mandates", dependencies=[Csrf])
def sign(
    request: Request, session: Writes, web: WebDep, visitor: Customer, now: Now, form: Annotated[Signed, Form()]
) -> Response:
    """The exact words that were signed are kept with the agreement."""
    household = people.household(session, visitor.household_id)
    if form.product_id not in {p.id for p in catalogue.products(session)}:
        raise HTTPException(404)
    expires = datetime.combine(form.until, time(23, 59), ZoneInfo(household.time_zone))
    if expires <= now:
        raise HTTPException(422, "The last day is over already.")
    terms = Terms(
        (form.product_id,), round(form.ceiling * 100), round(form.cap * 100), household.currency, form.quantity,
        form.hours, expires, "", TEXT_VERSION, templating.language_of(request, visitor.person),
    )  # fmt: skip
    text = _mandate_text(terms, catalogue.product(session, form.product_id).name, household)
    permissions.sign(session, web.ids, household.id, replace(terms, text=text), visitor.person.id, now)
    return RedirectResponse("/permissions?said=signed#said", 303)


@router.get("/mandates/{mandate_id}/cancel")
def cancel_page(request: Request, session: Reads, visitor: Customer, mandate_id: str) -> Response:
    mandate = _own_mandate(session, visitor, mandate_id)
    zone = ZoneInfo(people.household(session, visitor.household_id).time_zone)
    return templating.page(request, "cancel_mandate.html", visitor, zone=zone, mandate=mandate)


@router.post("/mandates/{mandate_id}/cancel", dependencies=[Csrf])
def cancel(request: Request, session: Writes, web: WebDep, visitor: Customer, now: Now, mandate_id: str) -> Response:
    """The second step; the answer is a dated acknowledgement that can be kept."""
    mandate = permissions.cancel_mandate(session, web.ids, visitor.household_id, mandate_id, now)
    if mandate is None:
        raise HTTPException(404)
    zone = ZoneInfo(people.household(session, visitor.household_id).time_zone)
    return templating.page(request, "cancel_mandate.html", visitor, zone=zone, mandate=mandate)


@router.get("/data.json")
def everything(session: Reads, visitor: Customer, now: Now) -> Response:
    """All that is kept of this household, to take along."""
    body = json.dumps(export.household(session, visitor.household_id, now), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="forehand.json"'}
    return Response(body, media_type="application/json", headers=headers)


def _own(session: Session, household_id: str) -> set[str]:
    rows = session.exec(select(Slot.product_id).where(Slot.household_id == household_id))
    return {product_id for product_id in rows if product_id}


def _own_mandate(session: Session, visitor: Visitor, mandate_id: str) -> Mandate:
    mandate = session.get(Mandate, mandate_id)
    if mandate is None or mandate.household_id != visitor.household_id:
        raise HTTPException(404)
    return mandate


def _mandate_text(terms: Terms, product: str, household: Household) -> str:
    when = templating.Moments(terms.language, ZoneInfo(household.time_zone))
    return translations.of(terms.language).gettext(words.MANDATE_TEXT) % {
        "product": product,
        "ceiling": when.money(terms.max_unit_price_minor, terms.currency),
        "cap": when.money(terms.monthly_cap_minor, terms.currency),
        "quantity": terms.max_quantity,
        "until": when.full_day(terms.expires_at),
        "hours": terms.cancel_window_hours,
    }
