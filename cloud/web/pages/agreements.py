"""Order agreements: read the whole text, sign it, cancel it in two steps with a dated acknowledgement."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel import Session, col, select

from cloud.catalogue import service as catalogue
from cloud.catalogue.tables import Product
from cloud.consent import service as consent
from cloud.flows import permissions
from cloud.people import service as people
from cloud.people.tables import Household
from cloud.replenishment import mandates
from cloud.replenishment.mandates import Terms
from cloud.replenishment.tables import Mandate
from cloud.web import translations, words
from cloud.web.agreement_words import Bounds, own_products, terms
from cloud.web.deps import Csrf, Customer, Now, Reads, WebDep, Writes
from cloud.web.templating import page

router = APIRouter(prefix="/agreements")

LASTS = timedelta(days=365)
ROOM_FOR_PRICES = Decimal("1.25")  # suggested ceiling, over today's price
MOST_MONEY = Decimal(100_000)
MOST_PACKS = 20
WINDOWS_HOURS = (6, 24, 48)


class Draft(BaseModel):
    """What the form says; read again, word by word, before it is signed."""

    products: list[str] = Field(min_length=1, max_length=20)
    ceiling: Decimal = Field(gt=0, le=MOST_MONEY)
    cap: Decimal = Field(gt=0, le=MOST_MONEY)
    quantity: int = Field(ge=1, le=MOST_PACKS)
    hours: int = Field(ge=1, le=72)


class Signed(Draft):
    """The draft, and the text that stood above the button."""

    until: AwareDatetime
    language: str = Field(max_length=8)
    text: str = Field(max_length=4000)


@router.get("")
def agreements(request: Request, visitor: Customer, session: Reads, now: Now, done: str = "") -> Response:
    household = people.household(session, visitor.household_id)
    standing = mandates.active(session, household.id, now)
    covered = {product_id for m in standing for product_id in m.product_ids}
    products = own_products(session, household.id)
    month = now.astimezone(ZoneInfo(household.time_zone)).strftime("%Y-%m")
    return page(
        request, "agreements.html", visitor, zone=ZoneInfo(household.time_zone),
        standing=[(m, mandates.spent(session, m.id, month)) for m in standing],
        names=_names(session, covered), products=products, uncovered=[p for p in products if p.id not in covered],
        allowed=consent.standing(session, household.id).allows("order"), done=words.DONE.get(done),
    )  # fmt: skip


@router.get("/new")
def new(request: Request, visitor: Customer, session: Reads, now: Now, product: str = "") -> Response:
    household = people.household(session, visitor.household_id)
    products = own_products(session, household.id)
    prices = {p.id: _price(session, p.id, household.currency, now) for p in products}
    covered = {product_id for m in mandates.active(session, household.id, now) for product_id in m.product_ids}
    fresh = [p for p in products if p.id not in covered]
    chosen = [p for p in products if p.id == product] or fresh or products
    dearest = max((prices[p.id] or 0 for p in chosen), default=0)
    ceiling = _rounded(dearest, household.currency)
    return page(
        request, "agreement_new.html", visitor, zone=ZoneInfo(household.time_zone), products=products, prices=prices,
        chosen={p.id for p in chosen}, currency=household.currency, ceiling=ceiling, cap=ceiling * 3,
        windows=WINDOWS_HOURS,
    )  # fmt: skip


@router.post("/read", dependencies=[Csrf])
def read(request: Request, visitor: Customer, session: Reads, now: Now, draft: Annotated[Draft, Form()]) -> Response:
    """The whole text, with the button that signs it."""
    household = people.household(session, visitor.household_id)
    replaced = [m for m in mandates.active(session, household.id, now) if set(m.product_ids) & set(draft.products)]
    language = translations.plain(visitor.person.language)
    drafted = _terms(session, household, draft, now + LASTS, language)
    return page(
        request, "agreement_read.html", visitor, zone=ZoneInfo(household.time_zone), draft=draft, terms=drafted,
        replaces=bool(replaced),
        allowed=consent.standing(session, household.id).allows("order"),
    )  # fmt: skip


@router.get("/read")
def read_again() -> Response:
    """Somebody came back to a page that only a form leads to."""
    return RedirectResponse("/agreements/new", status_code=303)


@router.post("", dependencies=[Csrf])
def sign(visitor: Customer, session: Writes, web: WebDep, now: Now, signed: Annotated[Signed, Form()]) -> Response:
    """Signed is what was read: when the words would be others now, nothing is signed."""
    household = people.household(session, visitor.household_id)
    if not now < signed.until <= now + LASTS:
        raise HTTPException(409, words.OLD_FORM)
    drafted = _terms(session, household, signed, signed.until, signed.language)
    if drafted.text != signed.text:
        raise HTTPException(409, words.OLD_FORM)
    permissions.sign(session, web.ids, household.id, drafted, visitor.person.id, now)
    return RedirectResponse("/agreements?done=signed", status_code=303)


@router.get("/{mandate_id}/cancel")
def ask(request: Request, visitor: Customer, session: Reads, mandate_id: str) -> Response:
    mandate, household = _own(session, visitor.household_id, mandate_id)
    return page(
        request, "agreement_cancel.html", visitor, zone=ZoneInfo(household.time_zone), mandate=mandate,
        names=_names(session, set(mandate.product_ids)),
    )  # fmt: skip


@router.post("/{mandate_id}/cancel", dependencies=[Csrf])
def cancel(visitor: Customer, session: Writes, web: WebDep, now: Now, mandate_id: str) -> Response:
    _own(session, visitor.household_id, mandate_id)
    permissions.cancel_mandate(session, web.ids, visitor.household_id, mandate_id, now)
    return RedirectResponse(f"/agreements/{mandate_id}/cancel", status_code=303)


def _price(session: Session, product_id: str, currency: str, now: datetime) -> int | None:
    return next((o.price_minor for o in catalogue.offers(session, product_id, currency, now)), None)


def _own(session: Session, household_id: str, mandate_id: str) -> tuple[Mandate, Household]:
    mandate = session.get(Mandate, mandate_id)
    if mandate is None or mandate.household_id != household_id:
        raise HTTPException(404, words.NOT_FOUND)
    return mandate, people.household(session, household_id)


def _names(session: Session, product_ids: set[str]) -> dict[str, str]:
    return {p.id: p.name for p in session.exec(select(Product).where(col(Product.id).in_(product_ids)))}


def _terms(session: Session, household: Household, draft: Draft, until: datetime, language: str) -> Terms:
    products = [p for p in own_products(session, household.id) if p.id in draft.products]
    if {p.id for p in products} != set(draft.products):
        raise HTTPException(404, words.NOT_FOUND)
    ceiling, cap = (_minor(amount, household.currency) for amount in (draft.ceiling, draft.cap))
    return terms(household, products, Bounds(ceiling, cap, draft.quantity, draft.hours, until), language)


def _minor(amount: Decimal, currency: str) -> int:
    return int((amount * 10 ** get_currency_precision(currency)).to_integral_value(ROUND_HALF_UP))


def _rounded(minor: int, currency: str) -> Decimal:
    """A ceiling a little above today's price, in whole units of money."""
    whole = Decimal(minor) / 10 ** get_currency_precision(currency) * ROOM_FOR_PRICES
    return max(Decimal(1), Decimal(round(whole)))
