"""Supply places: how much is left, until when, what was decided."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from cloud.consumption import service as consumption
from cloud.consumption.values import LEVELS
from cloud.flows import choosing, ordering
from cloud.views import choices, supplies
from cloud.views.supplies import Supply
from cloud.web.api.access import Token
from cloud.web.api.problems import ProblemError
from cloud.web.api.v1.shapes import DecisionShape, ProductShape
from cloud.web.deps import Customer, Now, Reads, WebDep, Writes

router = APIRouter(prefix="/slots", tags=["slots"])

_REFUSALS = {choosing.Refused.NO_SLOT: 404, choosing.Refused.NO_PRODUCT: 404}


class Quantile(BaseModel):
    """With this probability it is empty by then."""

    level: float = Field(examples=[0.5])
    at: datetime | None = Field(description="null: beyond the horizon")


class ForecastShape(BaseModel):
    """When it runs out, or the reason why nobody can say."""

    made_at: datetime
    quantiles: list[Quantile]
    reason: str | None = Field(description="Why there is no forecast. null: there is one.")


class ProductToHold(BaseModel):
    """What belongs there, by the person's own word."""

    product_id: str = Field(max_length=32)


class SlotShape(BaseModel):
    """One supply place of a device. Amounts are in packs: 1.0 is one full pack."""

    id: str
    device_id: str
    device: str
    name: str
    supply: str = Field(examples=["consumable"])
    mode: str = Field(examples=["automatic"])
    product: ProductShape | None
    level_packs: float | None = Field(description="In the device. null: nobody knows.")
    shelf_packs: float
    heard_at: datetime | None
    stale: bool
    forecast: ForecastShape | None
    decision: DecisionShape | None
    open_order_id: str | None


@router.get("", summary="Every supply place of the household")
def all_slots(visitor: Customer, session: Reads, now: Now) -> list[SlotShape]:
    home = supplies.home(session, visitor.household_id, now)
    return [_shape(session, each) for each in (*home.supplies, *home.parts)]


@router.get("/{slot_id}", summary="One supply place, with its latest forecast and decision")
def one_slot(visitor: Customer, session: Reads, now: Now, slot_id: str) -> SlotShape:
    found = supplies.supply(session, visitor.household_id, slot_id, now)
    if found is None:
        raise ProblemError(404, "no-such-slot")
    return _shape(session, found)


@router.get("/{slot_id}/products", summary="The products that a supply place may hold")
def products(visitor: Customer, session: Reads, slot_id: str) -> list[ProductShape]:
    """Those that can be counted in what its device tells; the likelier ones first."""
    slot = ordering.own_slot(session, visitor.household_id, slot_id)
    if slot is None:
        raise ProblemError(404, "no-such-slot")
    return [ProductShape.of(each) for group in choices.for_slot(session, slot) for each in group.products]


@router.put("/{slot_id}/product", dependencies=[Token], summary="Say which product a supply place holds")
def choose(visitor: Customer, session: Writes, web: WebDep, now: Now, slot_id: str, asked: ProductToHold) -> SlotShape:
    """It holds until you say otherwise. What was planned by itself for the former product is cancelled."""
    chosen = choosing.choose(session, web.ids, visitor.household_id, slot_id, asked.product_id, now)
    if isinstance(chosen, choosing.Refused):
        raise ProblemError(_REFUSALS.get(chosen, 422), chosen.replace("_", "-"))
    return one_slot(visitor, session, now, slot_id)


def _shape(session: Session, supply: Supply) -> SlotShape:
    slot = supply.slot
    return SlotShape(
        id=slot.id,
        device_id=slot.device_id,
        device=supply.device_name,
        name=supply.name,
        supply=slot.supply,
        mode=slot.mode,
        product=ProductShape.of(supply.product) if supply.product else None,
        level_packs=supply.packs,
        shelf_packs=supply.shelved,
        heard_at=supply.heard_at,
        stale=supply.stale_since is not None,
        forecast=_forecast(session, supply),
        decision=DecisionShape.of(supply.decision) if supply.decision else None,
        open_order_id=supply.coming.order.id if supply.coming else None,
    )


def _forecast(session: Session, supply: Supply) -> ForecastShape | None:
    row = consumption.latest(session, supply.slot.id)
    if row is None:
        return None
    if supply.packs is None:  # whatever was foretold was counted in packs of another product
        return ForecastShape(made_at=row.made_at, quantiles=[], reason=supply.no_range_reason)
    dates = [None if text is None else datetime.fromisoformat(text) for text in row.dates]
    quantiles = [Quantile(level=level, at=at) for level, at in zip(LEVELS, dates, strict=False)]
    return ForecastShape(made_at=row.made_at, quantiles=quantiles, reason=row.reason)
