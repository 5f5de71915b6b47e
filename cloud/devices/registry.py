"""Agents and the devices behind them: adding, revoking, reporting."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.devices import naming
from cloud.devices.inbox_tables import CommandRow, GapRow
from cloud.devices.naming import Double, Heard
from cloud.devices.tables import Agent, DeviceName, Slot
from contract.fields import Order, State
from contract.messages import AgentState, Gap, Reported, Result
from contract.permissions import CLOUD_USERS, KEEPER
from contract.topics import AGENT_ID
from kit import mosquitto_passwords
from kit.ids import Ids

COMMAND_LASTS = timedelta(minutes=5)
# Asked for every few messages: a statement that stands is not built, and looked up in its cache, each time anew.
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_AGENTS = select(Agent).where(col(Agent.id).in_(_IDS))
_NAMED, _AGENT = DeviceName.__table__, Agent.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
_SLOT = Slot.__table__  # type: ignore[attr-defined]
_SLOTS = (
    sa.select(_NAMED.c.agent_id, _NAMED.c.local_name, _SLOT.c.name, _SLOT.c.id)
    .join(_SLOT, _SLOT.c.device_id == _NAMED.c.device_id)
    .where(_NAMED.c.agent_id.in_(_IDS))
)
_FREE = sa.select(_AGENT.c.id).where(_AGENT.c.id.in_(_IDS)).with_for_update(skip_locked=True, key_share=True)
_HEARD = sa.update(_AGENT).where(_AGENT.c.id.in_(_FREE)).values(last_heard_at=sa.bindparam("now"))


class UnknownAgentError(Exception):
    """No agent of that name; the message says where to look."""


@dataclass(frozen=True)
class NewAgent:
    """What the engineer gives for a new agent. The id becomes its user name at the broker."""

    id: str
    household_id: str
    name: str


def add_agent(session: Session, new: NewAgent, now: datetime) -> str:
    """Register the agent; returns its password, which is kept nowhere (only its salted hash)."""
    password = secrets.token_urlsafe(24)
    made = announce(session, new, now)
    made.broker_entry = mosquitto_passwords.entry(new.id, password, secrets.token_bytes(12))
    session.add(made)
    session.flush()
    return password


def announce(session: Session, new: NewAgent, now: datetime) -> Agent:
    """An agent that nobody is yet: it gets its credential when it is claimed."""
    made = Agent(id=new.id, household_id=new.household_id, name=new.name, broker_entry="", created_at=now)
    session.add(made)
    session.flush()
    return made


def agent(session: Session, agent_id: str) -> Agent:
    """Raises UnknownAgentError."""
    found = session.get(Agent, agent_id)
    if found is None:
        raise UnknownAgentError(f"there is no agent {agent_id}: python -m cloud agents list")
    return found


def agents_of(session: Session, household_id: str) -> list[Agent]:
    return list(session.exec(select(Agent).where(Agent.household_id == household_id).order_by(col(Agent.id))))


def revoke(session: Session, agent_id: str, now: datetime) -> None:
    """From now on nothing of this agent is stored, whatever the broker still lets through."""
    found = agent(session, agent_id)
    found.revoked_at = found.revoked_at or now
    session.add(found)


def set_prealarm(session: Session, agent_id: str, seconds: int) -> Agent:
    """A new configuration, which the agent is to be told. Raises UnknownAgentError."""
    found = agent(session, agent_id)
    if found.prealarm_s != seconds:
        found.prealarm_s = seconds
        found.config_version += 1
        session.add(found)
    return found


def reconfigure(session: Session, agent_id: str) -> None:
    """What it is to do has changed: a new version. Raises UnknownAgentError."""
    found = agent(session, agent_id)
    found.config_version += 1
    session.add(found)


def agents(session: Session, agent_ids: Collection[str]) -> dict[str, Agent]:
    """Those that somebody added, by their ids."""
    return {found.id: found for found in session.scalars(_AGENTS, {"ids": sorted(agent_ids)})}


def note_state(session: Session, agent_id: str, message: AgentState, heard_at: datetime | None) -> bool:
    """`heard_at` is None for what the broker had kept.

    False: an old session's last will, which came after a newer birth, or an agent nobody knows.
    """
    found = session.get(Agent, agent_id)
    if found is None or message.session < found.session:
        return False
    found.session = message.session
    found.state = message.state
    if heard_at is not None and message.state is not State.LOST:
        found.last_heard_at = heard_at
    session.add(found)
    return True


def note_heard(session: Session, agent_ids: Collection[str], now: datetime) -> None:
    """Waits for nobody: where somebody holds such a row, mostly hearing this agent too, the next message notes it."""
    session.execute(_HEARD, {"ids": sorted(agent_ids), "now": now})


def note_reported(session: Session, ids: Ids, heard: Heard, message: Reported) -> list[Double]:
    """Take in what is in force at the agent and what hangs behind it. Returns devices that were known twice."""
    found = heard.agent
    found.reported_config, found.reported_consent = message.config, message.consent
    found.agent_version, found.spooled, found.refused = message.agent_version, message.spooled, message.refused
    session.add(found)
    doubles = [naming.note(session, ids, heard, report) for report in message.devices]
    for gap in message.gaps:
        _note_gap(session, found.id, gap, heard.at)
    session.flush()
    return [double for double in doubles if double is not None]


def device_slots(session: Session, agent_id: str) -> dict[tuple[str, str], Slot]:
    """Every slot that an agent has a name for: by the name it gave the device, and the slot's own."""
    found = slot_ids(session, {agent_id})
    return {(device, name): session.get_one(Slot, slot_id) for (_, device, name), slot_id in found.items()}


def slot_ids(session: Session, agent_ids: Collection[str]) -> dict[tuple[str, str, str], str]:
    """Every slot that these agents have a name for: by agent, the name it gave the device, and the slot's own."""
    rows = session.execute(_SLOTS, {"ids": sorted(agent_ids)})
    return {(agent_id, device, slot): slot_id for agent_id, device, slot, slot_id in rows}


def ask(
    session: Session, ids: Ids, agent_id: str, order: Order, now: datetime, device: str | None = None
) -> CommandRow:
    """Record a command; the caller puts it into the outbox. Raises UnknownAgentError, also for a revoked one."""
    if agent(session, agent_id).revoked_at is not None:
        raise UnknownAgentError(f"{agent_id} is revoked: it is told nothing more")
    row = CommandRow(
        id=ids(), agent_id=agent_id, order=order, device=device, asked_at=now, expires_at=now + COMMAND_LASTS
    )
    session.add(row)
    session.flush()
    return row


def command(session: Session, command_id: str) -> CommandRow | None:
    return session.get(CommandRow, command_id)


def last_command(session: Session, agent_id: str) -> CommandRow | None:
    """None: it was never asked for anything."""
    rows = select(CommandRow).where(CommandRow.agent_id == agent_id).order_by(col(CommandRow.asked_at).desc()).limit(1)
    return session.exec(rows).first()


def note_result(session: Session, agent_id: str, message: Result, now: datetime) -> None:
    row = session.get(CommandRow, message.command)
    if row is not None and row.agent_id == agent_id and row.answered_at is None:
        row.done, row.detail, row.answered_at = message.done, message.detail, now
        session.add(row)


def _note_gap(session: Session, agent_id: str, gap: Gap, now: datetime) -> None:
    key = (agent_id, gap.stream, gap.lane, gap.range[0], gap.range[1])
    if session.get(GapRow, key) is None:
        first, last = gap.range
        session.add(
            GapRow(
                agent_id=agent_id,
                stream=gap.stream,
                lane=gap.lane,
                first=first,
                last=last,
                reason=gap.reason,
                declared_at=now,
            )
        )


def is_name(name: str) -> bool:
    """Good for a topic and for a user name at the broker, and not one of the cloud's own."""
    return re.fullmatch(AGENT_ID, name) is not None and name not in {*CLOUD_USERS, KEEPER}


def exists(session: Session, agent_id: str) -> bool:
    return session.get(Agent, agent_id) is not None


def everyone(session: Session) -> list[Agent]:
    return list(session.exec(select(Agent).order_by(col(Agent.id))))
