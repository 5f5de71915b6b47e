"""Rows in and out of the outbox. Nothing here commits."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.outbox import rules
from cloud.outbox.senders import Job
from cloud.outbox.tables import OutboxRow
from kit.ids import Ids


def put(
    session: Session,
    ids: Ids,
    topic: str,
    payload: dict[str, Any],
    *,
    not_before: datetime,
    now: datetime,
    household_id: str | None = None,
) -> str:
    """Add a row to the caller's transaction. Returns its id."""
    row = OutboxRow(
        id=ids(), topic=topic, payload=payload, household_id=household_id, created_at=now, not_before=not_before
    )
    session.add(row)
    session.flush()
    return row.id


def claim(
    session: Session, topics: Collection[str], now: datetime, *, limit: int = 1, lease_s: float = rules.LEASE_S
) -> list[Job]:
    """Take what is due, for `lease_s`: nobody else gets it until then. Two claimers never get the same row.

    A claimer that dies leaves its lease behind; the row comes back when that has run out.
    """
    rows = session.exec(
        select(OutboxRow)
        .where(_claimable(topics, now, lease_s))
        .order_by(col(OutboxRow.not_before), col(OutboxRow.id))
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)  # PostgreSQL; on SQLite the transaction has the only pen
    ).all()
    for row in rows:
        row.attempts += 1
        row.lease_until = now + timedelta(seconds=lease_s)
        session.add(row)
    session.flush()
    return [Job(row.id, row.topic, row.payload, row.attempts) for row in rows]


def succeed(session: Session, job: Job, now: datetime) -> bool:
    """Mark as done. False: it was closed already. A late success counts even when the lease was lost: it is true."""
    row = _locked(session, job.id)
    if row is None or row.done_at or row.dead_at:
        return False
    row.done_at = now
    row.lease_until = None
    session.add(row)
    return True


def fail(
    session: Session, job: Job, code: str, now: datetime, *, pause: timedelta, for_good: bool = False
) -> bool | None:
    """Note a failure: True, it will be tried again; False, it is dead now; None, another has it (nothing changes)."""
    row = _locked(session, job.id)
    if row is None or row.done_at or row.dead_at or row.attempts != job.attempt:
        return None
    row.last_error = code[:80]
    row.lease_until = None
    dies = for_good or row.attempts >= rules.MAX_ATTEMPTS
    if dies:
        row.dead_at = now
    else:
        row.not_before = now + pause
    session.add(row)
    return not dies


def release(session: Session, job: Job, now: datetime) -> None:
    """Put back unsent, as if never claimed; a row that nobody has moved meanwhile rests a little."""
    row = _locked(session, job.id)
    if row is None or row.attempts != job.attempt:
        return
    row.attempts -= 1
    row.lease_until = None
    if row.not_before <= now:
        row.not_before = now + rules.REST
    session.add(row)


def move(session: Session, outbox_id: str, not_before: datetime) -> bool:
    """Send it at another time. False: it has left already."""
    row = _locked(session, outbox_id)
    if row is None or row.done_at or row.dead_at:
        return False
    row.not_before = not_before
    session.add(row)
    return True


def withdraw(session: Session, outbox_id: str, now: datetime) -> bool:
    """It need not be sent any more. False: it was closed already."""
    row = _locked(session, outbox_id)
    if row is None or row.done_at or row.dead_at:
        return False
    row.done_at = now
    row.last_error = "withdrawn"
    session.add(row)
    return True


def next_due(session: Session) -> datetime | None:
    """When the next waiting row wants to leave. None: nothing waits."""
    return session.exec(select(sa.func.min(col(OutboxRow.not_before))).where(_waiting())).one()


def is_due(session: Session, topics: Collection[str], now: datetime, *, lease_s: float = rules.LEASE_S) -> bool:
    """Something waits to be claimed. Only reads."""
    rows = select(OutboxRow.id).where(_claimable(topics, now, lease_s)).limit(1)
    return session.exec(rows).first() is not None


def oldest_waiting(session: Session, now: datetime) -> timedelta:
    """How long the row that waits longest has been due: the health of sending."""
    first = next_due(session)
    return max(timedelta(), now - first) if first else timedelta()


def _claimable(topics: Collection[str], now: datetime, lease_s: float) -> sa.ColumnElement[bool]:
    """What was to leave at once does, also where the clock is behind the one by which it was written; and a lease that
    would last longer than leases do was given before the clock stepped back."""
    lease = col(OutboxRow.lease_until)
    longest = now + timedelta(seconds=lease_s) + rules.CLOCKS_DIFFER
    return sa.and_(
        col(OutboxRow.topic).in_(topics),
        _waiting(),
        sa.or_(col(OutboxRow.not_before) <= now, col(OutboxRow.not_before) <= col(OutboxRow.created_at)),
        sa.or_(lease.is_(None), lease <= now, lease > longest),
    )


def _waiting() -> sa.ColumnElement[bool]:
    return sa.and_(col(OutboxRow.done_at).is_(None), col(OutboxRow.dead_at).is_(None))


def _locked(session: Session, outbox_id: str) -> OutboxRow | None:
    return session.exec(select(OutboxRow).where(OutboxRow.id == outbox_id).with_for_update(key_share=True)).first()
