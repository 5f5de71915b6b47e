"""Agents and the devices behind them: adding, revoking, reporting."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from cloud.devices import rules
from cloud.devices.inbox_tables import CommandRow, GapRow
from cloud.devices.tables import Agent, Device, Slot
from contract.fields import Order, State
from contract.messages import AgentState, Command, DeviceReport, Gap, Reported, Result, SlotReport
from contract.permissions import CLOUD_USERS
from contract.topics import AGENT_ID
from kit import mosquitto_passwords
from kit.ids import Ids

COMMAND_LASTS_S = 300


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
    entry = mosquitto_passwords.entry(new.id, password, secrets.token_bytes(12))
    session.add(Agent(id=new.id, household_id=new.household_id, name=new.name, broker_entry=entry, created_at=now))
    session.flush()
    return password


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


def note_reported(session: Session, ids: Ids, agent_id: str, message: Reported, now: datetime) -> Agent:
    """Take in what is in force at the agent and what hangs behind it. Raises UnknownAgentError."""
    found = agent(session, agent_id)
    found.reported_config, found.reported_consent = message.config, message.consent
    found.agent_version, found.spooled = message.agent_version, message.spooled
    session.add(found)
    for report in message.devices:
        _note_device(session, ids, found, report, now)
    for gap in message.gaps:
        _note_gap(session, agent_id, gap, now)
    session.flush()
    return found


def device_slots(session: Session, agent_id: str) -> dict[tuple[str, str], Slot]:
    """Every slot behind an agent, by the device's local name and its own."""
    rows = (
        select(Device.local_name, Slot)
        .join(Slot, col(Slot.device_id) == col(Device.id))
        .where(Device.agent_id == agent_id)
    )
    return {(local_name, slot.name): slot for local_name, slot in session.exec(rows)}


def ask(session: Session, ids: Ids, agent_id: str, order: Order, now: datetime) -> Command:
    """Record a command; the caller puts it into the outbox."""
    row = CommandRow(
        id=ids(), agent_id=agent_id, order=order, asked_at=now,
        expires_at=now.fromtimestamp(now.timestamp() + COMMAND_LASTS_S, now.tzinfo),
    )  # fmt: skip
    session.add(row)
    return Command(id=row.id, order=order, expires_ms=int(row.expires_at.timestamp() * 1000))


def note_result(session: Session, agent_id: str, message: Result, now: datetime) -> None:
    row = session.get(CommandRow, message.command)
    if row is not None and row.agent_id == agent_id and row.answered_at is None:
        row.done, row.detail, row.answered_at = message.done, message.detail, now
        session.add(row)


def slots_named(session: Session, ids: Ids, agent_id: str, wanted: list[tuple[str, SlotReport]], now: datetime) -> None:
    """Readings can overtake the report that announces their device: then a bare one is made, named as it is."""
    owner = agent(session, agent_id)
    for local_name, slot in wanted:
        known = session.exec(select(Device).where(Device.agent_id == agent_id, Device.local_name == local_name)).first()
        if known is None:
            known = _note_device(session, ids, owner, DeviceReport(device=local_name, type="unknown"), now)
        _note_slot(session, ids, known, slot, now)
    session.flush()


def _note_device(session: Session, ids: Ids, owner: Agent, report: DeviceReport, now: datetime) -> Device:
    who = rules.identity(owner.id, report)
    found = session.exec(
        select(Device).where(Device.household_id == owner.household_id, Device.identity == who)
    ).first() or _unidentified(session, owner.id, report.device)
    if found is None:
        found = Device(
            id=ids(), household_id=owner.household_id, agent_id=owner.id, local_name=report.device, identity=who,
            type=report.type, created_at=now,
        )  # fmt: skip
    found.agent_id, found.local_name, found.identity = owner.id, report.device, who  # it may have moved to a new Pi
    found.type, found.model, found.reachable = report.type, report.model or found.model, report.reachable
    session.add(found)
    session.flush()
    for slot in report.slots:
        _note_slot(session, ids, found, slot, now)
    return found


def _unidentified(session: Session, agent_id: str, local_name: str) -> Device | None:
    """A device known so far by its local name alone, which now tells its serial number."""
    rows = select(Device).where(Device.agent_id == agent_id, Device.identity == f"local:{agent_id}/{local_name}")
    return session.exec(rows).first()


def _note_slot(session: Session, ids: Ids, device: Device, report: SlotReport, now: datetime) -> None:
    found = session.exec(select(Slot).where(Slot.device_id == device.id, Slot.name == report.slot)).first()
    if found is None:
        found = Slot(
            id=ids(), device_id=device.id, household_id=device.household_id, name=report.slot, kind=report.kind,
            due_at=now,
        )  # fmt: skip
    found.supply, found.kind = report.supply, report.kind
    found.description = report.description or found.description
    found.colour = report.colour or found.colour
    found.part_number = report.part_number or found.part_number
    session.add(found)


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
    return re.fullmatch(AGENT_ID, name) is not None and name not in CLOUD_USERS


def exists(session: Session, agent_id: str) -> bool:
    return session.get(Agent, agent_id) is not None


def everyone(session: Session) -> list[Agent]:
    return list(session.exec(select(Agent).order_by(col(Agent.id))))
