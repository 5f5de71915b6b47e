"""What staff do with an alarm: every act, and every look at what is private, is in the audit log with it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from cloud.emergencies import answering, history
from cloud.emergencies.answering import Refused, Who
from cloud.emergencies.rules import Disposition
from cloud.emergencies.tables import Alarm
from cloud.flows import alarms, listening
from cloud.people import audit
from cloud.people.audit_tables import AuditEntry
from cloud.people.tables import Person
from kit.ids import Ids

LOOKS_COUNT_FOR = timedelta(hours=1)


class Act(StrEnum):
    """As it stands in the audit log."""

    VIEWED = "alarm_viewed"
    ACKNOWLEDGED = "alarm_acknowledged"
    PASSED_ON = "alarm_passed_on"
    NOTED = "alarm_noted"
    CALLED_AGAIN = "alarm_called_again"
    CLOSED = "alarm_closed"
    EXPORTED = "alarms_exported"


class Taken(StrEnum):
    """Why an alarm was not taken, although it is open."""

    BY_ANOTHER = "taken"  # meanwhile: whoever asked had not seen it yet


def acknowledge(
    session: Session, ids: Ids, alarm_id: str, staff: Person, seen: str, now: datetime
) -> Alarm | Refused | Taken:
    """`seen`: its holder when the page was drawn. Nobody takes over what they did not know to be taken."""
    held, who = history.locked(session, alarm_id), _who(session, alarm_id, staff)
    if held is not None and answering.is_with_another(held[1], who, seen):
        return Taken.BY_ANOTHER
    return _kept(session, staff, Act.ACKNOWLEDGED, alarms.acknowledge(session, ids, alarm_id, who, now), now)


def note(session: Session, alarm_id: str, staff: Person, text: str, now: datetime) -> Alarm | Refused:
    done = answering.note(session, alarm_id, _who(session, alarm_id, staff), text, now)
    return _kept(session, staff, Act.NOTED, done, now)


def call_again(session: Session, alarm_id: str, staff: Person, now: datetime) -> Alarm | Refused:
    done = answering.call_again(session, alarm_id, _who(session, alarm_id, staff), now)
    return _kept(session, staff, Act.CALLED_AGAIN, done, now)


def close(
    session: Session, ids: Ids, alarm_id: str, staff: Person, disposition: Disposition, now: datetime
) -> Alarm | Refused:
    done = listening.close(session, ids, alarm_id, _who(session, alarm_id, staff), disposition, now)
    return _kept(session, staff, Act.CLOSED, done, now, disposition=disposition)


def is_look_known(session: Session, alarm: Alarm, staff: Person, now: datetime) -> bool:
    """A page that refreshes itself is one look, for as long as that counts."""
    rows = select(AuditEntry.id).where(
        AuditEntry.person_id == staff.id, AuditEntry.action == Act.VIEWED, AuditEntry.subject == subject(alarm),
        col(AuditEntry.at) > now - LOOKS_COUNT_FOR, col(AuditEntry.at) <= now,
    )  # fmt: skip
    return session.exec(rows.limit(1)).first() is not None


def look(session: Session, alarm: Alarm, staff: Person, now: datetime) -> None:
    """Movement and notes are about somebody's health: who looked is kept before it is shown."""
    if not is_look_known(session, alarm, staff, now):
        audit.record(session, staff, Act.VIEWED, subject(alarm), now)


def export(session: Session, staff: Person, chosen: str, now: datetime) -> None:
    """`chosen`: the filter, as it stands in the address."""
    audit.record(session, staff, Act.EXPORTED, "alarms", now, chosen=chosen)


def subject(alarm: Alarm) -> str:
    return f"alarm {alarm.number}"


def _who(session: Session, alarm_id: str, staff: Person) -> Who:
    """With the last call that reached them, where one did: it has been answered now."""
    return Who(
        staff.name, "page", person_id=staff.id, attempt_id=answering.last_call(session, alarm_id, staff.id)
    )  # fmt: skip


def _kept(
    session: Session, staff: Person, act: Act, done: Alarm | Refused, now: datetime, **detail: Any
) -> Alarm | Refused:
    if isinstance(done, Alarm):
        audit.record(session, staff, act, subject(done), now, **detail)
    return done
