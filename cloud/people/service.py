"""Signing in and out, and the making of households and persons."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlmodel import Session, col, delete, select

from cloud.people import rules
from cloud.people.tables import Account, Household, Person, Role, SignIn
from kit.ids import Ids

_HASHER = PasswordHasher()  # argon2id, the library's own parameters (RFC 9106, low memory)


class PeopleError(Exception):
    """What was asked cannot be done; the message says what to do."""


@dataclass(frozen=True)
class NewPerson:
    """Somebody to add. `household_id` is None for staff."""

    name: str
    email: str
    role: Role = Role.CUSTOMER
    household_id: str | None = None
    language: str = "en"


@dataclass(frozen=True)
class SignedIn:
    """The secret goes into the cookie and is kept nowhere else."""

    secret: str
    person: Person


def add_household(session: Session, ids: Ids, name: str, time_zone: str, now: datetime) -> Household:
    """Raises PeopleError when the time zone is not an IANA name."""
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise PeopleError(f"{time_zone!r} is no time zone: give an IANA name such as Europe/Berlin") from error
    household = Household(id=ids(), name=name, time_zone=time_zone, created_at=now)
    session.add(household)
    session.flush()
    return household


def add_person(session: Session, ids: Ids, new: NewPerson, now: datetime) -> tuple[Person, str]:
    """The person and an invitation secret with which they choose their password.

    Raises PeopleError when the address is taken.
    """
    email = rules.plain_email(new.email)
    if "@" not in email:
        raise PeopleError(f"{new.email!r} is no e-mail address")
    if session.exec(select(Account).where(Account.email == email)).first() is not None:
        raise PeopleError(f"{email} has an account already")
    person = Person(
        id=ids(), household_id=new.household_id, name=new.name, role=new.role, email=email,
        language=new.language, created_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    account = Account(person_id=person.id, email=email)
    session.add(account)
    return person, invite(session, account, now)


def invite(session: Session, account: Account, now: datetime) -> str:
    """A secret that lets its holder set the password, once, for a week."""
    secret = secrets.token_urlsafe(24)
    account.invite_hash = rules.fingerprint(secret)
    account.invite_expires_at = now + rules.INVITE_LASTS
    session.add(account)
    session.flush()
    return secret


def invited(session: Session, secret: str, now: datetime) -> Account | None:
    """None: unknown, used or too old."""
    account = session.exec(select(Account).where(Account.invite_hash == rules.fingerprint(secret))).first()
    if account is None or account.invite_expires_at is None or account.invite_expires_at <= now:
        return None
    return account


def hash_password(password: str) -> str:
    """Slow on purpose (about a third of a second): call it outside of a transaction."""
    return _HASHER.hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Slow on purpose, and as slow for an account that does not exist: call it outside of a transaction."""
    try:
        _HASHER.verify(password_hash or of_nobody(_HASHER), password)
    except Argon2Error:
        return False
    return password_hash is not None


def of_nobody(hasher: PasswordHasher) -> str:
    """A hash that no password is known to fit, as slow to compare with as a real one. Itself it costs nothing."""
    parameters = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v=19${parameters}${salt}${digest}"


def set_password(session: Session, account: Account, password_hash: str | None) -> None:
    """Every other browser of this person is signed out."""
    account.password_hash = password_hash
    account.invite_hash = account.invite_expires_at = account.locked_until = None
    account.failed_count = 0
    session.add(account)
    session.exec(delete(SignIn).where(col(SignIn.person_id) == account.person_id))


def reset(session: Session, account: Account, now: datetime) -> str:
    """The password fits no more and every browser is signed out. Returns the secret of a new invitation."""
    set_password(session, account, None)
    return invite(session, account, now)


def account_for(session: Session, email: str) -> Account | None:
    return session.exec(select(Account).where(Account.email == rules.plain_email(email))).first()


def note_failure(session: Session, account: Account, now: datetime) -> None:
    account.failed_count += 1
    account.locked_until = now + rules.lock_after(account.failed_count)
    session.add(account)


def sign_in(session: Session, account: Account, now: datetime) -> SignedIn:
    """A new secret at every sign-in, so that one planted before is worth nothing."""
    account.failed_count = 0
    account.locked_until = None
    session.add(account)
    secret = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            secret_hash=rules.fingerprint(secret),
            person_id=account.person_id,
            csrf_secret=secrets.token_urlsafe(24),
            created_at=now,
            seen_at=now,
            expires_at=now + rules.SIGN_IN_LASTS,
        )
    )
    return SignedIn(secret, session.get_one(Person, account.person_id))


def who(session: Session, secret: str, now: datetime) -> tuple[Person, SignIn] | None:
    """None: not signed in, or no longer."""
    row = session.get(SignIn, rules.fingerprint(secret))
    if row is None or not rules.is_live(row.expires_at, row.seen_at, now):
        return None
    return session.get_one(Person, row.person_id), row


def sign_out(session: Session, secret: str) -> None:
    session.exec(delete(SignIn).where(col(SignIn.secret_hash) == rules.fingerprint(secret)))


def household(session: Session, household_id: str) -> Household:
    return session.get_one(Household, household_id)


def customers(session: Session, household_id: str) -> list[Person]:
    """Who is told about a household's orders, oldest first."""
    return [person for person in members(session, household_id) if person.email]


def members(session: Session, household_id: str) -> list[Person]:
    """Everybody of a household, oldest first; also who never signs in."""
    rows = select(Person).where(Person.household_id == household_id).order_by(col(Person.created_at), col(Person.id))
    return list(session.exec(rows))


def add_member(session: Session, ids: Ids, household_id: str, name: str, language: str, now: datetime) -> Person:
    """Somebody of the household who does not sign in: there is no address, and nothing is mailed to them."""
    person = Person(
        id=ids(), household_id=household_id, name=name, role=Role.CUSTOMER, email="", language=language,
        created_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    return person


def lock(session: Session, household_id: str) -> None:
    """Until the transaction ends, whoever also asks waits: what a household allows and what is done go one by one."""
    session.exec(select(Household.id).where(Household.id == household_id).with_for_update(key_share=True)).one()


def seen(session: Session, secret: str, now: datetime) -> None:
    """The browser is in use: it stays signed in."""
    row = session.get(SignIn, rules.fingerprint(secret))
    if row is not None:
        row.seen_at = now
        session.add(row)
