"""What time does to an alarm. Each alarm has one timer, in its row; any number of processes may look."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.emergencies import calling, history, rules, signals
from cloud.emergencies.rules import AlarmState, Log
from cloud.emergencies.signals import SILENCE
from cloud.emergencies.tables import Alarm, Wearer
from kit.ids import Ids


def due(session: Session, now: datetime, limit: int = 100) -> list[str]:
    """Alarms whose timer has run out, or was set in what a clock that stepped back now calls the future."""
    rows = (
        select(Alarm.id)
        .where(
            col(Alarm.next_at).is_not(None),
            sa.or_(col(Alarm.next_at) <= now, col(Alarm.timer_set_at) > now + rules.STEPPED_BACK),
        )
        .order_by(col(Alarm.next_at), col(Alarm.id))
        .limit(limit)
    )
    return list(session.exec(rows))


def run(session: Session, ids: Ids, alarm_id: str, now: datetime) -> bool:
    """Do what is due of one alarm. False: somebody else did, or somebody has answered."""
    held = history.locked(session, alarm_id)
    if held is None or not rules.is_due(held[1].next_at, held[1].timer_set_at, now):
        return False
    wearer, alarm = held
    if alarm.state == AlarmState.SUSPECTED:
        signals.confirm_silent(session, alarm, now)
        calling.raise_alarm(session, ids, wearer, alarm, SILENCE, now)
    elif alarm.state == AlarmState.RAISED:
        calling.call_next(session, ids, wearer, alarm, now)
    elif alarm.state == AlarmState.ACKNOWLEDGED:
        _while_taken(session, ids, wearer, alarm, now)
    else:
        history.set_timer(alarm, None, now)
    session.add(alarm)
    session.flush()
    return True


def _while_taken(session: Session, ids: Ids, wearer: Wearer, alarm: Alarm, now: datetime) -> None:
    """It happened once more and nobody cancelled: whoever has it is told. Then, in its time, the answer expires."""
    silent = history.next_silence(session, alarm)
    if silent is not None and silent <= now:
        signals.confirm_silent(session, alarm, now)
        calling.tell_again(session, ids, alarm, now)
    if rules.is_due(alarm.acknowledged_until, alarm.acknowledged_at, now):
        _expire(session, ids, wearer, alarm, now)
    else:
        history.set_timer(alarm, history.until_next(session, alarm), now)


def _expire(session: Session, ids: Ids, wearer: Wearer, alarm: Alarm, now: datetime) -> None:
    """Who had taken it said nothing more: everybody again, from the first on."""
    if alarm.is_drill:
        calling.end_drill(session, alarm, now)
        return
    history.note(session, alarm, Log.ACK_EXPIRED, now, actor=alarm.acknowledged_by, how="timer")
    alarm.state = AlarmState.RAISED
    history.let_go(alarm)
    calling.restart(alarm)
    calling.call_next(session, ids, wearer, alarm, now)
