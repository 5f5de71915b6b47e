"""One alarm with everything that is known of it: what happened in order, who was tried and how, and the movement."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.devices.tables import Device
from cloud.emergencies import answering, calling, circle, history
from cloud.emergencies.rules import Log
from cloud.emergencies.tables import (
    Alarm,
    AlarmAttempt,
    AlarmLogEntry,
    AlarmMovement,
    Band,
    Contact,
    Wearer,
)  # fmt: skip
from cloud.people.tables import Household
from cloud.views import alarms
from cloud.views.alarms import Row

_CALLS = frozenset({Log.CALLED, Log.STAFF_CALLED})
_OF_A_TRY = frozenset({Log.SENT, Log.FAILED})


@dataclass(frozen=True)
class Moment:
    """Something that happened; where people were called or told, with each try. `event`: of `Log`, or `told`."""

    at: datetime
    event: str
    actor: str | None = None
    how: str | None = None
    detail: dict[str, object] = field(default_factory=dict)
    tries: tuple[AlarmAttempt, ...] = ()


@dataclass(frozen=True)
class Person:
    """A contact, with what the last try of this alarm to reach them came to."""

    contact: Contact
    ways: tuple[tuple[str, str], ...]  # channel, and where to, without what is secret in it
    last: AlarmAttempt | None
    is_called_now: bool


@dataclass(frozen=True)
class Whole:
    """All of it."""

    row: Row
    wearer: Wearer
    household: Household
    device: Device | None
    band: Band | None
    people: list[Person]
    moments: list[Moment]
    movements: list[AlarmMovement]
    others: int  # alarms of the same wearer, not counting drills

    @property
    def alarm(self) -> Alarm:
        return self.row.alarm

    @property
    def holder(self) -> str:
        return answering.holder(self.alarm)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.household.time_zone)


def whole(session: Session, alarm_id: str) -> Whole | None:
    """None: there is no such alarm."""
    rows = alarms.with_reach(session, session.execute(alarms.named().where(col(Alarm.id) == alarm_id)).all())
    if not rows:
        return None
    row = rows[0]
    wearer = session.get_one(Wearer, row.alarm.wearer_id)
    tries = calling.attempts(session, alarm_id)
    others = select(sa.func.count()).where(Alarm.wearer_id == wearer.id, Alarm.id != alarm_id)
    return Whole(
        row=row,
        wearer=wearer,
        household=session.get_one(Household, wearer.household_id),
        device=session.get(Device, wearer.device_id) if wearer.device_id else None,
        band=session.get(Band, wearer.device_id) if wearer.device_id else None,
        people=_people(session, row.alarm, tries),
        moments=timeline(history.log_of(session, alarm_id), tries),
        movements=_movements(session, alarm_id),
        others=session.exec(others.where(col(Alarm.is_drill).is_(False))).one(),
    )


def timeline(log: list[AlarmLogEntry], tries: list[AlarmAttempt]) -> list[Moment]:
    """Oldest first. What a try came to stands with the call that made it, and not a second time by itself."""
    moments = []
    for entry in log:
        if entry.event in _OF_A_TRY and entry.detail.get("code") != "no_channel":
            continue
        made = tuple(t for t in tries if entry.event in _CALLS and t.call == entry.detail.get("call"))
        moments.append(Moment(entry.at, entry.event, entry.actor, entry.how, entry.detail, made))
    moments += _news(tries)
    return sorted(moments, key=lambda moment: moment.at)


def _news(tries: list[AlarmAttempt]) -> list[Moment]:
    """Those who were told of the alarm without being called, together where it was one piece of news."""
    told = [t for t in tries if t.call == 0]
    pieces = dict.fromkeys((t.queued_at, t.template) for t in told)
    return [
        Moment(
            at, "told", detail={"template": template}, tries=tuple(t for t in told if (t.queued_at, t.template) == p)
        )
        for p in pieces
        for at, template in [p]
    ]


def _people(session: Session, alarm: Alarm, tries: list[AlarmAttempt]) -> list[Person]:
    last = {t.contact_id: t for t in tries if t.call > 0}
    contacts = circle.contacts(session, alarm.wearer_id)
    called = alarms.called_now(alarm, contacts)
    return [
        Person(
            contact,
            tuple((r.channel, shown_address(r.channel, r.address)) for r in circle.reaches(session, contact.id)),
            last.get(contact.id),
            is_called_now=contact is called,
        )
        for contact in contacts
    ]


def shown_address(channel: str, address: str) -> str:
    """The addresses of machines often hold a password: only where they lead is shown."""
    if channel == "email":
        return address
    parts = urlsplit(address)
    if channel == "webhook":
        return parts.hostname or ""
    return parts.scheme or address.partition(":")[0]


def _movements(session: Session, alarm_id: str) -> list[AlarmMovement]:
    rows = select(AlarmMovement).where(AlarmMovement.alarm_id == alarm_id)
    return list(session.exec(rows.order_by(col(AlarmMovement.at), col(AlarmMovement.wire_id))))
