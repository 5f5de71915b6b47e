"""What an agent should do now: its configuration, and which purposes may leave the home."""

from datetime import datetime

from sqlmodel import Session, col, select

from cloud import outbox
from cloud.consent import service as consent
from cloud.devices import registry
from cloud.devices.tables import Agent, Device
from cloud.emergencies.tables import Wearer
from contract.fields import Purpose
from contract.messages import BandWish, Desired
from kit.ids import Ids

OUTBOX_TOPIC = "agent.desired"


def of(session: Session, agent: Agent) -> Desired:
    """A revoked agent is told to let nothing leave."""
    stands = consent.standing(session, agent.household_id)
    allowed = [] if agent.revoked_at is not None else [p for p in Purpose if stands.allows(p)]
    return Desired(
        config=agent.config_version, consent=stands.version, purposes=allowed, poll_s=agent.poll_s,
        prealarm_s=agent.prealarm_s, bands=_bands(session, agent),
    )  # fmt: skip


def _bands(session: Session, agent: Agent) -> list[BandWish]:
    rows = (
        select(Device.local_name, Wearer.point, Wearer.inactivity_h)
        .join(Wearer, col(Wearer.device_id) == col(Device.id))
        .where(Device.agent_id == agent.id)
        .order_by(col(Device.local_name))
    )
    return [BandWish(device=name, point=point, inactivity_h=hours) for name, point, hours in session.exec(rows)]


def send(session: Session, ids: Ids, household_id: str, now: datetime) -> None:
    """Something changed: every agent of the household is told, for as long as it takes."""
    for agent in registry.agents_of(session, household_id):
        outbox.put(session, ids, OUTBOX_TOPIC, {"agent": agent.id}, not_before=now, now=now)
