"""The fall alarm of the demo's household: whom it calls, who sees it, and what has become of it. As a guest."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from cloud.emergencies import calling, circle, history, watching
from cloud.emergencies.circle import NewContact
from cloud.emergencies.rules import Outcome, Standing
from cloud.emergencies.tables import Alarm, Contact, Wearer
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Person, Role
from kit.ids import Ids
from simulator.demo.sight import AlarmSeen, Happened
from simulator.scenario import Helper, WristbandPart

STAFF = NewPerson("Sam Reed", "staff@example.org", Role.STAFF)
NOTES = "The neighbours on the left have a key.\nShe hears little without her hearing aid: ring twice."
_ROUNDS, _LEASE_S = 2, 1800
_NEVER_SILENT = timedelta(days=3650)  # the clock runs far ahead of what a network can report: only a broken line counts


def is_on(session: Session, household_id: str, now: datetime) -> bool:
    """The wristband has been heard, its agent obeys a consent that allows it, and the household has been told so."""
    found = circle.wearers(session, household_id)
    if not found or found[0].told_standing != Standing.ON:
        return False
    return watching.watch(session, found[0], now).standing is Standing.ON


def rely_on_it(
    session: Session, ids: Ids, household_id: str, part: WristbandPart, wearer: Person, now: datetime
) -> None:
    """As a household that has had it for long: named, and its contacts have agreed."""
    found = circle.wearers(session, household_id)[0]
    circle.name(session, found, wearer.id, now)
    circle.change_plan(session, found, step_s=part.step_s, rounds=_ROUNDS, lease_s=_LEASE_S)
    found.silent_after_s = round(_NEVER_SILENT.total_seconds())
    found.notes = NOTES
    session.add(found)
    for helper in part.contacts:
        _agrees(session, ids, found, helper, now)


def add_staff(session: Session, ids: Ids, now: datetime) -> Person:
    return people.add_person(session, ids, STAFF, now)[0]


def seen(session: Session, household_id: str) -> AlarmSeen | None:
    """The last alarm that is no drill. None: there was none."""
    rows = (
        select(Alarm)
        .join(Wearer, col(Wearer.id) == col(Alarm.wearer_id))
        .where(Wearer.household_id == household_id, col(Alarm.is_drill).is_(False))
    )
    alarm = session.exec(rows.order_by(col(Alarm.number).desc()).limit(1)).first()
    if alarm is None:
        return None
    contact = session.get(Contact, alarm.acknowledged_contact) if alarm.acknowledged_contact else None
    attempts = calling.attempts(session, alarm.id)
    return AlarmSeen(
        number=alarm.number,
        state=alarm.state,
        taken_by=contact.name if contact else alarm.acknowledged_by,
        is_quiet=all(attempt.outcome != Outcome.QUEUED for attempt in attempts),
        log=tuple(
            Happened(entry.id or 0, entry.at, entry.event, entry.actor or "", dict(entry.detail))
            for entry in history.log_of(session, alarm.id)
        ),
    )


def _agrees(session: Session, ids: Ids, wearer: Wearer, helper: Helper, now: datetime) -> None:
    person, _ = people.add_person(session, ids, NewPerson(helper.name, helper.email, Role.CARER), now)
    reaches = (("email", helper.email),)
    new = NewContact(helper.name, helper.language, reaches, person_id=person.id, in_circle=True)
    contact = circle.add_contact(session, ids, wearer.id, new, now)
    if isinstance(contact, Contact):
        circle.agree(session, contact, alarms=True, drills=True, now=now)
