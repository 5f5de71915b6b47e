"""An alarm from end to end: the device speaks, people answer, the device is told."""

from datetime import datetime

import structlog
from sqlmodel import Session

from cloud.devices import inbox, naming, registry
from cloud.devices import rules as dating
from cloud.devices.registry import UnknownAgentError
from cloud.devices.tables import Agent, Device
from cloud.emergencies import answering, circle, drills, history, signals
from cloud.emergencies.answering import Who
from cloud.emergencies.tables import Alarm, Drill, Wearer
from cloud.flows import asking
from contract.alarms import Alarm as Message
from contract.fields import Order
from contract.messages import DeviceReport
from kit.ids import Ids

WRISTBAND = "wristband"
log = structlog.get_logger()


def hear(session: Session, ids: Ids, agent: Agent, message: Message, now: datetime) -> None:
    """One message of the alarm lane, not heard before. Consent and standing were looked at by the caller."""
    device = _device(session, ids, agent, message, now)
    wearer = circle.of_device(session, ids, agent.household_id, device.id, now)
    known = inbox.note_anchors(session, agent.id, message.stream, [message.anchor])
    anchor = known.get(message.boot) or inbox.anchor_of(session, agent.id, message.stream, message.boot)
    at_ms = dating.dated(message.at_ms, message.up_ms, anchor)
    at = None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, now.tzinfo)
    alarm = signals.hear(session, ids, signals.Heard(agent.id, wearer.id, message, at), now)
    device.last_heard_at = now
    session.add(device)
    registry.note_heard(session, {agent.id}, now)
    if alarm is not None:
        log.info("alarm_heard", alarm=alarm.number, said=message.event, state=alarm.state, drill=alarm.is_drill)


def acknowledge(session: Session, ids: Ids, alarm_id: str, who: Who, now: datetime) -> Alarm | answering.Refused:
    """Somebody has it: the wearer is told that help is coming.

    Not by a drill, whose wearer may just have fallen: nobody would be coming.
    """
    taken = answering.acknowledge(session, ids, alarm_id, who, now)
    if isinstance(taken, Alarm) and not taken.is_drill:
        _tell_wearer(session, ids, taken, now)
    return taken


def begin_drill(session: Session, ids: Ids, wearer_id: str, asked_by: str, now: datetime) -> Drill | drills.Refused:
    """Ask the wristband to act as if. Only contacts who agreed to drills will hear of it."""
    wearer = history.lock(session, wearer_id)
    refused = drills.why_not(session, wearer, now)
    if refused is not None:
        return refused
    device = session.get_one(Device, wearer.device_id)
    command = asking.send(session, ids, device.agent_id, Order.DRILL, now, device=device.local_name)
    return drills.begin(session, wearer, command.id, asked_by, now)


def _device(session: Session, ids: Ids, agent: Agent, message: Message, now: datetime) -> Device:
    """An alarm can overtake the report that announces its device."""
    device = naming.called(session, agent.id, message.device)
    if device is None:
        heard = naming.Heard(agent, now)
        naming.note(session, ids, heard, DeviceReport(device=message.device, type=WRISTBAND))
        device = naming.called(session, agent.id, message.device)
    assert device is not None  # noqa: S101 - it was noted just now
    return device


def _tell_wearer(session: Session, ids: Ids, alarm: Alarm, now: datetime) -> None:
    wearer = session.get_one(Wearer, alarm.wearer_id)
    device = session.get(Device, wearer.device_id) if wearer.device_id else None
    if device is None:
        return
    try:
        asking.send(session, ids, device.agent_id, Order.HELP_IS_COMING, now, device=device.local_name)
    except UnknownAgentError:
        return  # it was taken away meanwhile
