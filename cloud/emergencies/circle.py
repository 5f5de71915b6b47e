"""Who wears which band, who is called for them, and what each has agreed to. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.emergencies import handing_over, history
from cloud.emergencies.rules import ACTIVE, AlarmState, Log
from cloud.emergencies.tables import Alarm, Contact, Reach, Wearer
from kit.ids import Ids

MOST_CONTACTS = 12
STEP_S, ROUNDS, LEASE_S = (30, 3600), (1, 5), (300, 7200)  # least and most


class Refused(StrEnum):
    """Why it could not be done."""

    NO_WEARER = "no_wearer"
    NO_CONTACT = "no_contact"
    TOO_MANY = "too_many"
    OUT_OF_BOUNDS = "out_of_bounds"


@dataclass(frozen=True)
class NewContact:
    """Somebody to be called. `reaches`: channel and address, checked by the caller."""

    name: str
    language: str
    reaches: tuple[tuple[str, str], ...]
    person_id: str | None = None
    in_circle: bool = False


def wearers(session: Session, household_id: str) -> list[Wearer]:
    """Those of whom anybody knows: who they are, or which band they wear."""
    rows = select(Wearer).where(
        Wearer.household_id == household_id,
        sa.or_(col(Wearer.person_id).is_not(None), col(Wearer.device_id).is_not(None)),
    )
    return list(session.exec(rows.order_by(col(Wearer.created_at), col(Wearer.id))))


def wearer(session: Session, household_id: str, wearer_id: str) -> Wearer | None:
    """None: not of this household."""
    found = session.get(Wearer, wearer_id)
    return found if found is not None and found.household_id == household_id else None


def of_device(session: Session, ids: Ids, household_id: str, device_id: str, now: datetime) -> Wearer:
    """Who wears it. A band that nobody was named for still has alarms: they go to staff until somebody is named."""
    found = session.exec(select(Wearer).where(Wearer.device_id == device_id)).first()
    if found is None:
        found = Wearer(id=ids(), household_id=household_id, device_id=device_id, created_at=now)
        session.add(found)
        session.flush()
    return found


def name(session: Session, found: Wearer, person_id: str | None, now: datetime) -> Wearer:
    """Say who wears it. Whoever wore another band before keeps contacts, plan and notes, and has this one now."""
    theirs = None
    if person_id is not None:
        theirs = session.exec(select(Wearer).where(Wearer.person_id == person_id)).first()
    if theirs is not None and theirs.id != found.id:
        handing_over.move_band(session, found.id, theirs.id, now)
        return theirs
    locked = history.lock(session, found.id)
    locked.person_id = person_id
    session.add(locked)
    session.flush()
    return locked


def change_plan(session: Session, found: Wearer, *, step_s: int, rounds: int, lease_s: int) -> Wearer | Refused:
    """Holds for alarms that are active already, from their next call on."""
    for value, (least, most) in ((step_s, STEP_S), (rounds, ROUNDS), (lease_s, LEASE_S)):
        if not least <= value <= most:
            return Refused.OUT_OF_BOUNDS
    locked = history.lock(session, found.id)
    locked.step_s, locked.rounds, locked.lease_s = step_s, rounds, lease_s
    session.add(locked)
    return locked


def contacts(session: Session, wearer_id: str) -> list[Contact]:
    """In the order in which they are called; also those who said no, not those who were removed."""
    rows = select(Contact).where(Contact.wearer_id == wearer_id, col(Contact.removed_at).is_(None))
    return list(session.exec(rows.order_by(col(Contact.position), col(Contact.id))))


def reaches(session: Session, contact_id: str) -> list[Reach]:
    return list(session.exec(select(Reach).where(Reach.contact_id == contact_id).order_by(col(Reach.id))))


def add_contact(session: Session, ids: Ids, wearer_id: str, new: NewContact, now: datetime) -> Contact | Refused:
    """At the end of the order."""
    history.lock(session, wearer_id)
    known = contacts(session, wearer_id)
    if len(known) >= MOST_CONTACTS:
        return Refused.TOO_MANY
    contact = Contact(
        id=ids(), wearer_id=wearer_id, person_id=new.person_id, name=new.name, language=new.language,
        position=max((c.position for c in known), default=0) + 1, in_circle=new.in_circle, created_at=now,
    )  # fmt: skip
    session.add(contact)
    session.flush()
    for channel, address in new.reaches:
        session.add(Reach(id=ids(), contact_id=contact.id, channel=channel, address=address))
    session.flush()
    return contact


def contact(session: Session, wearer_id: str, contact_id: str) -> Contact | None:
    """None: removed, or another wearer's."""
    found = session.get(Contact, contact_id)
    if found is None or found.wearer_id != wearer_id or found.removed_at is not None:
        return None
    return found


def remove_contact(session: Session, wearer_id: str, contact_id: str, actor: str, now: datetime) -> Contact | Refused:
    """Also while an alarm is active: the next one is called at once where this one had it, else in their time."""
    history.lock(session, wearer_id)
    found = contact(session, wearer_id, contact_id)
    if found is None:
        return Refused.NO_CONTACT
    found.removed_at = now
    session.add(found)
    active = select(Alarm).where(Alarm.wearer_id == wearer_id, col(Alarm.state).in_(ACTIVE))
    for alarm in session.exec(active):
        history.note(session, alarm, Log.CONTACT_REMOVED, now, actor=actor, how="page", contact=found.name)
    _let_go(session, found, now)
    session.flush()
    return found


def move(session: Session, wearer_id: str, contact_id: str, up: int) -> Contact | Refused:
    """One place earlier (`up` 1) or later (-1) in the order; at the end nothing changes."""
    history.lock(session, wearer_id)
    order = contacts(session, wearer_id)
    at = next((n for n, c in enumerate(order) if c.id == contact_id), None)
    if at is None:
        return Refused.NO_CONTACT
    to = min(max(at - up, 0), len(order) - 1)
    order[at].position, order[to].position = order[to].position, order[at].position
    session.add_all([order[at], order[to]])
    session.flush()
    return order[at]


def agree(session: Session, found: Contact, *, alarms: bool, drills: bool, now: datetime) -> None:
    """What the contact says of themselves, by their own link. Saying no to alarms says no to drills, too."""
    found.agreed_at, found.declined_at = (found.agreed_at or now, None) if alarms else (None, found.declined_at or now)
    found.drills_agreed_at = (found.drills_agreed_at or now) if alarms and drills else None
    session.add(found)
    if not alarms:
        _let_go(session, found, now)
    session.flush()


def _let_go(session: Session, gone: Contact, now: datetime) -> None:
    """Who can answer no more has no alarm either: somebody else is called now, and not when the lease is over."""
    held = select(Alarm).where(Alarm.acknowledged_contact == gone.id, Alarm.state == AlarmState.ACKNOWLEDGED)
    for alarm in session.exec(held):
        alarm.state = AlarmState.RAISED
        history.let_go(alarm)
        history.set_timer(alarm, now, now)
        history.note(session, alarm, Log.PASSED_ON, now, actor=gone.name, how="gone")
        session.add(alarm)


def looked_after_by(session: Session, person_id: str) -> list[Wearer]:
    """Whose circle this person belongs to."""
    rows = (
        select(Wearer)
        .join(Contact, col(Contact.wearer_id) == col(Wearer.id))
        .where(
            Contact.person_id == person_id, col(Contact.in_circle).is_(True), col(Contact.removed_at).is_(None),
            col(Contact.declined_at).is_(None),
        )
        .order_by(col(Wearer.id))
    )  # fmt: skip
    return list({found.id: found for found in session.exec(rows)}.values())
