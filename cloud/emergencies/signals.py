"""What a wristband says becomes an alarm, joins one, or ends a suspicion. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlmodel import Session, col, select

from cloud.emergencies import calling, history, rules
from cloud.emergencies.rules import AlarmState, Log
from cloud.emergencies.tables import Alarm, AlarmMovement, AlarmNumber, AlarmSignal, Drill, Wearer
from contract.alarms import Alarm as Message
from contract.alarms import AlarmBy, AlarmEvent, AlarmUpdate
from kit.ids import Ids

SILENCE = "silence"


@dataclass(frozen=True)
class Heard:
    """One message of the alarm lane, with what the cloud knows of its origin. `at` None: nobody knows when it was."""

    agent_id: str
    wearer_id: str
    message: Message
    at: datetime | None


def hear(session: Session, ids: Ids, heard: Heard, now: datetime) -> Alarm | None:
    """Take in one message, in any order, any number of times. None: it belongs to no alarm."""
    wearer = history.lock(session, heard.wearer_id)
    signal = session.get(AlarmSignal, (heard.agent_id, heard.message.alarm_id), populate_existing=True)
    event = heard.message.event
    if event is AlarmEvent.EVIDENCE:
        return _keep_movement(session, heard, signal, now)
    alarm = session.get(Alarm, signal.alarm_id, populate_existing=True) if signal else None
    if signal is None or alarm is None:
        alarm, signal = _begin(session, ids, wearer, heard, now)
    elif event is AlarmEvent.SUSPECTED or signal.state == event:
        return alarm  # it had overtaken, or it comes again
    if event is AlarmEvent.UPDATE:
        _note_update(session, ids, alarm, heard.message, now)
    elif event is AlarmEvent.CONFIRMED:
        _confirm(session, ids, wearer, (alarm, signal), heard, now)
    elif event is AlarmEvent.CANCELLED:
        _cancel(session, alarm, signal, heard.message.by, now)
    session.add_all([alarm, signal])
    session.flush()
    return alarm


def _begin(session: Session, ids: Ids, wearer: Wearer, heard: Heard, now: datetime) -> tuple[Alarm, AlarmSignal]:
    """A new occurrence: it joins the alarm of its kind that is active already, or opens one."""
    message, is_drill = heard.message, heard.message.drill is not None
    happened_at = rules.happened(heard.at, now)
    alarm = history.active(session, wearer.id, message.kind, is_drill=is_drill)
    is_new = alarm is None
    if alarm is None:
        alarm = _open(session, ids, wearer, heard, happened_at, now)
    confirm_in = timedelta(milliseconds=message.confirm_in_ms or 0)
    signal = AlarmSignal(
        agent_id=heard.agent_id, wire_id=message.alarm_id, alarm_id=alarm.id, state=AlarmEvent.SUSPECTED, at=now,
        confirm_by=rules.confirm_by(happened_at, now, confirm_in),
    )  # fmt: skip
    event = Log.SUSPECTED if is_new else Log.REPEATED
    if is_new or message.event is not AlarmEvent.CONFIRMED:  # that one is noted when it is taken in
        history.note(
            session, alarm, event, now, how="device", kind=message.kind, said=message.event,
            probability=message.probability,
        )  # fmt: skip
    if alarm.state != AlarmState.RAISED and signal.confirm_by is not None:
        history.set_timer(alarm, min(signal.confirm_by, alarm.next_at or signal.confirm_by), now)
    session.add_all([alarm, signal])
    session.flush()
    return alarm, signal


def _open(
    session: Session, ids: Ids, wearer: Wearer, heard: Heard, happened_at: datetime | None, now: datetime
) -> Alarm:
    message = heard.message
    alarm = _row(session, ids, wearer.id, message.kind, now)
    alarm.is_drill, alarm.is_late = message.drill is not None, rules.is_late(happened_at, now)
    alarm.happened_at = happened_at
    session.add(alarm)
    session.flush()
    drill = session.get(Drill, message.drill) if message.drill else None
    if drill is not None and drill.wearer_id == wearer.id:
        drill.device_at, drill.received_at, drill.alarm_id = heard.at, now, alarm.id
        session.add(drill)
    return alarm


def _row(session: Session, ids: Ids, wearer_id: str, kind: str, now: datetime) -> Alarm:
    """With a number by which people speak of it."""
    alarm_id = ids()
    number = AlarmNumber(alarm_id=alarm_id)
    session.add(number)
    session.flush()
    return Alarm(
        id=alarm_id, number=number.number or 0, wearer_id=wearer_id, kind=kind, state=AlarmState.SUSPECTED,
        received_at=now,
    )  # fmt: skip


def _confirm(
    session: Session, ids: Ids, wearer: Wearer, held: tuple[Alarm, AlarmSignal], heard: Heard, now: datetime
) -> None:
    alarm, signal = held
    signal.state = AlarmEvent.CONFIRMED
    if alarm.state == AlarmState.CANCELLED:
        other = history.active(session, wearer.id, alarm.kind, is_drill=alarm.is_drill)
        if other is not None:
            alarm, signal.alarm_id = other, other.id
    if alarm.state in {AlarmState.SUSPECTED, AlarmState.CANCELLED}:
        alarm.cancelled_at = None
        calling.raise_alarm(session, ids, wearer, alarm, heard.message.by or AlarmBy.DETECTOR, now)
    else:  # a person has answered it, or others are being called already
        history.note(session, alarm, Log.REPEATED, now, how="device", said=AlarmEvent.CONFIRMED)
    if alarm.state == AlarmState.ACKNOWLEDGED:
        calling.tell_again(session, ids, alarm, now)
    session.add(alarm)


def _note_update(session: Session, ids: Ids, alarm: Alarm, message: Message, now: datetime) -> None:
    """It ends nothing: people are on their way. Whoever has taken it hears that somebody still lies there."""
    history.note(session, alarm, Log(message.update or ""), now, how="device", after_s=(message.after_ms or 0) // 1000)
    if message.update is AlarmUpdate.LONG_LIE and alarm.state == AlarmState.ACKNOWLEDGED:
        calling.tell_holder(session, ids, alarm, calling.NEWS_LONG_LIE, now)


def _cancel(session: Session, alarm: Alarm, signal: AlarmSignal, by: AlarmBy | None, now: datetime) -> None:
    """Before it is raised it ends; afterwards people are on their way, and it is for them to say."""
    signal.state = AlarmEvent.CANCELLED
    session.add(signal)
    session.flush()
    if alarm.state != AlarmState.SUSPECTED:
        history.note(session, alarm, Log.CANCEL_CAME_LATE, now, how="device", by=by)
        return
    open_ones = select(AlarmSignal).where(
        AlarmSignal.alarm_id == alarm.id, col(AlarmSignal.state) == AlarmEvent.SUSPECTED
    )
    others = session.exec(open_ones).all()
    history.note(session, alarm, Log.CANCELLED, now, how="device", by=by)
    if others:
        history.set_timer(alarm, min(s.confirm_by for s in others if s.confirm_by is not None), now)
        return
    alarm.state, alarm.cancelled_at = AlarmState.CANCELLED, now
    history.set_timer(alarm, None, now)


def confirm_silent(session: Session, alarm: Alarm, now: datetime) -> None:
    """Nobody cancelled these in time: they count as confirmed. What joined an alarm is one more time."""
    rows = select(AlarmSignal).where(
        AlarmSignal.alarm_id == alarm.id, AlarmSignal.state == AlarmEvent.SUSPECTED, col(AlarmSignal.confirm_by) <= now
    )
    for signal in session.exec(rows).all():
        signal.state = AlarmEvent.CONFIRMED
        session.add(signal)
        if alarm.state != AlarmState.SUSPECTED:
            history.note(session, alarm, Log.REPEATED, now, how=SILENCE)
    session.flush()


def begin_anew(session: Session, ids: Ids, closed: Alarm, now: datetime) -> Alarm | None:
    """What joined an alarm and is still undecided is not over when a person closes that one: it may be another fall."""
    rows = select(AlarmSignal).where(
        AlarmSignal.alarm_id == closed.id, AlarmSignal.state == AlarmEvent.SUSPECTED,
        col(AlarmSignal.at) > closed.received_at, col(AlarmSignal.confirm_by) > now,
    )  # fmt: skip
    open_ones = session.exec(rows.order_by(col(AlarmSignal.confirm_by))).all()
    if not open_ones or open_ones[0].confirm_by is None:
        return None
    alarm = _row(session, ids, closed.wearer_id, closed.kind, now)
    alarm.is_drill = closed.is_drill
    session.add(alarm)
    session.flush()
    history.note(session, alarm, Log.SUSPECTED, now, how="device", kind=closed.kind, after=closed.number)
    history.set_timer(alarm, open_ones[0].confirm_by, now)
    for signal in open_ones:
        signal.alarm_id = alarm.id
        session.add(signal)
    session.flush()
    return alarm


def _keep_movement(session: Session, heard: Heard, signal: AlarmSignal | None, now: datetime) -> Alarm | None:
    movement = heard.message.movement
    if signal is None or movement is None:
        return None
    alarm = session.get_one(Alarm, signal.alarm_id)
    if session.get(AlarmMovement, (heard.agent_id, heard.message.alarm_id)) is None:
        session.add(
            AlarmMovement(
                agent_id=heard.agent_id, wire_id=heard.message.alarm_id, alarm_id=alarm.id, fs_hz=movement.fs_hz,
                impact=movement.impact, acc_mg=movement.acc_mg, marks=msgspec.to_builtins(movement.marks), at=now,
            )
        )  # fmt: skip
        history.note(session, alarm, Log.EVIDENCE, now, how="device", samples=len(movement.acc_mg) // 3)
    return alarm
