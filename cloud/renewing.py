"""What an engineer does when a secret has become known: make it worth nothing, and say what follows from that."""

import argparse
from datetime import datetime
from typing import TypeAlias

from sqlmodel import Session

from cloud.emergencies import history, links
from cloud.people import service as people
from cloud.refused import CommandError
from cloud.settings import Settings

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name


def add_to(commands: _Commands, person: _Commands) -> None:
    """`links renew`, and `person reset` beside `person add`."""
    reset = person.add_parser("reset", help="end somebody's password and sign-ins; print a link for a new password")
    reset.add_argument("email")
    reset.set_defaults(does=reset_person)
    renew = commands.add_parser("links", help="the links in mails").add_subparsers(required=True)
    renew.add_parser("renew", help="a new key: every link sent so far is worth nothing").set_defaults(does=renew_links)


def reset_person(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    account = people.account_for(session, given.email)
    if account is None:
        raise CommandError(f"nobody signs in as {given.email}")
    secret = people.reset(session, account, now)
    return (
        f"{account.email} is signed out everywhere, and chooses a new password here, within seven days:\n"
        f"  {settings.public_url}/welcome/{secret}"
    )


def renew_links(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    """Not while somebody may be on the way to a mail that calls them."""
    del given, settings
    if history.count_active(session):
        raise CommandError("an alarm is active, and its mails hold links: close it first, on the page Alarms")
    links.renew(session, now)
    return (
        "Every link mailed so far is worth nothing: answers to alarms that are over, contacts' agreements, invitations "
        "to a circle.\nWhat was agreed stands. Who has not answered yet is asked anew when they are removed and added."
    )
