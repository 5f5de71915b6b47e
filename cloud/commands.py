"""What an engineer does from the command line: households, people, agents, catalogue."""

import argparse
import re
import secrets
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from cloud import broker_access, db, renewing
from cloud.catalogue import loading
from cloud.catalogue import service as catalogue
from cloud.devices import claims, registry
from cloud.devices.inbox_tables import CommandRow
from cloud.flows import asking, desired, enrolling
from cloud.flows.enrolling import Secrets
from cloud.people import service as people
from cloud.people.service import NewPerson, PeopleError
from cloud.people.tables import Household, Role
from cloud.renewing import RenewError
from cloud.settings import Settings, broker_for_agents
from contract.fields import Order
from contract.limits import PREALARM_S
from contract.permissions import CLOUD_USERS
from kit import ids, whole_file
from kit.mosquitto_passwords import SALT_BYTES


class CommandError(Exception):
    """It cannot be done; the message says what to do."""


Command = Callable[[Session, argparse.Namespace, Settings, datetime], str]


def add_to(parser: argparse.ArgumentParser) -> None:
    """The commands besides running."""
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("run", help="everything for real use on this machine, with its own Mosquitto; data in data/")
    for role in ("web", "ingest", "jobs"):
        commands.add_parser(role, help=f"only the {role} role")
    commands.add_parser("migrate", help="bring the database's schema up to date")
    broker = commands.add_parser("broker-file", help="write who may connect, for a broker that starts with nothing")
    broker.add_argument("file", type=Path)
    broker.set_defaults(does=write_broker_file)
    _homes(commands)
    _agents(commands)
    catalog = commands.add_parser("catalogue", help="products, packs, suppliers").add_subparsers(required=True)
    load = catalog.add_parser("load", help="take in a catalogue file; without one, the one that comes along")
    load.add_argument("file", nargs="?", type=Path)
    load.set_defaults(does=load_catalogue)
    supplier = catalog.add_parser("supplier", help="say where a supplier listens, and with which secrets")
    for name in ("slug", "url"):
        supplier.add_argument(name)
    for name in ("--token", "--webhook-secret"):
        supplier.add_argument(name, required=True, type=_secret, help="-: a line of standard input")
    supplier.set_defaults(does=connect_supplier)


def _secret(given: str) -> str:
    """In the command itself it stands in the shell's history, and in every list of processes."""
    return sys.stdin.readline().rstrip("\n") if given == "-" else given


def _homes(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    home = commands.add_parser("household", help="add a household").add_subparsers(required=True)
    add = home.add_parser("add")
    add.add_argument("name")
    add.add_argument("--time-zone", default="UTC", help="IANA name, such as Europe/Berlin")
    add.add_argument("--currency", default="EUR")
    add.set_defaults(does=add_household)
    person = commands.add_parser("person", help="add somebody who may sign in").add_subparsers(required=True)
    add = person.add_parser("add")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument("--household", help="its name or id")
    add.add_argument("--staff", action="store_true")
    add.add_argument("--language", default="en")
    add.set_defaults(does=add_person)
    renewing.add_to(commands, person)


def _agents(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    agents = commands.add_parser("agents", help="add, list, revoke the agents on Pis").add_subparsers(required=True)
    add = agents.add_parser("add", help="register an agent and print its agent.toml")
    add.add_argument("name", help="lower-case letters, digits and dashes: its name at the broker")
    add.add_argument("--household", help="its name or id; may be left out when there is only one")
    add.set_defaults(does=add_agent)
    claim = agents.add_parser("claim", help="print a code, with which a Pi becomes this agent by one command")
    claim.add_argument("name", help="a new name, or one that is to move to another Pi")
    claim.add_argument("--household", help="for a new agent: its name or id")
    claim.set_defaults(does=claim_agent)
    agents.add_parser("list").set_defaults(does=list_agents)
    identify = agents.add_parser("identify", help="ask an agent to let its devices show themselves")
    identify.add_argument("name")
    identify.set_defaults(does=identify_agent)
    prealarm = agents.add_parser("prealarm", help="how long a wearer can cancel what was taken for a fall")
    prealarm.add_argument("name")
    prealarm.add_argument("seconds", type=int, help=f"{PREALARM_S.start} to {PREALARM_S.stop - 1}; 30 unless it is set")
    prealarm.set_defaults(does=set_prealarm)
    revoke = agents.add_parser("revoke", help="store nothing more of this agent")
    revoke.add_argument("name")
    revoke.set_defaults(does=revoke_agent)


def run(does: Command, given: argparse.Namespace, settings: Settings, engine: Engine, now: datetime) -> int:
    """One command, one transaction."""
    try:
        with db.transaction(engine) as session:
            answer = does(session, given, settings, now)
    except (CommandError, PeopleError, registry.UnknownAgentError, loading.CatalogueError, RenewError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        engine.dispose()
    sys.stdout.write(f"{answer}\n")
    return 0


def add_household(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    del settings
    currency = given.currency.upper()
    if re.fullmatch("[A-Z]{3}", currency) is None:
        raise CommandError(f"{given.currency!r} is no currency: give an ISO 4217 code such as EUR")
    household = people.add_household(session, ids.system, given.name, given.time_zone, now)
    household.currency = currency
    session.add(household)
    return f"household {household.name}: {household.id}"


def add_person(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    home = None if given.staff else _household(session, given.household)
    role = Role.STAFF if given.staff else Role.CUSTOMER
    new = NewPerson(given.name, given.email, role, home.id if home else None, given.language)
    _, secret = people.add_person(session, ids.system, new, now)
    return f"{given.name} chooses a password here, within seven days:\n  {settings.public_url}/welcome/{secret}"


def claim_agent(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    _credential_key(settings)
    if registry.exists(session, given.name):
        agent = registry.agent(session, given.name)
        if agent.revoked_at is not None:
            raise CommandError(f"{given.name} is revoked: choose another name")
        if given.household is not None and _household(session, given.household).id != agent.household_id:
            raise CommandError(f"{given.name} belongs to another household: choose another name")
    else:
        _check_name(given.name)
        home = _household(session, given.household)
        agent = registry.announce(session, registry.NewAgent(given.name, home.id, given.name), now)
    code = claims.code(secrets.token_bytes(claims.CODE_BYTES))
    claim = claims.issue(session, agent, code, "command", now)
    return (
        f"{code}   until {claim.expires_at:%Y-%m-%d %H:%M} UTC; on the Pi:\n"
        f"  python -m edge enrol {settings.public_url} {code}"
    )


def _credential_key(settings: Settings) -> bytes:
    key = settings.credential_key.get_secret_value()
    if not key:
        raise CommandError(
            "agents' passwords need FOREHAND_CREDENTIAL_KEY (32 random characters or more), the same for every role"
        )
    return key.encode()


def _check_name(name: str) -> None:
    if not registry.is_name(name):
        raise CommandError(
            f"{name!r} cannot be an agent's name: lower-case letters, digits and dashes, at most 63, "
            f"and none of the cloud's own ({', '.join(CLOUD_USERS)})"
        )


def add_agent(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    key = _credential_key(settings)
    _check_name(given.name)
    if registry.exists(session, given.name):
        raise CommandError(f"there is an agent {given.name} already: choose another name")
    home = _household(session, given.household)
    agent = registry.announce(session, registry.NewAgent(given.name, home.id, given.name), now)
    password = enrolling.give_credential(session, agent, Secrets(key, secrets.token_bytes(SALT_BYTES)))
    host, port, tls = broker_for_agents(settings)
    return _AGENT_TOML.format(
        name=given.name, host=host, port=port, password=password, protocol=settings.broker_protocol,
        tls="\ntls = true" if tls else "",
    )  # fmt: skip


def list_agents(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    del given, settings
    lines = [
        (f"{agent.id:24} {'revoked' if agent.revoked_at else agent.state:10} "
        f"last heard {agent.last_heard_at:%Y-%m-%d %H:%M}" if agent.last_heard_at else f"{agent.id:24} never heard")
        + _asked(registry.last_command(session, agent.id), now)
        for agent in registry.everyone(session)
    ]  # fmt: skip
    return "\n".join(lines) or "no agents yet: python -m cloud agents add NAME"


def _asked(row: CommandRow | None, now: datetime) -> str:
    if row is None:
        return ""
    waits = "waiting" if now < row.expires_at else "no answer"
    said = {None: waits, True: "done", False: f"not done: {row.detail}"}[row.done]
    return f"; asked to {row.order} {row.asked_at:%Y-%m-%d %H:%M}: {said}"


def identify_agent(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    del settings
    asking.send(session, ids.system, given.name, Order.IDENTIFY, now)
    return f"{given.name} is asked to let its devices show themselves; its answer: python -m cloud agents list"


def set_prealarm(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    del settings
    if given.seconds not in PREALARM_S:
        raise CommandError(
            f"{given.seconds} s is not possible: give {PREALARM_S.start} to {PREALARM_S.stop - 1} seconds"
        )
    agent = registry.set_prealarm(session, given.name, given.seconds)
    desired.send(session, ids.system, agent.household_id, now)
    return f"who wears a wristband at {given.name} can cancel within {given.seconds} s"


def revoke_agent(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    del settings
    enrolling.retire(session, ids.system, given.name, now)
    return f"{given.name} is revoked: nothing more of it is stored, and the jobs have the broker cut its connection"


def write_broker_file(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    for name in ("broker_password", "broker_keeper_password"):
        if not getattr(settings, name).get_secret_value():
            raise CommandError(f"set FOREHAND_{name.upper()} first: the broker lets nobody in without a password")
    try:
        whole_file.replace(given.file, broker_access.document(session, settings, now))
    except OSError as error:
        raise CommandError(f"{given.file} cannot be written: {error.strerror}") from error
    return f"{given.file}: who may connect; the broker loads it when it starts"


def load_catalogue(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    del settings
    try:
        text = loading.starter() if given.file is None else given.file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read {given.file}: {error}") from error
    loading.load(session, text, now)
    return f"{len(catalogue.products(session))} products"


def connect_supplier(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    del settings, now
    known = catalogue.connect_supplier(
        session, given.slug, base_url=given.url, api_token=given.token, webhook_secret=given.webhook_secret
    )
    if not known:
        raise CommandError(f"no supplier {given.slug!r}: load a catalogue that names it first")
    return f"{given.slug} listens at {given.url}; its webhooks come to /hooks/suppliers/{given.slug}"


def _household(session: Session, named: str | None) -> Household:
    rows = list(session.exec(select(Household).order_by(col(Household.created_at))))
    found = rows if named is None else [h for h in rows if named in {h.id, h.name}]
    if len(found) == 1:
        return found[0]
    if not rows:
        raise CommandError("there is no household yet: python -m cloud household add NAME --time-zone Europe/Berlin")
    raise CommandError("say which household with --household: " + ", ".join(f"{h.name} ({h.id})" for h in rows))


_AGENT_TOML = """\
# agent.toml for {name}. Keep it to yourself (chmod 600): the password is kept nowhere else.
agent = "{name}"
state_dir = "state"

[broker]
host = "{host}"
port = {port}
password = "{password}"
protocol = "{protocol}"{tls}

# One block for each device; docs/driver-checklist.md has every key.
[[devices]]
name = "printer"
type = "ipp"
address = "ipp://PRINTER/ipp/print"
"""
