"""An alarm's own log, and the lock under which it changes. Nothing here commits."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.emergencies.rules import ACTIVE, Log, Plan
from cloud.emergencies.tables import Alarm, AlarmLogEntry, AlarmSignal, Wearer
from contract.alarms import AlarmEvent


def lock(session: Session, wearer_id: str) -> Wearer:
    """One at a time for each wearer. Only what concerns the fall alarm takes this lock, and holds it for a moment."""
    rows = (
        select(Wearer)
        .where(Wearer.id == wearer_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return session.exec(rows).one()


def locked(session: Session, alarm_id: str) -> tuple[Wearer, Alarm] | None:
    """The alarm as it is now, and nobody else changes it until the transaction ends. None: there is no such alarm."""
    wearer_id = session.exec(select(Alarm.wearer_id).where(Alarm.id == alarm_id)).first()
    while wearer_id is not None:
        wearer = lock(session, wearer_id)
        fresh = select(Alarm).where(Alarm.id == alarm_id).execution_options(populate_existing=True)
        alarm = session.exec(fresh).one()
        if alarm.wearer_id == wearer.id:
            return wearer, alarm
        wearer_id = alarm.wearer_id  # it went to another wearer while we waited
    return None


def plan(wearer: Wearer) -> Plan:
    return Plan(timedelta(seconds=wearer.step_s), wearer.rounds, timedelta(seconds=wearer.lease_s))


def note(
    session: Session,
    alarm: Alarm,
    event: Log,
    now: datetime,
    *,
    actor: str | None = None,
    how: str | None = None,
    **detail: Any,
) -> None:
    """One more line of the alarm's log."""
    session.add(AlarmLogEntry(alarm_id=alarm.id, at=now, event=event, actor=actor, how=how, detail=detail))


def set_timer(alarm: Alarm, at: datetime | None, now: datetime) -> None:
    alarm.next_at, alarm.timer_set_at = at, (None if at is None else now)


def let_go(alarm: Alarm) -> None:
    """Nobody has it any more."""
    alarm.acknowledged_by = alarm.acknowledged_contact = alarm.acknowledged_person = None
    alarm.acknowledged_at = alarm.acknowledged_until = None


def next_silence(session: Session, alarm: Alarm) -> datetime | None:
    """When the first suspicion that nobody has confirmed or cancelled counts as confirmed."""
    rows = select(sa.func.min(col(AlarmSignal.confirm_by))).where(
        AlarmSignal.alarm_id == alarm.id, AlarmSignal.state == AlarmEvent.SUSPECTED
    )
    return session.exec(rows).one()


def until_next(session: Session, alarm: Alarm) -> datetime | None:
    """Of an alarm that somebody has taken: the end of the lease, or of a suspicion that joined it."""
    moments = (alarm.acknowledged_until, next_silence(session, alarm))
    return min((moment for moment in moments if moment is not None), default=None)


def log_of(session: Session, alarm_id: str) -> list[AlarmLogEntry]:
    """Oldest first."""
    rows = select(AlarmLogEntry).where(AlarmLogEntry.alarm_id == alarm_id).order_by(col(AlarmLogEntry.id))
    return list(session.exec(rows))


def last_update(session: Session, alarm_id: str) -> str | None:
    """What the band has last said of somebody who fell: `got_up` or `long_lie`. None: nothing."""
    rows = select(AlarmLogEntry.event).where(
        AlarmLogEntry.alarm_id == alarm_id, col(AlarmLogEntry.event).in_((Log.GOT_UP, Log.LONG_LIE))
    )
    return session.exec(rows.order_by(col(AlarmLogEntry.id).desc()).limit(1)).first()


def active(session: Session, wearer_id: str, kind: str, *, is_drill: bool) -> Alarm | None:
    rows = select(Alarm).where(
        Alarm.wearer_id == wearer_id, Alarm.kind == kind, Alarm.is_drill == is_drill, col(Alarm.state).in_(ACTIVE)
    )
    return session.exec(rows).first()


def count_active(session: Session) -> int:
    """Real alarms that no person has closed."""
    rows = (
        select(sa.func.count()).select_from(Alarm).where(col(Alarm.state).in_(ACTIVE), col(Alarm.is_drill).is_(False))
    )
    return session.exec(rows).one()
