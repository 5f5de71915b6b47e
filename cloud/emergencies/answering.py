"""What people do with an alarm: take it, pass it on, note, have others called again, close it. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from cloud.emergencies import calling, history, signals
from cloud.emergencies.rules import ACTIVE, REACHED, AlarmState, Disposition, Log, Outcome
from cloud.emergencies.tables import Alarm, AlarmAttempt, Wearer
from kit.ids import Ids

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Who:
    """Somebody who answers. `how`: page or link. `attempt_id`: the message that they answer, where there is one."""

    name: str
    how: str
    contact_id: str | None = None
    person_id: str | None = None
    attempt_id: str | None = None


class Refused(StrEnum):
    """Why it could not be done."""

    NO_ALARM = "no_alarm"
    OVER = "over"  # closed, or cancelled before anybody was called
    NOT_YOURS = "not_yours"  # somebody else has taken it since
    EMPTY = "empty"
    NO_DRILL = "no_drill"  # a real alarm does not end as one


def acknowledge(session: Session, ids: Ids, alarm_id: str, who: Who, now: datetime) -> Alarm | Refused:
    """`who` has it, until the lease runs out; once more renews it. Whoever comes later takes it over."""
    held = _active(session, alarm_id)
    if isinstance(held, Refused):
        return held
    wearer, alarm = held
    is_renewed = holds(alarm, who)
    if alarm.state == AlarmState.RAISED:
        signals.confirm_silent(session, alarm, now)  # they are being told of all that has happened
    until = now + history.plan(wearer).lease
    alarm.state = AlarmState.ACKNOWLEDGED
    alarm.acknowledged_by = who.name
    alarm.acknowledged_contact, alarm.acknowledged_person = who.contact_id, who.person_id
    alarm.acknowledged_at = alarm.acknowledged_at if is_renewed else now
    alarm.acknowledged_until = until
    history.set_timer(alarm, history.until_next(session, alarm), now)
    event = Log.RENEWED if is_renewed else Log.ACKNOWLEDGED
    history.note(session, alarm, event, now, actor=who.name, how=who.how, until=until.isoformat())
    _mark_answered(session, who, now)
    session.add(alarm)
    session.flush()
    if not is_renewed:
        calling.tell_others(session, ids, alarm, calling.NEWS_TAKEN, who, now)
    return alarm


def pass_on(session: Session, alarm_id: str, who: Who, now: datetime) -> Alarm | Refused:
    """`who` cannot come: the next one is called at once."""
    held = _active(session, alarm_id)
    if isinstance(held, Refused):
        return held
    _, alarm = held
    was_taken = alarm.state == AlarmState.ACKNOWLEDGED
    if was_taken:
        if not holds(alarm, who):
            return Refused.NOT_YOURS
        alarm.state = AlarmState.RAISED
        history.let_go(alarm)
    history.note(session, alarm, Log.PASSED_ON, now, actor=who.name, how=who.how)
    _mark_answered(session, who, now)
    if was_taken or (alarm.state == AlarmState.RAISED and _is_last_called(session, alarm, who)):
        history.set_timer(alarm, now, now)
    session.add(alarm)
    session.flush()
    return alarm


def note(session: Session, alarm_id: str, who: Who, text: str, now: datetime) -> Alarm | Refused:
    """Something worth knowing; also of an alarm that is over."""
    held = history.locked(session, alarm_id)
    if held is None:
        return Refused.NO_ALARM
    text = " ".join(text.split())[:LONGEST_NOTE]
    if not text:
        return Refused.EMPTY
    history.note(session, held[1], Log.NOTE, now, actor=who.name, how=who.how, text=text)
    return held[1]


def call_again(session: Session, alarm_id: str, who: Who, now: datetime) -> Alarm | Refused:
    """Everybody once more, from the first on, and at once; whoever had taken it is let go."""
    held = _active(session, alarm_id)
    if isinstance(held, Refused):
        return held
    _, alarm = held
    history.note(session, alarm, Log.CALLED_AGAIN, now, actor=who.name, how=who.how)
    if alarm.state != AlarmState.SUSPECTED:
        alarm.state = AlarmState.RAISED
        history.let_go(alarm)
        calling.restart(alarm)
    history.set_timer(alarm, now, now)
    session.add(alarm)
    return alarm


def close(
    session: Session, ids: Ids, alarm_id: str, who: Who, disposition: Disposition, now: datetime
) -> Alarm | Refused:
    """Only a person ends an alarm, and says how it ended. A drill ends as one, whatever is said of it."""
    held = _active(session, alarm_id)
    if isinstance(held, Refused):
        return held
    _, alarm = held
    if disposition is Disposition.DRILL and not alarm.is_drill:
        return Refused.NO_DRILL
    disposition = Disposition.DRILL if alarm.is_drill else disposition
    alarm.state, alarm.disposition = AlarmState.CLOSED, disposition
    alarm.closed_at, alarm.closed_by = now, who.name
    alarm.acknowledged_by = alarm.acknowledged_by or who.name
    alarm.acknowledged_at = alarm.acknowledged_at or now
    history.set_timer(alarm, None, now)
    history.note(session, alarm, Log.CLOSED, now, actor=who.name, how=who.how, disposition=disposition)
    _mark_answered(session, who, now)
    session.add(alarm)
    session.flush()
    calling.tell_others(session, ids, alarm, calling.NEWS_CLOSED, who, now)
    signals.begin_anew(session, ids, alarm, now)
    return alarm


def _active(session: Session, alarm_id: str) -> tuple[Wearer, Alarm] | Refused:
    """Locked until the transaction ends."""
    held = history.locked(session, alarm_id)
    if held is None:
        return Refused.NO_ALARM
    return held if held[1].state in ACTIVE else Refused.OVER


def holds(alarm: Alarm, who: Who) -> bool:
    """Whether `who` has it now."""
    if alarm.state != AlarmState.ACKNOWLEDGED:
        return False
    if alarm.acknowledged_contact is not None or who.contact_id is not None:
        return alarm.acknowledged_contact == who.contact_id
    return alarm.acknowledged_person == who.person_id


def holder(alarm: Alarm) -> str:
    """The id of who has it; nothing where nobody has."""
    return alarm.acknowledged_contact or alarm.acknowledged_person or ""


def is_with_another(alarm: Alarm, who: Who, seen: str) -> bool:
    """`seen`: the holder whom `who` had before their eyes. Nobody takes over what they did not know to be taken."""
    return alarm.state == AlarmState.ACKNOWLEDGED and not holds(alarm, who) and holder(alarm) != seen


def last_call(session: Session, alarm_id: str, called: str) -> str | None:
    """The id of the last message that reached this contact or person, whom it has brought to the page."""
    tries = calling.attempts(session, alarm_id)
    mine = [a.id for a in tries if called in {a.contact_id, a.person_id} and a.call > 0 and a.outcome in REACHED]
    return mine[-1] if mine else None


def _is_last_called(session: Session, alarm: Alarm, who: Who) -> bool:
    """Whoever was called earlier and says no now does not cut short the next one's time."""
    rows = select(AlarmAttempt).where(AlarmAttempt.alarm_id == alarm.id, AlarmAttempt.call == alarm.calls)
    called = session.exec(rows).all()
    return bool(called) and all(a.contact_id is not None and a.contact_id == who.contact_id for a in called)


def _mark_answered(session: Session, who: Who, now: datetime) -> None:
    if who.attempt_id is None:
        return
    attempt = session.exec(select(AlarmAttempt).where(col(AlarmAttempt.id) == who.attempt_id)).first()
    if attempt is not None:
        attempt.outcome, attempt.answered_at = Outcome.ANSWERED, attempt.answered_at or now
        session.add(attempt)
