"""What a household, and who looks after somebody of it, see of the fall alarm."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from cloud.consent import service as consent
from cloud.devices.tables import Device
from cloud.emergencies import answering, calling, circle, drills, history, watching
from cloud.emergencies.rules import ACTIVE, DRILL_LASTS, NOT_NEEDED, Standing
from cloud.emergencies.tables import Alarm, AlarmAttempt, Contact, Drill, Reach, Wearer
from cloud.emergencies.watching import Watch
from cloud.flows import circles
from cloud.flows.alarms import WRISTBAND
from cloud.people.tables import Household, Person, Role
from cloud.views.alarms import called_now
from contract.fields import Purpose

LAST = 10


@dataclass(frozen=True)
class Hop:
    """One stretch of a drill's way. `at` None: it has not come so far. `after_s`: since the hop before, where known."""

    name: str  # asked, broker, device, cloud, mail, answered
    at: datetime | None
    after_s: float | None = None
    who: str = ""
    failed: str | None = None  # why a message was not taken


@dataclass(frozen=True)
class DrillSeen:
    """A rehearsal as far as it has come. `is_lost`: nothing more is to be expected, and it reached nobody."""

    drill: Drill
    hops: tuple[Hop, ...]
    is_over: bool
    is_lost: bool

    @property
    def reached_some(self) -> bool:
        """It is over, and somebody was not reached, or not on every way."""
        return self.is_over and not self.is_lost and any(hop.name == "mail" and hop.at is None for hop in self.hops)


@dataclass(frozen=True)
class ContactSeen:
    """Somebody who is called, and on which ways."""

    contact: Contact
    reaches: tuple[Reach, ...]


@dataclass(frozen=True)
class AlarmSeen:
    """One alarm. `calling`: who is called now; None: nobody, or the service's own staff.

    `lately`: `got_up` or `long_lie`, where the band has said so; the last of it.
    """

    alarm: Alarm
    calling: str | None
    lately: str | None = None

    @property
    def holder(self) -> str:
        return answering.holder(self.alarm)


@dataclass(frozen=True)
class Seen:
    """One wearer, the band, who is called, and what there was."""

    wearer: Wearer
    watch: Watch
    name: str
    is_named: bool
    zone: ZoneInfo  # of the wearer's home
    is_allowed: bool
    contacts: tuple[ContactSeen, ...]
    active: tuple[AlarmSeen, ...]
    last: tuple[Alarm, ...]
    drill: DrillSeen | None
    why_no_drill: drills.Refused | None
    has_staff: bool  # somebody is called when no contact answers

    @property
    def has_nobody(self) -> bool:
        """An alarm would reach no one at all."""
        return not self.has_staff and all(each.contact.declined_at is not None for each in self.contacts)

    @property
    def is_calm(self) -> bool:
        return self.watch.standing is Standing.ON and not self.active and not self.has_nobody


@dataclass(frozen=True)
class Ways:
    """Which of these pages mean something to a person."""

    safety: bool = False  # there is a wristband, or the permission
    circle: bool = False  # somebody may show them how they are


@dataclass(frozen=True)
class Safety:
    """Of a whole household."""

    wearers: tuple[Seen, ...]
    is_allowed: bool
    is_circle_allowed: bool


def of_household(session: Session, household_id: str, now: datetime) -> Safety:
    stands = consent.standing(session, household_id)
    found = [seen(session, wearer, now) for wearer in circle.wearers(session, household_id)]
    return Safety(
        tuple(one for one in found if one.wearer.device_id or one.is_named or one.contacts or one.active),
        is_allowed=stands.allows(Purpose.SAFETY), is_circle_allowed=stands.allows(Purpose.CIRCLE),
    )  # fmt: skip


def of_circle(session: Session, person_id: str, now: datetime) -> tuple[Seen, ...]:
    """Whom this person looks after, as far as each home allows the circle to see."""
    return tuple(
        seen(session, wearer, now)
        for wearer in circle.looked_after_by(session, person_id)
        if consent.standing(session, wearer.household_id).allows(Purpose.CIRCLE)
    )


def in_circle_of(session: Session, person_id: str, alarm_id: str) -> tuple[Alarm, Contact] | None:
    """The alarm, and as which contact this person may answer it. None: there is none that they may see."""
    alarm = session.get(Alarm, alarm_id)
    if alarm is None:
        return None
    for wearer in circle.looked_after_by(session, person_id):
        if wearer.id == alarm.wearer_id and consent.standing(session, wearer.household_id).allows(Purpose.CIRCLE):
            mine = [c for c in circle.contacts(session, wearer.id) if c.person_id == person_id and c.in_circle]
            return alarm, mine[0]
    return None


def ways(session: Session, person: Person) -> Ways:
    """Asked at every page, so in a few cheap questions."""
    circle_open = bool(circle.looked_after_by(session, person.id)) or person.role == Role.CARER
    if person.household_id is None:
        return Ways(circle=circle_open)
    band = select(Device.id).where(Device.household_id == person.household_id, Device.type == WRISTBAND).limit(1)
    has_band = session.exec(band).first() is not None
    return Ways(has_band or consent.standing(session, person.household_id).allows(Purpose.SAFETY), circle_open)


def seen(session: Session, wearer: Wearer, now: datetime) -> Seen:
    called = circle.contacts(session, wearer.id)
    alarms = select(Alarm).where(Alarm.wearer_id == wearer.id)
    active = session.exec(alarms.where(col(Alarm.state).in_(ACTIVE)).order_by(col(Alarm.number).desc())).all()
    over = alarms.where(col(Alarm.state).not_in(ACTIVE), col(Alarm.is_drill).is_(False))
    last = session.exec(over.order_by(col(Alarm.number).desc()).limit(LAST)).all()
    latest = drills.latest(session, wearer.id)
    home = session.get_one(Household, wearer.household_id)
    return Seen(
        wearer=wearer, watch=watching.watch(session, wearer, now), name=circles.name_of(session, wearer),
        is_named=wearer.person_id is not None, zone=ZoneInfo(home.time_zone),
        is_allowed=consent.standing(session, home.id).allows(Purpose.SAFETY),
        contacts=_with_reaches(session, called),
        active=tuple(_with_who_is_called(session, alarm, called) for alarm in active), last=tuple(last),
        drill=drill_seen(session, latest, now) if latest else None, why_no_drill=drills.why_not(session, wearer, now),
        has_staff=has_staff(session),
    )  # fmt: skip


def has_staff(session: Session) -> bool:
    """Somebody is called when no contact answers."""
    return session.exec(select(Person.id).where(Person.role == Role.STAFF).limit(1)).first() is not None


def _with_reaches(session: Session, called: list[Contact]) -> tuple[ContactSeen, ...]:
    rows = select(Reach).where(col(Reach.contact_id).in_([c.id for c in called])).order_by(col(Reach.id))
    found = session.exec(rows).all()
    return tuple(ContactSeen(c, tuple(r for r in found if r.contact_id == c.id)) for c in called)


def drill_seen(session: Session, drill: Drill, now: datetime) -> DrillSeen:
    alarm = session.get(Alarm, drill.alarm_id) if drill.alarm_id else None
    tried = (
        [] if alarm is None else [a for a in calling.attempts(session, alarm.id) if a.call > 0 and a.code != NOT_NEEDED]
    )
    way = (("asked", drill.asked_at), ("broker", drill.commanded_at), ("device", drill.device_at))
    hops = _one_after_another([*way, ("cloud", drill.received_at)])
    for attempt in tried:
        hops.extend(_of_attempt(attempt))
    if not tried:
        hops.append(Hop("mail", None))
    is_closed = alarm is not None and alarm.state not in ACTIVE
    is_over = is_closed or now - drill.asked_at > DRILL_LASTS
    return DrillSeen(drill, tuple(hops), is_over, is_lost=is_over and not any(a.sent_at for a in tried))


def drill(session: Session, household_id: str, drill_id: str) -> tuple[Drill, Wearer] | None:
    """None: not of this household."""
    found = session.get(Drill, drill_id)
    wearer = None if found is None else circle.wearer(session, household_id, found.wearer_id)
    return None if found is None or wearer is None else (found, wearer)


def _one_after_another(way: list[tuple[str, datetime | None]]) -> list[Hop]:
    hops = []
    before: datetime | None = None
    for name, at in way:
        after_s = None if at is None or before is None else (at - before).total_seconds()
        hops.append(Hop(name, at, after_s))
        before = at or before
    return hops


def _of_attempt(attempt: AlarmAttempt) -> list[Hop]:
    sent, queued, answered = attempt.sent_at, attempt.queued_at, attempt.answered_at
    failed = attempt.code if attempt.failed_at else None
    after_s = None if sent is None else (sent - queued).total_seconds()
    hops = [Hop("mail", sent, after_s, attempt.name, failed)]
    if not failed:
        waited_s = None if answered is None else (answered - (sent or queued)).total_seconds()
        hops.append(Hop("answered", answered, waited_s, attempt.name))
    return hops


def _with_who_is_called(session: Session, alarm: Alarm, contacts: list[Contact]) -> AlarmSeen:
    called = called_now(alarm, contacts)
    return AlarmSeen(alarm, called.name if called else None, history.last_update(session, alarm.id))
