"""Which slots are to be looked at: the mark is never lost beside a review that is just finishing."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from cloud.devices.tables import Slot


def mark(session: Session, slot_ids: Collection[str], now: datetime) -> None:
    """A job will look at them soon.

    One statement without a condition on the mark itself: it waits for a review that holds the row, and then decides on
    what that review has left.
    """
    if not slot_ids:
        return
    _update(session, col(Slot.id).in_(slot_ids), now)


def mark_household(session: Session, household_id: str, now: datetime) -> None:
    """Every slot of the household."""
    _update(session, col(Slot.household_id) == household_id, now)


def _update(session: Session, which: sa.ColumnElement[bool], now: datetime) -> None:
    due_at = col(Slot.due_at)
    soon = sa.case((sa.or_(due_at.is_(None), due_at > now), now), else_=due_at)
    session.flush()
    statement = sa.update(Slot).where(which).values(due_at=soon)
    session.execute(statement, execution_options={"synchronize_session": "fetch"})
