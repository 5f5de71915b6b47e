"""Call people, one after the other, until one has answered. Nothing here commits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlmodel import Session, col, select

from cloud import outbox
from cloud.emergencies import history, rules
from cloud.emergencies.rules import AlarmState, Disposition, Log, Outcome, Place
from cloud.emergencies.tables import Alarm, AlarmAttempt, Contact, Reach, Wearer
from cloud.people.tables import Person, Role
from kit.ids import Ids

NOTIFY = "alarm.notify"
CALL = "alarm_call"
NEWS_TAKEN, NEWS_CLOSED, NEWS_REPEATED = "alarm_taken", "alarm_closed", "alarm_repeated"
NEWS_LONG_LIE = "alarm_long_lie"


class Answered(Protocol):
    """Who answered, as far as calling needs it."""

    @property
    def contact_id(self) -> str | None: ...

    @property
    def person_id(self) -> str | None: ...


@dataclass(frozen=True)
class Way:
    """One person on one channel."""

    name: str
    language: str
    channel: str
    address: str
    contact_id: str | None = None
    person_id: str | None = None


def raise_alarm(session: Session, ids: Ids, wearer: Wearer, alarm: Alarm, by: str, now: datetime) -> None:
    """From now on people are called. The first call is part of the same transaction."""
    alarm.state, alarm.raised_at, alarm.raised_by = AlarmState.RAISED, now, by
    history.note(session, alarm, Log.RAISED, now, how=by, late=alarm.is_late)
    restart(alarm)
    call_next(session, ids, wearer, alarm, now)


def restart(alarm: Alarm) -> None:
    """From the first contact on."""
    alarm.round, alarm.called_contact, alarm.is_with_staff = 1, None, False
    alarm.round_call = alarm.calls + 1


def call_next(session: Session, ids: Ids, wearer: Wearer, alarm: Alarm, now: datetime) -> None:
    """Whoever is next; who was called before may still answer."""
    people = {contact.id: contact for contact in contacts(session, wearer.id, for_drill=alarm.is_drill)}
    this_round = _tries(session, alarm, alarm.round_call)
    if alarm.is_with_staff and people and not _reached(this_round):
        restart(alarm)  # their channels were down, and may be up again
        this_round = []
    called = {attempt.contact_id for attempt in this_round if attempt.contact_id is not None}
    rounds = 1 if alarm.is_drill else wearer.rounds
    if alarm.is_with_staff or (called and called >= people.keys() and not _reached(this_round)):
        place = Place(alarm.round, None)
    else:
        place = rules.next_place(alarm.round, list(people), called, rounds)
    if place.contact_id is not None:
        _call(session, ids, wearer, alarm, place.round, people[place.contact_id], now)
    elif alarm.is_drill:
        end_drill(session, alarm, now)
    else:
        if called and not alarm.is_with_staff and not _reached(this_round):
            history.note(session, alarm, Log.NOBODY_REACHED, now, how="timer")
        _call_staff(session, ids, wearer, alarm, now)


def contacts(session: Session, wearer_id: str, *, for_drill: bool = False) -> list[Contact]:
    """Whom to call, in order: not those who were removed or said no; for a drill only who agreed to be drilled."""
    rows = select(Contact).where(
        Contact.wearer_id == wearer_id, col(Contact.removed_at).is_(None), col(Contact.declined_at).is_(None)
    )
    if for_drill:
        rows = rows.where(col(Contact.drills_agreed_at).is_not(None))
    return list(session.exec(rows.order_by(col(Contact.position), col(Contact.id))))


def ways(session: Session, contact: Contact) -> list[Way]:
    rows = select(Reach).where(Reach.contact_id == contact.id).order_by(col(Reach.id))
    return [
        Way(contact.name, contact.language, r.channel, r.address, contact_id=contact.id) for r in session.exec(rows)
    ]


def _call(
    session: Session, ids: Ids, wearer: Wearer, alarm: Alarm, round_: int, contact: Contact, now: datetime
) -> None:
    alarm.calls += 1
    if round_ != alarm.round:
        alarm.round, alarm.round_call = round_, alarm.calls
    alarm.called_contact = contact.id
    history.note(session, alarm, Log.CALLED, now, actor=contact.name, how="timer", call=alarm.calls, round=alarm.round)
    found = ways(session, contact)
    try_each(session, ids, alarm, found, CALL, now)
    history.set_timer(alarm, now + history.plan(wearer).step, now)
    if not found:
        _note_no_way(session, ids, alarm, contact, now)
        history.set_timer(alarm, now, now)
    session.add(alarm)


def _note_no_way(session: Session, ids: Ids, alarm: Alarm, contact: Contact, now: datetime) -> None:
    """A try like another, so that the next one is called."""
    way = Way(contact.name, contact.language, "", "", contact.id)
    attempt = _attempt(ids, alarm, way, CALL, now)
    attempt.outcome, attempt.code, attempt.failed_at = Outcome.FAILED, "no_channel", now
    session.add(attempt)
    history.note(session, alarm, Log.FAILED, now, actor=contact.name, code="no_channel", call=alarm.calls)


def _call_staff(session: Session, ids: Ids, wearer: Wearer, alarm: Alarm, now: datetime) -> None:
    alarm.calls += 1
    alarm.called_contact, alarm.is_with_staff = None, True
    staff = session.exec(select(Person).where(Person.role == Role.STAFF).order_by(col(Person.id))).all()
    history.note(session, alarm, Log.STAFF_CALLED, now, how="timer", call=alarm.calls, staff=len(staff))
    found = [Way(p.name, p.language, "email", p.email, person_id=p.id) for p in staff]
    try_each(session, ids, alarm, found, CALL, now)
    if not found:
        history.note(session, alarm, Log.NOBODY_REACHED, now, how="timer")
        _begin_again(alarm, now)
    else:
        history.set_timer(alarm, now + history.plan(wearer).step, now)
    session.add(alarm)


def try_each(session: Session, ids: Ids, alarm: Alarm, found: Iterable[Way], template: str, now: datetime) -> None:
    """A row for every try, and what sends it, in one transaction."""
    for way in found:
        attempt = _attempt(ids, alarm, way, template, now)
        session.add(attempt)
        session.flush()
        outbox.put(session, ids, NOTIFY, {"attempt": attempt.id}, not_before=now, now=now)


def _attempt(ids: Ids, alarm: Alarm, way: Way, template: str, now: datetime) -> AlarmAttempt:
    return AlarmAttempt(
        id=ids(), alarm_id=alarm.id, contact_id=way.contact_id, person_id=way.person_id, name=way.name,
        language=way.language, channel=way.channel, address=way.address, outcome=Outcome.QUEUED, queued_at=now,
        call=alarm.calls if template == CALL else 0, template=template,
    )  # fmt: skip


def settle(session: Session, attempt_id: str, outcome: Outcome, code: str | None, now: datetime) -> None:
    """What became of a try. When nobody of a call could be reached, the next call is due at once."""
    found = session.get(AlarmAttempt, attempt_id)
    held = None if found is None else history.locked(session, found.alarm_id)
    if found is None or held is None:
        return
    session.refresh(found)
    if found.outcome == Outcome.ANSWERED:
        return
    found.outcome, found.code = outcome, code
    _, alarm = held
    if outcome is Outcome.FAILED:
        found.failed_at = now
        history.note(session, alarm, Log.FAILED, now, actor=found.name, how=found.channel, code=code, call=found.call)
    else:
        found.sent_at = now
        alarm.first_sent_at = alarm.first_sent_at or now
        history.note(session, alarm, Log.SENT, now, actor=found.name, how=found.channel, call=found.call)
    session.add_all([found, alarm])
    session.flush()
    if outcome is Outcome.FAILED and alarm.state == AlarmState.RAISED and found.call == alarm.calls:
        _hurry(session, alarm, now)


def _hurry(session: Session, alarm: Alarm, now: datetime) -> None:
    if any(attempt.outcome != Outcome.FAILED for attempt in _tries(session, alarm, alarm.calls)):
        return
    if alarm.is_with_staff:
        history.note(session, alarm, Log.NOBODY_REACHED, now, how="timer")
        _begin_again(alarm, now)
    else:
        history.set_timer(alarm, now, now)
    session.add(alarm)


def _begin_again(alarm: Alarm, now: datetime) -> None:
    """Not even staff: everybody again, soon, for as long as it takes."""
    restart(alarm)
    history.set_timer(alarm, now + rules.TRY_AGAIN, now)


def _tries(session: Session, alarm: Alarm, since_call: int) -> list[AlarmAttempt]:
    since = max(since_call, 1)
    rows = select(AlarmAttempt).where(AlarmAttempt.alarm_id == alarm.id, AlarmAttempt.call >= since)
    return list(session.exec(rows))


def _reached(tries: Iterable[AlarmAttempt]) -> bool:
    """A contact, that is."""
    return any(attempt.contact_id is not None and attempt.outcome in rules.REACHED for attempt in tries)


def tell_again(session: Session, ids: Ids, alarm: Alarm, now: datetime) -> None:
    """It happened once more: whoever has taken it should know."""
    tell_holder(session, ids, alarm, NEWS_REPEATED, now)


def tell_holder(session: Session, ids: Ids, alarm: Alarm, template: str, now: datetime) -> None:
    contact = session.get(Contact, alarm.acknowledged_contact) if alarm.acknowledged_contact else None
    person = session.get(Person, alarm.acknowledged_person) if alarm.acknowledged_person else None
    if contact is not None:
        try_each(session, ids, alarm, ways(session, contact), template, now)
    elif person is not None:
        found = Way(person.name, person.language, "email", person.email, person_id=person.id)
        try_each(session, ids, alarm, [found], template, now)


def tell_others(session: Session, ids: Ids, alarm: Alarm, template: str, who: Answered, now: datetime) -> None:
    """Who was called, and now need not wonder any more. Not who answered, and each on each channel once."""
    others = {
        (a.channel, a.address): _way_of(a)
        for a in attempts(session, alarm.id)
        if a.call > 0 and a.outcome in rules.REACHED and not _is(a, who)
    }
    try_each(session, ids, alarm, others.values(), template, now)


def _is(attempt: AlarmAttempt, who: Answered) -> bool:
    if attempt.contact_id is not None:
        return attempt.contact_id == who.contact_id
    return attempt.person_id == who.person_id


def _way_of(attempt: AlarmAttempt) -> Way:
    return Way(attempt.name, attempt.language, attempt.channel, attempt.address, attempt.contact_id, attempt.person_id)


def end_drill(session: Session, alarm: Alarm, now: datetime) -> None:
    """A rehearsal is over when all who agreed to it were called: it is no alarm, and ends by itself."""
    alarm.state, alarm.closed_at, alarm.disposition = AlarmState.CLOSED, now, Disposition.DRILL
    history.set_timer(alarm, None, now)
    history.note(session, alarm, Log.CLOSED, now, how="timer", disposition=Disposition.DRILL)
    session.add(alarm)


def attempts(session: Session, alarm_id: str) -> list[AlarmAttempt]:
    """Oldest first."""
    rows = select(AlarmAttempt).where(AlarmAttempt.alarm_id == alarm_id)
    return list(session.exec(rows.order_by(col(AlarmAttempt.queued_at), col(AlarmAttempt.call), col(AlarmAttempt.id))))
