"""Who looks after whom: contacts are asked, invited to see more, and come in by a link of their own."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.emergencies import circle, links
from cloud.emergencies.circle import NewContact, Refused
from cloud.emergencies.tables import Contact, Wearer
from cloud.flows import by_link
from cloud.notifications import service as notifications
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Account, Household, Person, Role
from kit.ids import Ids

EMAIL = "email"
ASKED, INVITED = "contact_invited", "circle_invited"
MOST_A_DAY = 20  # of each wearer: nobody's letter box is filled from here


def name_of(session: Session, wearer: Wearer) -> str:
    """As who answers knows them: the wearer's own name, else the home's."""
    person = session.get(Person, wearer.person_id) if wearer.person_id else None
    return person.name if person else session.get_one(Household, wearer.household_id).name


def add_contact(session: Session, ids: Ids, wearer: Wearer, new: NewContact, now: datetime) -> Contact | Refused:
    """At the end of the order, and asked at once whether they agree."""
    if _added_lately(session, wearer.id, now) >= MOST_A_DAY:
        return Refused.TOO_MANY
    contact = circle.add_contact(session, ids, wearer.id, new, now)
    if isinstance(contact, Contact):
        path = f"/agree/{links.to_agree(session, contact.id, now)}"
        _mail(session, ids, (wearer, contact), ASKED, path, f"{ASKED}:{contact.id}", now)
    return contact


def invite(session: Session, ids: Ids, wearer: Wearer, contact: Contact, now: datetime) -> None:
    """Ask a contact to see how the wearer is; once a day. The same mail, whether or not they have an account."""
    path = f"/circle/join/{links.to_agree(session, contact.id, now)}"
    _mail(session, ids, (wearer, contact), INVITED, path, f"{INVITED}:{contact.id}:{now:%Y-%m-%d}", now)


def invited(session: Session, token: str, now: datetime) -> Contact | None:
    """Whose own link this is. None: no such link, too old, or they are not to see anything any more."""
    contact = by_link.contact(session, token, now)
    if not isinstance(contact, Contact) or contact.declined_at is not None or not contact.in_circle:
        return None
    return contact


def join(session: Session, contact: Contact, person: Person) -> None:
    """They have come by their own link: from now on their account sees how the wearer is."""
    contact.person_id = person.id
    session.add(contact)
    session.flush()


def open_account(session: Session, ids: Ids, contact: Contact, now: datetime) -> str | None:
    """Who holds the link reads the mail of that address: they may choose a password.

    Returns the secret of an invitation; None: the address has an account already, with which they sign in.
    """
    email = email_of(session, contact) or ""
    account = people.account_for(session, email)
    if account is not None:
        return _once_more(session, contact, account, now)
    new = NewPerson(contact.name, email, Role.CARER, language=contact.language)
    person, secret = people.add_person(session, ids, new, now)
    join(session, contact, person)
    return secret


def leave(session: Session, wearer_id: str, person_id: str) -> bool:
    """They do not want to see it any more; alarms reach them as before. False: they saw nothing."""
    mine = [contact for contact in circle.contacts(session, wearer_id) if contact.person_id == person_id]
    for contact in mine:
        contact.person_id = None
        session.add(contact)
    session.flush()
    return bool(mine)


def show(session: Session, contact: Contact, *, in_circle: bool) -> None:
    """Whether this contact may see how the wearer is. Who may not any more is invited anew, should they again."""
    contact.in_circle = in_circle
    if not in_circle:
        contact.person_id = None
    session.add(contact)
    session.flush()


def wearer_of(session: Session, contact: Contact) -> str:
    """The name of whom this contact is asked to look after."""
    return name_of(session, session.get_one(Wearer, contact.wearer_id))


def email_of(session: Session, contact: Contact) -> str | None:
    return next((r.address for r in circle.reaches(session, contact.id) if r.channel == EMAIL), None)


def _once_more(session: Session, contact: Contact, account: Account, now: datetime) -> str | None:
    """An account that was made for this contact, and whose password nobody has chosen yet."""
    is_unused = account.password_hash is None and account.person_id == contact.person_id
    return people.invite(session, account, now) if is_unused else None


def _added_lately(session: Session, wearer_id: str, now: datetime) -> int:
    rows = select(sa.func.count()).select_from(Contact)
    return session.exec(
        rows.where(Contact.wearer_id == wearer_id, col(Contact.created_at) > now - timedelta(days=1))
    ).one()


def _mail(
    session: Session, ids: Ids, pair: tuple[Wearer, Contact], template: str, path: str, key: str, now: datetime
) -> None:
    wearer, contact = pair
    email = email_of(session, contact)
    if email is None:
        return
    home = people.household(session, wearer.household_id)
    to = notifications.Contact(contact.id, contact.name, email, contact.language, home.time_zone, home.id)
    notifications.tell(session, ids, to, template, {"wearer": name_of(session, wearer), "path": path}, key, now)
