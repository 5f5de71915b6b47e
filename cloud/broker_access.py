"""The broker is told from the database: the cloud is the truth of who may connect.

Before a broker starts for the first time, or after it has lost its files, it is given a file (`document`). While it
runs the jobs tell it over its control topic (`BrokerAccess`): who is retired, or whose place another Pi has taken, is
disconnected.
"""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db
from cloud.devices import credentials, registry
from cloud.devices.tables import Agent
from cloud.settings import Settings
from contract.permissions import CLOUD_USERS, KEEPER, rights
from kit import dynamic_security, mosquitto_passwords
from kit.broker_control import Control, ControlError
from kit.dynamic_security import User

LAST_WORD = timedelta(seconds=5)  # a retired agent hears that nothing is allowed any more, and lets go of what it holds
LOOKS_ANYWAY = timedelta(minutes=1)  # the broker may have lost what it knew
LOOKS = 5  # at the database again, after what it said was carried out

log = structlog.get_logger()


def document(session: Session, settings: Settings, now: datetime) -> str:
    """The file that a broker loads when it starts: the cloud's own names, and every agent that has a credential."""
    given = {KEEPER: settings.broker_keeper_password, **dict.fromkeys(CLOUD_USERS, settings.broker_password)}
    ours = [_user(name, password.get_secret_value()) for name, password in given.items() if password]
    return dynamic_security.document(map(_with_entry, [*ours, *_agents(session, settings, now)]))


@dataclass
class BrokerAccess:
    """Tells a broker that runs. `connect`: a connection as its keeper; None: somebody else does it."""

    engine: Engine
    settings: Settings
    connect: Callable[[], AbstractContextManager[Control]] | None
    is_up: Callable[[], bool] = lambda: True  # the broker, as far as it is known
    _told: frozenset[tuple[str, str]] = frozenset()
    _looked_at: datetime | None = None
    _problem: str = ""

    def tell(self, now: datetime) -> None:
        """Where the database says something else than when the broker was told, and now and then in any case.

        A broker that cannot be told is logged once, and tried again.
        """
        if self.connect is None or not self.is_up():
            return
        is_due = self._looked_at is None or not timedelta(0) <= now - self._looked_at < LOOKS_ANYWAY
        with db.reading(self.engine) as session:
            wanted = frozenset((user.name, user.mark) for user in _agents(session, self.settings, now))
        if not is_due and (self._problem or wanted == self._told):
            return
        try:
            with self.connect() as control:
                problem = self._reconcile(control, now)
            self._told = wanted
        except ControlError as error:
            problem = str(error)
        self._looked_at = now
        if problem and problem != self._problem:
            log.error("broker_not_told", why=problem)
        self._problem = problem

    def _reconcile(self, control: Control, now: datetime) -> str:
        """What is wrong, or nothing. Looks at the database once more afterwards: what was committed meanwhile counts.

        Raises ControlError.
        """
        for _ in range(LOOKS):
            with db.reading(self.engine) as session:
                users = _agents(session, self.settings, now)
            have = {name: mark for name, mark in control.users().items() if name not in {KEEPER, *CLOUD_USERS}}
            known = [user for user in users if user.password or have.get(user.name) == user.mark]
            steps = dynamic_security.changes(have, known)
            if not steps:
                return _unknown([user.name for user in users if user not in known])
            control.carry_out(steps)
            log.info("broker_told", users=len(steps))
        return "what the broker holds changes while it is told"


def _unknown(names: list[str]) -> str:
    """Their passwords were drawn elsewhere and can be told to nobody: only a file holds their hashes."""
    return f"claim anew, or start the broker with a new file: {', '.join(names)}" if names else ""


def _agents(session: Session, settings: Settings, now: datetime) -> list[User]:
    """Those that have a credential and are not retired. Those whose password cannot be derived come with its hash."""
    key = settings.credential_key.get_secret_value().encode()
    standing = (agent for agent in registry.everyone(session) if agent.broker_entry and _stands(agent, now))
    return [_of_agent(agent, key) for agent in standing]


def _stands(agent: Agent, now: datetime) -> bool:
    return agent.revoked_at is None or timedelta(0) <= now - agent.revoked_at < LAST_WORD


def _of_agent(agent: Agent, key: bytes) -> User:
    if agent.credential_number and key:
        return _user(agent.id, credentials.password(key, agent.id, agent.credential_number))
    return replace(_user(agent.id, ""), entry=agent.broker_entry, mark=_mark(agent.broker_entry))


def _user(name: str, password: str) -> User:
    its = rights(name)
    return User(name, its.says, its.hears, _mark(password), its.shares, password=password)


def _with_entry(user: User) -> User:
    if user.entry:
        return user
    salt = secrets.token_bytes(mosquitto_passwords.SALT_BYTES)
    return replace(user, entry=mosquitto_passwords.entry(user.name, user.password, salt))


def _mark(secret: str) -> str:
    """Tells two credentials apart, and nothing about either: each is 128 random bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
