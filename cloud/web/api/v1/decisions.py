"""The ledger: what was decided, when and why."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import col, select

from cloud.replenishment.tables import DecisionRow
from cloud.web.api.paging import PagingDep
from cloud.web.api.problems import ProblemError
from cloud.web.api.v1.shapes import DecisionShape, DecisionWithInputs
from cloud.web.deps import Customer, Reads

router = APIRouter(prefix="/decisions", tags=["decisions"])


@router.get("", summary="What was decided, newest first")
def history(
    visitor: Customer,
    session: Reads,
    paging: PagingDep,
    slot_id: Annotated[str | None, Query(max_length=32, description="Of this slot only.")] = None,
) -> list[DecisionShape]:
    """The `Link` header has the address of the next page."""
    rows = select(DecisionRow).where(DecisionRow.household_id == visitor.household_id)
    if slot_id is not None:
        rows = rows.where(DecisionRow.slot_id == slot_id)
    found = paging.page(session, rows, col(DecisionRow.decided_at), col(DecisionRow.id))
    return [DecisionShape.of(row) for row in found]


@router.get("/{decision_id}", summary="One decision, with everything it rested on")
def one(visitor: Customer, session: Reads, decision_id: str) -> DecisionWithInputs:
    row = session.get(DecisionRow, decision_id)
    if row is None or row.household_id != visitor.household_id:
        raise ProblemError(404, "no-such-decision")
    return DecisionWithInputs.of(row)
