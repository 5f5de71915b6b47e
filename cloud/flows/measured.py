"""Readings of many agents are stored together: each question is asked once for all of them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from sqlmodel import Session

from cloud.consent import service as consent
from cloud.devices import inbox, naming, registry
from cloud.devices.naming import Heard
from cloud.devices.tables import Agent
from contract.messages import Anchor, Key, Readings, SlotReport
from kit.ids import Ids

Place = tuple[str, str, str]  # an agent's id, its name for the device, the slot's name


@dataclass
class Arrived:
    """One message of an agent that is known and not revoked."""

    agent: Agent
    message: Readings
    key: Key = field(init=False)

    def __post_init__(self) -> None:
        message = self.message
        self.key = Key(self.agent.id, message.stream, message.lane, message.seq)


def allowed(session: Session, arrived: Collection[Arrived]) -> list[bool]:
    """For each, in this order: whether the household allows it now, in the version under which it was taken."""
    stands = consent.standings(session, {one.agent.household_id for one in arrived})
    return [stands[one.agent.household_id].accepts(one.message.purpose, one.message.consent) for one in arrived]


def store(session: Session, ids: Ids, arrived: Collection[Arrived], now: datetime) -> None:
    """What is allowed, unless it was stored before."""
    if not arrived:
        return
    first = {one.key: one for one in reversed(list(arrived))}
    fresh = inbox.remember(session, first, now)
    new = [one for one in arrived if one.key in fresh and first[one.key] is one]
    slots = _slots(session, ids, new, now)
    taken = [
        inbox.Taken(one.key, one.message, tuple(slots[one.agent.id, r.device, r.slot] for r in one.message.readings))
        for one in new
    ]
    inbox.record(session, taken, _anchors(session, taken), now)
    consent.note_messages(session, {(one.agent.household_id, one.message.purpose) for one in new}, now)
    registry.note_heard(session, {one.agent.id for one in arrived}, now)


def _slots(session: Session, ids: Ids, new: Collection[Arrived], now: datetime) -> dict[Place, str]:
    if not new:
        return {}
    agents = {one.agent.id: one.agent for one in new}
    known = registry.slot_ids(session, agents)
    bare = {
        (one.agent.id, r.device, r.slot): SlotReport(slot=r.slot, kind=r.kind)
        for one in new
        for r in one.message.readings
        if (one.agent.id, r.device, r.slot) not in known
    }
    for (agent_id, device, _), report in bare.items():
        naming.note_named(session, ids, Heard(agents[agent_id], now), device, report)
    if bare:
        session.flush()
        known = registry.slot_ids(session, agents)
    return known


def _anchors(session: Session, taken: Collection[inbox.Taken]) -> dict[tuple[str, str, int], Anchor]:
    found: dict[tuple[str, str, int], Anchor] = {}
    streams = defaultdict(list)
    for one in taken:
        streams[one.key.agent, one.key.stream].append(one.message)
    for (agent_id, stream), mine in sorted(streams.items(), key=itemgetter(0)):
        known = inbox.note_anchors(session, agent_id, stream, [m.anchor for m in mine])
        undated = {m.boot for m in mine if m.anchor is None and any(r.at_ms is None for r in m.readings)}
        for boot in sorted(undated - set(known)):
            anchor = inbox.anchor_of(session, agent_id, stream, boot)
            if anchor is not None:
                known[boot] = anchor
        found.update({(agent_id, stream, boot): anchor for boot, anchor in known.items()})
    return found
