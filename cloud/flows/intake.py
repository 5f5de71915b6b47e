"""Messages have come from the broker: what is kept, what is refused, what is answered."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from cloud.consent import service as consent
from cloud.devices import inbox, registry, rules
from cloud.devices.tables import Agent, Slot
from cloud.flows import desired
from contract import decoding, limits, topics
from contract.decoding import Refused
from contract.fields import Refusal, State
from contract.messages import (
    AgentState,
    Anchor,
    Key,
    Readings,
    RefusedMessage,
    Reported,
    Result,
    SlotReport,
    Stored,
    encode,
)
from contract.topics import Down, Up
from kit.bus import Delivery
from kit.ids import Ids


@dataclass(frozen=True)
class Reply:
    """To be published after the commit. If it is lost, the agent sends again."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass
class _Answers:
    """What each agent is to be told of one stream and lane."""

    stored: list[int] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)
    gaps: list[list[int]] = field(default_factory=list)


@dataclass
class _Batch:
    """One transaction's work on what had arrived."""

    session: Session
    ids: Ids
    now: datetime
    answers: defaultdict[tuple[str, str, str], _Answers] = field(default_factory=lambda: defaultdict(_Answers))
    readings: list[tuple[Key, Readings, Delivery]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)


def on_messages(session: Session, ids: Ids, arrived: list[Delivery], now: datetime) -> list[Reply]:
    """One transaction for all that had arrived: nothing here is acknowledged before it commits."""
    batch = _Batch(session, ids, now)
    for delivery in arrived:
        _sort(batch, delivery)
    _store_readings(batch)
    return [*batch.replies, *_stored(batch)]


def _sort(batch: _Batch, delivery: Delivery) -> None:
    address = topics.parse(delivery.topic)
    if address is None or not isinstance(address.name, Up):
        return
    as_type = decoding.type_of(address.name)
    if as_type is None:
        return
    try:
        message = decoding.decode(delivery.payload, as_type)
    except Refused as refused:
        _refuse(batch, address.agent, delivery, (refused.reason, refused.detail))
        return
    _HANDLERS[type(message)](batch, address.agent, message, delivery)


def _refuse(batch: _Batch, agent_id: str, delivery: Delivery, why: tuple[Refusal, str]) -> None:
    inbox.set_aside(batch.session, agent_id, delivery.topic, delivery.payload, why, batch.now)
    head = decoding.header(delivery.payload)
    if head is not None:
        batch.answers[agent_id, head.stream, head.lane].refused[head.seq] = why[0]


def _on_readings(batch: _Batch, agent_id: str, message: Readings, delivery: Delivery) -> None:
    batch.readings.append((Key(agent_id, message.stream, message.lane, message.seq), message, delivery))


def _on_state(batch: _Batch, agent_id: str, message: AgentState, delivery: Delivery) -> None:
    heard_at = None if delivery.retained else batch.now
    if registry.note_state(batch.session, agent_id, message, heard_at) and message.state is State.READY:
        batch.replies.append(_desired(batch, agent_id))


def _on_reported(batch: _Batch, agent_id: str, message: Reported, delivery: Delivery) -> None:
    del delivery
    try:
        agent = registry.note_reported(batch.session, batch.ids, agent_id, message, batch.now)
    except registry.UnknownAgentError:
        return
    inbox.note_anchors(batch.session, agent_id, message.stream, [message.anchor])
    consent.note_in_force(batch.session, agent_id, message.consent, batch.now)
    for gap in message.gaps:
        batch.answers[agent_id, gap.stream, gap.lane].gaps.append(gap.range)
    wanted = desired.of(batch.session, agent)
    if (message.config, message.consent) != (wanted.config, wanted.consent):
        batch.replies.append(_desired(batch, agent_id))


def _on_result(batch: _Batch, agent_id: str, message: Result, delivery: Delivery) -> None:
    del delivery
    key = Key(agent_id, message.stream, message.lane, message.seq)
    if inbox.remember(batch.session, [key], batch.now):
        registry.note_result(batch.session, agent_id, message, batch.now)
    batch.answers[agent_id, message.stream, message.lane].stored.append(message.seq)


_HANDLERS: dict[type, Any] = {
    Readings: _on_readings,
    AgentState: _on_state,
    Reported: _on_reported,
    Result: _on_result,
}


def _store_readings(batch: _Batch) -> None:
    by_agent: dict[str, list[tuple[Key, Readings, Delivery]]] = defaultdict(list)
    for entry in batch.readings:
        by_agent[entry[0].agent].append(entry)
    for agent_id, entries in by_agent.items():
        agent = batch.session.get(Agent, agent_id)
        if agent is None or agent.revoked_at is not None:
            for _, _, delivery in entries:
                _refuse(batch, agent_id, delivery, (Refusal.REVOKED, "this agent is not, or no longer, known"))
        else:
            _store_of(batch, agent, entries)


def _store_of(batch: _Batch, agent: Agent, entries: list[tuple[Key, Readings, Delivery]]) -> None:
    stands = consent.standing(batch.session, agent.household_id)
    allowed: dict[Key, Readings] = {}
    for key, message, delivery in entries:
        if stands.accepts(message.purpose, message.consent):
            allowed[key] = message
        else:
            _refuse(batch, agent.id, delivery, (Refusal.NO_CONSENT, f"{message.purpose} under {message.consent}"))
    fresh = inbox.remember(batch.session, allowed, batch.now)
    slots = _slots(batch, agent.id, [allowed[key] for key in allowed if key in fresh])
    taken = [
        inbox.Taken(key, message, tuple(slots[r.device, r.slot].id for r in message.readings))
        for key, message in allowed.items()
        if key in fresh
    ]
    inbox.record(batch.session, taken, _anchors(batch, taken), batch.now)
    for purpose in {t.message.purpose for t in taken}:
        consent.note_messages(batch.session, agent.household_id, purpose, batch.now)
    agent.last_heard_at = batch.now
    batch.session.add(agent)
    for key in allowed:
        batch.answers[agent.id, key.stream, key.lane].stored.append(key.seq)


def _slots(batch: _Batch, agent_id: str, messages: list[Readings]) -> dict[tuple[str, str], Slot]:
    known = registry.device_slots(batch.session, agent_id)
    bare = {
        (r.device, r.slot): SlotReport(slot=r.slot, kind=r.kind)
        for message in messages
        for r in message.readings
        if (r.device, r.slot) not in known
    }
    if bare:
        wanted = [(device, report) for (device, _), report in bare.items()]
        registry.slots_named(batch.session, batch.ids, agent_id, wanted, batch.now)
        known = registry.device_slots(batch.session, agent_id)
    return known


def _anchors(batch: _Batch, taken: list[inbox.Taken]) -> dict[tuple[str, str, int], Anchor]:
    found: dict[tuple[str, str, int], Anchor] = {}
    streams = {(t.key.agent, t.key.stream) for t in taken}
    for agent_id, stream in sorted(streams):
        mine = [t.message for t in taken if (t.key.agent, t.key.stream) == (agent_id, stream)]
        known = inbox.note_anchors(batch.session, agent_id, stream, [m.anchor for m in mine])
        undated = {m.boot for m in mine if m.anchor is None and any(r.at_ms is None for r in m.readings)}
        for boot in sorted(undated - set(known)):
            anchor = inbox.anchor_of(batch.session, agent_id, stream, boot)
            if anchor is not None:
                known[boot] = anchor
        found.update({(agent_id, stream, boot): anchor for boot, anchor in known.items()})
    return found


def _desired(batch: _Batch, agent_id: str) -> Reply:
    wanted = desired.of(batch.session, registry.agent(batch.session, agent_id))
    return Reply(topics.down(agent_id, Down.DESIRED), encode(wanted), retain=True)


def _stored(batch: _Batch) -> list[Reply]:
    replies = []
    for (agent_id, stream, lane), answers in batch.answers.items():
        ranges = rules.ranges(answers.stored)
        refused = [RefusedMessage(seq=seq, reason=reason) for seq, reason in sorted(answers.refused.items())]
        size = limits.MAX_RANGES_PER_MESSAGE
        for at in range(0, max(len(ranges), len(refused), len(answers.gaps)), size):
            part = slice(at, at + size)
            message = Stored(
                stream=stream, lane=lane, ranges=ranges[part], refused=refused[part], gaps=answers.gaps[part]
            )
            replies.append(Reply(topics.down(agent_id, Down.STORED), encode(message)))
    return replies
