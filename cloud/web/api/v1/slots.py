"""Supply places: how much is left, until when, what was decided."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from cloud.consumption import service as consumption
from cloud.consumption.values import LEVELS
from cloud.views import supplies
from cloud.views.supplies import Supply
from cloud.web.api.problems import ProblemError
from cloud.web.api.v1.shapes import DecisionShape, ProductShape
from cloud.web.deps import Customer, Now, Reads

router = APIRouter(prefix="/slots", tags=["slots"])


class Quantile(BaseModel):
    """With this probability it is empty by then."""

    level: float = Field(examples=[0.5])
    at: datetime | None = Field(description="null: beyond the horizon")


class ForecastShape(BaseModel):
    """When it runs out, or the reason why nobody can say."""

    made_at: datetime
    quantiles: list[Quantile]
    reason: str | None = Field(description="Why there is no forecast. null: there is one.")


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
        forecast=_forecast(session, slot.id),
        decision=DecisionShape.of(supply.decision) if supply.decision else None,
        open_order_id=supply.coming.order.id if supply.coming else None,
    )


def _forecast(session: Session, slot_id: str) -> ForecastShape | None:
    row = consumption.latest(session, slot_id)
    if row is None:
        return None
    dates = [None if text is None else datetime.fromisoformat(text) for text in row.dates]
    quantiles = [Quantile(level=level, at=at) for level, at in zip(LEVELS, dates, strict=False)]
    return ForecastShape(made_at=row.made_at, quantiles=quantiles, reason=row.reason)
