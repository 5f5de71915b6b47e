"""Is the fall alarm on? What wristbands say is noted, and whoever relies on it is told of a change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from cloud.consent import service as consent
from cloud.devices import naming
from cloud.devices.naming import Heard
from cloud.emergencies import circle, links, watching
from cloud.emergencies.tables import Contact, Wearer
from cloud.emergencies.watching import Change
from cloud.flows import circles
from cloud.flows.alarms import WRISTBAND
from cloud.notifications import service as notifications
from cloud.people import service as people
from contract.fields import Purpose
from contract.messages import DeviceReport
from kit.ids import Ids

TEMPLATE = "standing_changed"


@dataclass(frozen=True)
class Listener:
    """Somebody who relies on the fall alarm. `contact` None: of the household."""

    to: notifications.Contact
    contact: Contact | None = None


def note_bands(session: Session, ids: Ids, heard: Heard, reports: Iterable[DeviceReport]) -> None:
    """A wristband has somebody to wear it from its first report on. How it is worn is kept only where that is allowed.

    What the broker had kept is as old as what we had heard of the device before.
    """
    bands = [report for report in reports if report.type == WRISTBAND]
    if not bands:
        return
    is_allowed = consent.standing(session, heard.agent.household_id).allows(Purpose.SAFETY)
    for report in bands:
        device = naming.called(session, heard.agent.id, report.device)
        if device is None or device.household_id != heard.agent.household_id:
            continue
        circle.of_device(session, ids, device.household_id, device.id, heard.at)
        at = device.last_heard_at if heard.retained else heard.at
        if is_allowed and at is not None:
            watching.note_band(session, device, report, at)


def tell_changes(
    session: Session, ids: Ids, wearer_id: str, now: datetime, tell_after: timedelta = watching.TELL_AFTER
) -> Change | None:
    """Everybody who relies on it is told once of each change that lasts. None: nothing to tell."""
    change = watching.changed(session, wearer_id, now, tell_after)
    if change is None:
        return None
    wearer = change.watch.wearer
    said = {
        "wearer": circles.name_of(session, wearer),
        "standing": change.watch.standing,
        "before": change.before,
        "since": change.since.isoformat(),
    }
    key = f"{TEMPLATE}:{wearer.id}:{change.watch.standing}:{change.since.isoformat()}"
    for each in audience(session, wearer):
        path = "/safety" if each.contact is None else _path(session, each.contact, now)
        notifications.tell(session, ids, each.to, TEMPLATE, {**said, "path": path}, key, now)
    return change


def tell_household(session: Session, ids: Ids, household_id: str, now: datetime) -> None:
    """Somebody has switched it on or off: nobody waits for the next look."""
    for wearer in circle.wearers(session, household_id):
        tell_changes(session, ids, wearer.id, now)


def audience(session: Session, wearer: Wearer) -> list[Listener]:
    """The household, and who of the contacts may see how the wearer is and has said yes; each address once."""
    home = people.household(session, wearer.household_id)
    found = [
        Listener(notifications.Contact(p.id, p.name, p.email, p.language, home.time_zone, home.id))
        for p in people.customers(session, home.id)
    ]
    if consent.standing(session, home.id).allows(Purpose.CIRCLE):
        for contact in circle.contacts(session, wearer.id):
            email = circles.email_of(session, contact) if _relies_on_it(contact) else None
            if email is not None:
                to = notifications.Contact(contact.id, contact.name, email, contact.language, home.time_zone, home.id)
                found.append(Listener(to, contact))
    return list({each.to.email.lower(): each for each in reversed(found)}.values())[::-1]


def _relies_on_it(contact: Contact) -> bool:
    has_said_yes = contact.agreed_at is not None or contact.person_id is not None
    return contact.in_circle and has_said_yes and contact.declined_at is None


def _path(session: Session, contact: Contact, now: datetime) -> str:
    """Without an account: to what they have agreed to, where they can also end it."""
    if contact.person_id is not None:
        return "/circle"
    return f"/agree/{links.to_agree(session, contact.id, now)}"
