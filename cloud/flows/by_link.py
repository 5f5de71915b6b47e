"""Who holds a link answers by it, without signing in. Nothing here commits; opening a link changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from cloud.emergencies import answering, circle, history, links
from cloud.emergencies.answering import Who
from cloud.emergencies.links import For
from cloud.emergencies.rules import ACTIVE, AlarmState, Disposition
from cloud.emergencies.tables import Alarm, AlarmAttempt, Contact
from cloud.flows import alarm_desk, alarms, listening
from cloud.people import audit
from cloud.people.tables import Person, Role
from kit.ids import Ids


class Wrong(StrEnum):
    """Why a link leads nowhere."""

    UNKNOWN = "unknown"  # not one of ours, or somebody changed it
    EXPIRED = "expired"
    NOT_CALLED = "not_called"  # they are not a contact any more, or not of the staff


class Act(StrEnum):
    """What a person can say of an alarm by their link."""

    TAKE = "take"  # unless somebody else has it
    TAKE_OVER = "take_over"  # also then
    STILL = "still"
    CANNOT = "cannot"
    WITH_PERSON = "with_person"
    HELPED = "helped"
    FALSE_ALARM = "false_alarm"
    END_DRILL = "end_drill"


class Said(StrEnum):
    """What came of it."""

    TAKEN = "taken"
    STILL = "still"
    PASSED = "passed"
    CLOSED = "closed"
    NOT_YOURS = "not_yours"  # somebody else has it
    OVER = "over"
    NOTHING = "nothing"


_ENDS = {
    Act.WITH_PERSON: Disposition.WITH_PERSON,
    Act.HELPED: Disposition.HELPED,
    Act.FALSE_ALARM: Disposition.FALSE_ALARM,
}
_REFUSED = {
    answering.Refused.NOT_YOURS: Said.NOT_YOURS,
    answering.Refused.OVER: Said.OVER,
    answering.Refused.NO_ALARM: Said.OVER,
}

_ON_RECORD = {  # where staff said it: as on their page, in the audit log
    Said.TAKEN: alarm_desk.Act.ACKNOWLEDGED,
    Said.STILL: alarm_desk.Act.ACKNOWLEDGED,
    Said.PASSED: alarm_desk.Act.PASSED_ON,
    Said.CLOSED: alarm_desk.Act.CLOSED,
}


@dataclass(frozen=True)
class Called:
    """Who holds the link, and of what."""

    attempt: AlarmAttempt
    alarm: Alarm
    who: Who


def opened(session: Session, token: str, now: datetime) -> Called | Wrong:
    """The alarm that a link in a message leads to."""
    attempt_id = _subject(session, token, For.ANSWER, now)
    if isinstance(attempt_id, Wrong):
        return attempt_id
    attempt = session.get(AlarmAttempt, attempt_id)
    alarm = session.get(Alarm, attempt.alarm_id) if attempt else None
    if attempt is None or alarm is None:
        return Wrong.UNKNOWN
    if not _may_answer(session, attempt):
        return Wrong.NOT_CALLED
    who = Who(attempt.name, "link", attempt.contact_id, attempt.person_id, attempt.id)
    return Called(attempt, alarm, who)


def contact(session: Session, token: str, now: datetime) -> Contact | Wrong:
    """Whom a link to agree belongs to."""
    contact_id = _subject(session, token, For.AGREE, now)
    if isinstance(contact_id, Wrong):
        return contact_id
    found = session.get(Contact, contact_id)
    if found is None:
        return Wrong.UNKNOWN
    return found if found.removed_at is None else Wrong.NOT_CALLED


def agree(session: Session, found: Contact, *, alarms: bool, drills: bool, now: datetime) -> None:
    """Their word holds from the next call on."""
    history.lock(session, found.wearer_id)
    circle.agree(session, found, alarms=alarms, drills=drills, now=now)


def answer(session: Session, ids: Ids, called: Called, act: Act, now: datetime) -> Said:
    """The page may be old: what stands now decides, and nobody takes an alarm from another without meaning it."""
    held = history.locked(session, called.alarm.id)
    if held is None or held[1].state not in ACTIVE:
        return Said.OVER
    said = _done(session, ids, held[1], called.who, act, now)
    staff = session.get(Person, called.attempt.person_id) if called.attempt.person_id else None
    if staff is not None and staff.role == Role.STAFF and said in _ON_RECORD:
        audit.record(session, staff, _ON_RECORD[said], alarm_desk.subject(held[1]), now, by="link")
    return said


def _done(session: Session, ids: Ids, alarm: Alarm, who: Who, act: Act, now: datetime) -> Said:
    is_with_another = alarm.state == AlarmState.ACKNOWLEDGED and not answering.holds(alarm, who)
    if is_with_another and act is not Act.TAKE_OVER:
        return Said.NOT_YOURS
    if act in {Act.TAKE, Act.TAKE_OVER, Act.STILL}:
        done = alarms.acknowledge(session, ids, alarm.id, who, now)
        return _outcome(done, Said.STILL if act is Act.STILL else Said.TAKEN)
    if act is Act.CANNOT:
        return _outcome(answering.pass_on(session, alarm.id, who, now), Said.PASSED)
    end = Disposition.DRILL if alarm.is_drill else _ENDS.get(act)
    if end is None:
        return Said.NOTHING  # the end of a drill is none of a real alarm
    return _outcome(listening.close(session, ids, alarm.id, who, end, now), Said.CLOSED)


def _outcome(done: Alarm | answering.Refused, said: Said) -> Said:
    return said if isinstance(done, Alarm) else _REFUSED.get(done, Said.OVER)


def _subject(session: Session, token: str, good_for: For, now: datetime) -> str | Wrong:
    link = links.read(links.keys(session, now), token)
    if link is None or link.good_for is not good_for:
        return Wrong.UNKNOWN
    return link.subject_id if now < link.expires_at else Wrong.EXPIRED


def _may_answer(session: Session, attempt: AlarmAttempt) -> bool:
    if attempt.contact_id is not None:
        found = session.get(Contact, attempt.contact_id)
        return found is not None and found.removed_at is None
    person = session.get(Person, attempt.person_id) if attempt.person_id else None
    return person is not None and person.role == Role.STAFF
