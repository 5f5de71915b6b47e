"""Tell a person something, once; and see what became of it. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud import outbox
from cloud.notifications.tables import Notification, NotificationAttempt
from kit.ids import Ids

MAIL = "mail.send"


@dataclass(frozen=True)
class Contact:
    """Whom to tell, where, and in which words."""

    person_id: str
    name: str
    email: str
    language: str = "en"
    time_zone: str = "UTC"
    household_id: str | None = None


def tell(
    session: Session,
    ids: Ids,
    contact: Contact,
    template: str,
    context: dict[str, Any],
    dedupe_key: str,
    now: datetime,
) -> Notification | None:
    """Write it down and put it into the outbox. None: it has been told already.

    `context` is JSON: money in minor units, moments as ISO texts; the words are found when it is sent.
    """
    told = Notification(
        id=ids(), household_id=contact.household_id, person_id=contact.person_id, address=contact.email,
        name=contact.name, channel="email", template=template, context=context, language=contact.language,
        time_zone=contact.time_zone, dedupe_key=dedupe_key, created_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(told)
    except sa.exc.IntegrityError:
        return None
    outbox.put(
        session, ids, MAIL, {"notification": told.id}, not_before=now, now=now, household_id=contact.household_id
    )
    note(session, told.id, "queued", now)
    return told


def note(session: Session, notification_id: str, outcome: str, now: datetime, code: str | None = None) -> None:
    """One more step of the way."""
    session.add(NotificationAttempt(notification_id=notification_id, outcome=outcome, code=code, at=now))
    session.flush()


def attempts(session: Session, notification_id: str) -> list[NotificationAttempt]:
    """Oldest first."""
    rows = select(NotificationAttempt).where(NotificationAttempt.notification_id == notification_id)
    return list(session.exec(rows.order_by(col(NotificationAttempt.id))))


def told(session: Session, household_id: str, limit: int = 50) -> list[Notification]:
    """Newest first."""
    rows = select(Notification).where(Notification.household_id == household_id)
    return list(session.exec(rows.order_by(col(Notification.created_at).desc(), col(Notification.id)).limit(limit)))
