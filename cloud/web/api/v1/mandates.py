"""Order agreements: what may be ordered without asking, signed word by word, cancelled at any time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from cloud.flows import permissions
from cloud.people import service as people
from cloud.people.tables import Household
from cloud.replenishment import mandates
from cloud.replenishment.mandates import Terms
from cloud.replenishment.tables import Mandate
from cloud.web import translations
from cloud.web.agreement_words import Bounds, own_products, terms
from cloud.web.api.access import Token
from cloud.web.api.keys import Done, OnceDep
from cloud.web.api.problems import ProblemError
from cloud.web.deps import Customer, Now, Reads, WebDep, Writes

router = APIRouter(prefix="/mandates", tags=["mandates"])

LASTS = timedelta(days=366)
MOST_MINOR = 10_000_000


class MandateToSign(BaseModel):
    """The terms, in minor units of the household's currency, and the words that the person has read."""

    product_ids: list[str] = Field(min_length=1, max_length=20)
    max_unit_price_minor: int = Field(gt=0, le=MOST_MINOR)
    monthly_cap_minor: int = Field(gt=0, le=MOST_MINOR)
    max_quantity: int = Field(default=1, ge=1, le=20)
    cancel_window_hours: int = Field(default=24, ge=1, le=72)
    last_day: date
    text: str = Field(default="", max_length=4000, description="Leave it out to be told the words to show.")


class MandateShape(BaseModel):
    """A mandate as it was signed. It never changes; it is cancelled, or ends."""

    id: str
    product_ids: list[str]
    max_unit_price_minor: int
    monthly_cap_minor: int
    spent_this_month_minor: int
    currency: str
    max_quantity: int
    cancel_window_hours: int
    expires_at: datetime
    text: str
    text_version: str
    language: str
    signed_at: datetime
    cancelled_at: datetime | None


@router.get("", summary="Mandates in force, newest first")
def all_mandates(visitor: Customer, session: Reads, now: Now) -> list[MandateShape]:
    household = people.household(session, visitor.household_id)
    return [_shape(session, household, each, now) for each in mandates.active(session, household.id, now)]


@router.post(
    "", status_code=201, dependencies=[Token], response_model=MandateShape, summary="Sign a mandate",
    responses={409: {"description": "The words are others: `text` has them, to be shown and sent back."}},
)  # fmt: skip
def sign(visitor: Customer, web: WebDep, once: OnceDep, now: Now, asked: MandateToSign) -> Response:
    """Needs an `Idempotency-Key`. Earlier mandates for the same products end with it."""
    language = translations.plain(visitor.person.language)

    def act(session: Session) -> Done:
        household = people.household(session, visitor.household_id)
        asked_for = _terms(session, household, asked, language, now)
        if asked.text != asked_for.text:
            raise ProblemError(409, "other-words", "Show these words and ask again.", text=asked_for.text)
        signed = permissions.sign(session, web.ids, household.id, asked_for, visitor.person.id, now)
        return Done(201, _shape(session, household, signed, now))

    return once.do(act)


@router.delete("/{mandate_id}", dependencies=[Token], summary="Cancel a mandate")
def cancel(visitor: Customer, session: Writes, web: WebDep, now: Now, mandate_id: str) -> MandateShape:
    """What was ordered under it and has not left does not leave. The answer is the dated acknowledgement."""
    cancelled = permissions.cancel_mandate(session, web.ids, visitor.household_id, mandate_id, now)
    if cancelled is None:
        raise ProblemError(404, "no-such-mandate")
    return _shape(session, people.household(session, visitor.household_id), cancelled, now)


def _terms(session: Session, household: Household, asked: MandateToSign, language: str, now: datetime) -> Terms:
    ends = _ends(asked.last_day, ZoneInfo(household.time_zone), now)
    if ends is None:
        raise ProblemError(422, "bad-last-day", f"Give a day from today on, at most {LASTS.days} days ahead.")
    products = [p for p in own_products(session, household.id) if p.id in asked.product_ids]
    if {p.id for p in products} != set(asked.product_ids):
        raise ProblemError(404, "no-such-product", "A mandate covers products that fit a slot of the household.")
    bounds = Bounds(
        asked.max_unit_price_minor, asked.monthly_cap_minor, asked.max_quantity, asked.cancel_window_hours, ends
    )
    return terms(household, products, bounds, language)


def _ends(last_day: date, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Late on that day. None: over already, or too far ahead."""
    today = now.astimezone(zone).date()
    if not today <= last_day <= today + LASTS:
        return None
    ends = datetime.combine(last_day, time(23, 59), zone).astimezone(UTC)
    return ends if now < ends <= now + LASTS else None


def _shape(session: Session, household: Household, mandate: Mandate, now: datetime) -> MandateShape:
    month = now.astimezone(ZoneInfo(household.time_zone)).strftime("%Y-%m")
    own = {name: getattr(mandate, name) for name in MandateShape.model_fields if hasattr(mandate, name)}
    return MandateShape(**own, spent_this_month_minor=mandates.spent(session, mandate.id, month))
