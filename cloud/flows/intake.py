"""Messages have come from the broker: what is kept, what is refused, what is answered."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlmodel import Session

from cloud.consent import service as consent
from cloud.devices import inbox, registry, rules
from cloud.devices.naming import Heard
from cloud.devices.tables import Agent
from cloud.flows import alarms, desired, joining, measured, standing
from cloud.flows.measured import Arrived
from contract import decoding, limits, topics
from contract.alarms import Alarm, AlarmEvent
from contract.decoding import Refused
from contract.fields import Purpose, Refusal, State
from contract.messages import (
    AgentState,
    Key,
    Readings,
    RefusedMessage,
    Reported,
    Result,
    Stored,
    encode,
)
from contract.topics import NUMBERED, Address, Down, Up
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
    readings: list[tuple[Arrived, Delivery]] = field(default_factory=list)
    agents: dict[str, Agent] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)


def on_messages(session: Session, ids: Ids, arrived: list[Delivery], now: datetime) -> list[Reply]:
    """One transaction for all that had arrived: nothing here is acknowledged before it commits."""
    batch = _Batch(session, ids, now)
    addressed = [(topics.parse(delivery.topic), delivery) for delivery in arrived]
    batch.agents = registry.agents(session, {address.agent for address, _ in addressed if address is not None})
    for address, delivery in addressed:
        if address is not None and isinstance(address.name, Up):
            _sort(batch, address, delivery)
    _store_readings(batch)
    return [*batch.replies, *_stored(batch)]


def _sort(batch: _Batch, address: Address, delivery: Delivery) -> None:
    as_type = decoding.type_of(address.name)
    if as_type is None:
        return
    agent = batch.agents.get(address.agent)  # None: nobody added it
    if agent is None or agent.revoked_at is not None:
        _turn_away(batch, address, delivery)
        return
    try:
        message = decoding.decode(delivery.payload, as_type)
    except Refused as refused:
        _refuse(batch, address.agent, delivery, (refused.reason, refused.detail))
        return
    _HANDLERS[type(message)](batch, agent, message, delivery)


def _turn_away(batch: _Batch, address: Address, delivery: Delivery) -> None:
    """Nothing is kept of an agent that nobody added, or that is revoked: of this one only the proof that it obeys."""
    if address.name in NUMBERED:
        _refuse(batch, address.agent, delivery, (Refusal.REVOKED, "this agent is not, or no longer, known"))
        return
    agent = batch.agents.get(address.agent)  # None: nobody added it
    message = _readable(delivery, address)
    if agent is None or message is None:
        return
    if isinstance(message, Reported):
        _compare(batch, agent, message)
    elif isinstance(message, AgentState) and message.state is State.READY:
        batch.replies.append(_desired(batch, agent))


def _readable(delivery: Delivery, address: Address) -> Struct | None:
    as_type = decoding.type_of(address.name)
    try:
        return None if as_type is None else decoding.decode(delivery.payload, as_type)
    except Refused:
        return None


def _refuse(batch: _Batch, agent_id: str, delivery: Delivery, why: tuple[Refusal, str]) -> None:
    inbox.set_aside(batch.session, agent_id, delivery.topic, delivery.payload, why, batch.now)
    head = decoding.header(delivery.payload)
    if head is not None:
        batch.answers[agent_id, head.stream, head.lane].refused[head.seq] = why[0]


def _on_readings(batch: _Batch, agent: Agent, message: Readings, delivery: Delivery) -> None:
    batch.readings.append((Arrived(agent, message), delivery))


def _on_state(batch: _Batch, agent: Agent, message: AgentState, delivery: Delivery) -> None:
    heard_at = None if delivery.retained else batch.now
    if registry.note_state(batch.session, agent.id, message, heard_at) and message.state is State.READY:
        batch.replies.append(_desired(batch, agent))


def _on_reported(batch: _Batch, agent: Agent, message: Reported, delivery: Delivery) -> None:
    heard = Heard(agent, batch.now, delivery.retained)
    for double in registry.note_reported(batch.session, batch.ids, heard, message):
        joining.join(batch.session, double, batch.now)
    standing.note_bands(batch.session, batch.ids, heard, message.devices)
    inbox.note_anchors(batch.session, agent.id, message.stream, [message.anchor])
    for gap in message.gaps:
        batch.answers[agent.id, gap.stream, gap.lane].gaps.append(gap.range)
    _compare(batch, agent, message)


def _compare(batch: _Batch, agent: Agent, message: Reported) -> None:
    """The ledger learns which consent is obeyed; an agent that differs from what is wanted is told again."""
    wanted = desired.of(batch.session, agent)
    purposes = set(wanted.purposes if message.purposes is None else message.purposes)
    is_older = message.consent < wanted.consent
    if is_older or (message.consent == wanted.consent and purposes <= set(wanted.purposes)):
        consent.note_in_force(batch.session, agent.id, message.consent, batch.now)
    in_force = (message.config, message.consent, purposes)
    if in_force != (wanted.config, wanted.consent, set(wanted.purposes)):
        batch.replies.append(_desired(batch, agent))


def _on_result(batch: _Batch, agent: Agent, message: Result, delivery: Delivery) -> None:
    del delivery
    key = Key(agent.id, message.stream, message.lane, message.seq)
    if inbox.remember(batch.session, [key], batch.now):
        registry.note_result(batch.session, agent.id, message, batch.now)
    batch.answers[agent.id, message.stream, message.lane].stored.append(message.seq)


def _on_alarm(batch: _Batch, agent: Agent, message: Alarm, delivery: Delivery) -> None:
    """Only the consent to this very thing counts, whatever version the agent knew: a late alarm is still one."""
    purpose = Purpose.MOVEMENT if message.event is AlarmEvent.EVIDENCE else Purpose.SAFETY
    if not consent.standing(batch.session, agent.household_id).allows(purpose):
        _refuse(batch, agent.id, delivery, (Refusal.NO_CONSENT, f"{purpose}: {message.event}"))
        return
    key = Key(agent.id, message.stream, message.lane, message.seq)
    if inbox.remember(batch.session, [key], batch.now):
        alarms.hear(batch.session, batch.ids, agent, message, batch.now)
        consent.note_messages(batch.session, {(agent.household_id, purpose)}, batch.now)
    batch.answers[agent.id, message.stream, message.lane].stored.append(message.seq)


_HANDLERS: dict[type, Any] = {
    Alarm: _on_alarm,
    Readings: _on_readings,
    AgentState: _on_state,
    Reported: _on_reported,
    Result: _on_result,
}


def _store_readings(batch: _Batch) -> None:
    arrived = [one for one, _ in batch.readings]
    may = measured.allowed(batch.session, arrived)
    for (one, delivery), is_allowed in zip(batch.readings, may, strict=True):
        answers = batch.answers[one.key.agent, one.key.stream, one.key.lane]
        if is_allowed:
            answers.stored.append(one.key.seq)
        else:
            why = f"{one.message.purpose} under {one.message.consent}"
            _refuse(batch, one.agent.id, delivery, (Refusal.NO_CONSENT, why))
    measured.store(batch.session, batch.ids, [one for one, ok in zip(arrived, may, strict=True) if ok], batch.now)


def _desired(batch: _Batch, agent: Agent) -> Reply:
    return Reply(topics.down(agent.id, Down.DESIRED), encode(desired.of(batch.session, agent)), retain=True)


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
