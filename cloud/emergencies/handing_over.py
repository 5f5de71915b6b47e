"""A wristband turns out to be another wearer's: what is going on goes to them, and their contacts. Nothing commits."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.emergencies import calling, history
from cloud.emergencies.rules import ACTIVE, AlarmState, Log
from cloud.emergencies.tables import Alarm, AlarmMovement, AlarmSignal, Drill, Wearer

_ON_RECORD = (AlarmSignal, AlarmMovement, Drill)


def move_band(session: Session, gone_id: str, stays_id: str, now: datetime) -> None:
    """The band of one wearer is worn by the other from now on, and so are the alarms that it has begun."""
    for wearer_id in sorted((gone_id, stays_id)):
        history.lock(session, wearer_id)
    gone, stays = session.get_one(Wearer, gone_id), session.get_one(Wearer, stays_id)
    band, gone.device_id = gone.device_id, None
    session.add(gone)
    session.flush()
    stays.device_id = band or stays.device_id
    session.add(stays)
    open_ones = select(Alarm).where(Alarm.wearer_id == gone_id, col(Alarm.state).in_(ACTIVE)).order_by(col(Alarm.id))
    for alarm in session.exec(open_ones).all():
        _move(session, alarm, stays, now)
    session.flush()


def _move(session: Session, alarm: Alarm, stays: Wearer, now: datetime) -> None:
    """Whoever is called for them is called at once, unless somebody has taken it, or they are being called already."""
    theirs = history.active(session, stays.id, alarm.kind, is_drill=alarm.is_drill)
    if theirs is not None:
        _join(session, alarm, theirs, now)
        return
    alarm.wearer_id = stays.id
    if alarm.state == AlarmState.RAISED:
        calling.restart(alarm)
        history.set_timer(alarm, now, now)
    session.add(alarm)
    session.flush()


def _join(session: Session, alarm: Alarm, theirs: Alarm, now: datetime) -> None:
    for table in _ON_RECORD:
        session.execute(sa.update(table).where(col(table.alarm_id) == alarm.id).values(alarm_id=theirs.id))
    history.note(session, theirs, Log.REPEATED, now, how="device", said=alarm.state)
    history.note(session, alarm, Log.JOINED, now, how="device", number=theirs.number)
    if alarm.state == AlarmState.RAISED and theirs.state == AlarmState.SUSPECTED:
        history.set_timer(theirs, now, now)
    alarm.state, alarm.cancelled_at = AlarmState.CANCELLED, now
    history.set_timer(alarm, None, now)
    session.add_all([alarm, theirs])
    session.flush()
