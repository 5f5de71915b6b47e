"""The sender behind `alarm.notify`: one try to reach one person, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db
from cloud.emergencies import calling, links, rules
from cloud.emergencies.links import For
from cloud.emergencies.rules import AlarmState, Outcome
from cloud.emergencies.tables import Alarm, AlarmAttempt, Wearer
from cloud.notifications.channels import WEBHOOK, Post, Target
from cloud.notifications.rendering import Words
from cloud.outbox.senders import Job, Sender, Sent
from cloud.people.tables import Household, Person

_WORTH_SENDING = {calling.CALL: AlarmState.RAISED, calling.NEWS_TAKEN: AlarmState.ACKNOWLEDGED}
_log = structlog.get_logger()


@dataclass(frozen=True)
class _Message:
    """What is to be said, read in one short transaction."""

    attempt: AlarmAttempt
    alarm: Alarm
    context: dict[str, Any]
    name: str
    time_zone: str
    token: str
    is_wanted: bool  # it still holds, and is still for whom it was meant


@dataclass(frozen=True)
class AlarmSender:
    """A try that fails is not repeated: the next person is called at once, and this one again in the next round.

    A webhook's answer comes from the contact's own program: what that takes is delivered.
    """

    engine: Engine
    words: Words
    post: Post

    def senders(self) -> dict[str, Sender]:
        return {calling.NOTIFY: self.send}

    def send(self, job: Job, now: datetime) -> Sent:
        message = self._read(str(job.payload["attempt"]), now)
        if message is None:
            return Sent.done()
        attempt, alarm = message.attempt, message.alarm
        if attempt.outcome != Outcome.QUEUED:
            return Sent.done()  # it was sent, and only the outbox did not hear of it
        if not message.is_wanted:
            return Sent.done(_settling(attempt.id, Outcome.FAILED, rules.NOT_NEEDED, now))
        try:
            mail = self.words.mail(
                attempt.template, message.context | {"path": f"/answer/{message.token}"}, name=attempt.name,
                language=attempt.language, time_zone=message.time_zone,
            )  # fmt: skip
        except Exception:  # noqa: BLE001 - whatever is wrong with these words, the next one is called at once
            _log.exception("alarm_not_rendered", template=attempt.template, alarm=alarm.number)
            return Sent.dead("not_rendered", _settling(attempt.id, Outcome.FAILED, "not_rendered", now))
        code = self.post(Target(attempt.channel, attempt.address, attempt.name), mail, f"alarm-{alarm.number}-{job.id}")
        if code is None:
            taken = Outcome.DELIVERED if attempt.channel == WEBHOOK else Outcome.SENT
            return Sent.done(_settling(attempt.id, taken, None, now))
        return Sent.dead(code, _settling(attempt.id, Outcome.FAILED, code, now))

    def _read(self, attempt_id: str, now: datetime) -> _Message | None:
        with db.reading(self.engine) as session:
            if links.are_there(session):
                return _read(session, attempt_id, now)
        with db.transaction(self.engine, is_urgent=True) as session:  # the first link of all makes the key
            return _read(session, attempt_id, now)


def _read(session: Session, attempt_id: str, now: datetime) -> _Message | None:
    attempt = session.get(AlarmAttempt, attempt_id)
    if attempt is None:
        return None
    alarm = session.get_one(Alarm, attempt.alarm_id)
    wearer = session.get_one(Wearer, alarm.wearer_id)
    home = session.get_one(Household, wearer.household_id)
    person = session.get(Person, wearer.person_id) if wearer.person_id else None
    token = links.make(links.keys(session, now)[0], For.ANSWER, attempt.id, now + links.ANSWER_LASTS)
    context = {
        "number": alarm.number,
        "wearer": person.name if person else home.name,
        "kind": alarm.kind,
        "is_drill": alarm.is_drill,
        "is_late": alarm.is_late,
        "happened_at": (alarm.happened_at or alarm.received_at).isoformat(),
        "is_staff": attempt.contact_id is None,
        "taken_by": alarm.acknowledged_by,
        "closed_by": alarm.closed_by,
        "disposition": alarm.disposition,
    }
    is_wanted = _is_wanted(session, alarm, attempt)
    session.flush()
    session.expunge_all()
    return _Message(attempt, alarm, context, attempt.name, home.time_zone, token, is_wanted)


def _is_wanted(session: Session, alarm: Alarm, attempt: AlarmAttempt) -> bool:
    """Much can have changed since it was queued: somebody answered, a contact was removed or said no."""
    if alarm.state != _WORTH_SENDING.get(attempt.template, alarm.state):
        return False
    called = calling.contacts(session, alarm.wearer_id, for_drill=alarm.is_drill)
    return attempt.contact_id is None or attempt.contact_id in {contact.id for contact in called}


def _settling(attempt_id: str, outcome: Outcome, code: str | None, now: datetime) -> Callable[[Session], None]:
    return lambda session: calling.settle(session, attempt_id, outcome, code, now)
