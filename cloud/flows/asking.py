"""Something an agent is asked to do once: recorded, sent while it is worth doing, and answered."""

from datetime import datetime

from sqlmodel import Session

from cloud import outbox
from cloud.devices import registry
from cloud.devices.inbox_tables import CommandRow
from contract.fields import Order
from contract.messages import Command
from kit.ids import Ids

OUTBOX_TOPIC = "agent.command"


def send(
    session: Session, ids: Ids, agent_id: str, order: Order, now: datetime, device: str | None = None
) -> CommandRow:
    """Raises UnknownAgentError, also for a revoked one."""
    row = registry.ask(session, ids, agent_id, order, now, device)
    household_id = registry.agent(session, agent_id).household_id
    outbox.put(session, ids, OUTBOX_TOPIC, {"command": row.id}, not_before=now, now=now, household_id=household_id)
    return row


def message(session: Session, command_id: str, now: datetime) -> tuple[str, Command] | None:
    """Whom to tell, and what. None: too late, or nobody to be told any more."""
    row = registry.command(session, command_id)
    if row is None or now >= row.expires_at or registry.agent(session, row.agent_id).revoked_at is not None:
        return None
    expires_ms = int(row.expires_at.timestamp() * 1000)
    return row.agent_id, Command(id=row.id, order=Order(row.order), expires_ms=expires_ms, device=row.device)
