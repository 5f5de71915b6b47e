"""What staff did, on record. Nothing here commits."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from cloud.people.audit_tables import AuditEntry
from cloud.people.tables import Person


def record(session: Session, actor: Person, action: str, subject: str, now: datetime, **detail: Any) -> None:
    """In the transaction of the act itself: neither is kept without the other."""
    entry = AuditEntry(at=now, person_id=actor.id, name=actor.name, action=action, subject=subject, detail=detail)
    session.add(entry)
    session.flush()


def entries(session: Session, limit: int = 200, before: int | None = None) -> list[AuditEntry]:
    """Newest first. `before`: only those with a smaller id, for the next page."""
    rows = select(AuditEntry)
    if before is not None:
        rows = rows.where(col(AuditEntry.id) < before)
    return list(session.exec(rows.order_by(col(AuditEntry.id).desc()).limit(limit)))
