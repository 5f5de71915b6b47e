"""A Pi becomes an agent: somebody adds it and gets a code, the Pi gives the code and gets its credential."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from cloud.devices import claims, credentials, registry
from cloud.devices.claims import Refused
from cloud.devices.tables import Agent
from cloud.flows import desired
from cloud.people import service as people
from kit import mosquitto_passwords
from kit.ids import Ids

MOST_AGENTS = 20  # of one home


@dataclass(frozen=True)
class Enrolled:
    """What the Pi is told, once."""

    agent_id: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Secrets:
    """What is drawn or kept outside: the key of the credentials, and the salt of this one's hash."""

    key: bytes = field(repr=False)
    salt: bytes


def add(session: Session, ids: Ids, household_id: str, name: str, now: datetime) -> Agent | None:
    """A new agent, which nobody is yet: asked twice, the same. None: the home has as many as it may have."""
    people.lock(session, household_id)
    standing = [agent for agent in registry.agents_of(session, household_id) if agent.revoked_at is None]
    waiting = [agent for agent in standing if agent.name == name and not agent.broker_entry]
    if waiting:
        return waiting[0]
    if len(standing) >= MOST_AGENTS:
        return None
    return registry.announce(session, registry.NewAgent(f"box-{ids()[-12:]}", household_id, name), now)


def own(session: Session, household_id: str, agent_id: str) -> Agent | None:
    """One of this home that is not retired."""
    found = session.get(Agent, agent_id)
    is_own = found is not None and found.household_id == household_id and found.revoked_at is None
    return found if is_own else None


def enrol(session: Session, given: str, secret: Secrets, now: datetime) -> Enrolled | Refused:
    """What the agent was until now cannot sign in any more; its history, and what hangs behind it, stays."""
    agent = claims.redeem(session, given, now)
    if isinstance(agent, Refused):
        return agent
    return Enrolled(agent.id, _password(session, agent, secret))


def give_credential(session: Session, agent: Agent, secret: Secrets) -> str:
    """The password of an agent that somebody sets up by hand."""
    agent.credential_number += 1
    return _password(session, agent, secret)


def _password(session: Session, agent: Agent, secret: Secrets) -> str:
    password = credentials.password(secret.key, agent.id, agent.credential_number)
    agent.broker_entry = mosquitto_passwords.entry(agent.id, password, secret.salt)
    session.add(agent)
    session.flush()
    return password


def retire(session: Session, ids: Ids, agent_id: str, now: datetime) -> None:
    """Nothing more of it is stored, and it is told that nothing is allowed any more."""
    registry.revoke(session, agent_id, now)
    desired.send(session, ids, registry.agent(session, agent_id).household_id, now)
