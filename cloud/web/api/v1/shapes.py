"""Shapes that more than one resource shows."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from cloud.catalogue.tables import Product
from cloud.replenishment.tables import DecisionRow


class ProductShape(BaseModel):
    """What is in a slot, or ordered for it."""

    id: str
    name: str

    @classmethod
    def of(cls, product: Product) -> "ProductShape":
        return cls(id=product.id, name=product.name)


class DecisionShape(BaseModel):
    """One evaluation of one slot: what was decided and why."""

    id: str
    slot_id: str
    decided_at: datetime
    outcome: str = Field(examples=["held"])
    reasons: list[str] = Field(examples=[["away_on_arrival"]])
    would_change_with: list[str] = Field(description="What would have led to another outcome.")
    quantity: int
    deliver_on: date | None
    send_on: date | None
    order_id: str | None
    rules_version: int

    @classmethod
    def of(cls, row: DecisionRow) -> "DecisionShape":
        return cls(**_said(row))


class DecisionWithInputs(DecisionShape):
    """With everything that the decision rested on: deciding again on it gives the same."""

    inputs: dict[str, Any]

    @classmethod
    def of(cls, row: DecisionRow) -> "DecisionWithInputs":
        return cls(**_said(row), inputs=row.inputs)


def _said(row: DecisionRow) -> dict[str, Any]:
    return {
        "id": row.id, "slot_id": row.slot_id, "decided_at": row.decided_at, "outcome": row.outcome,
        "reasons": row.reasons, "would_change_with": row.flips, "quantity": row.quantity,
        "deliver_on": row.deliver_on, "send_on": row.send_on, "order_id": row.order_id,
        "rules_version": row.rules_version,
    }  # fmt: skip
