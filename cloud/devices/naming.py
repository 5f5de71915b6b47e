"""Which device an agent means, by the device's own number where it tells one, else by the name that the agent uses."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from cloud.devices import rules
from cloud.devices.tables import Agent, Device, DeviceName, Slot
from contract.messages import DeviceReport, SlotReport
from kit.ids import Ids


@dataclass(frozen=True)
class Heard:
    """Who said it, and when. `retained`: the broker had kept it, nobody knows for how long."""

    agent: Agent
    at: datetime
    retained: bool = False


@dataclass(frozen=True)
class Double:
    """`nameless` turned out to be `known`: what was filed under it belongs there."""

    nameless: Device
    known: Device


def note(session: Session, ids: Ids, heard: Heard, report: DeviceReport) -> Double | None:
    """From now on the agent means this device by that name."""
    called_so = called(session, heard.agent.id, report.device)
    device = _meant(session, heard.agent, report, called_so) or _new(session, ids, heard, report)
    if _may_speak_for(session, heard, device):
        _take_over(heard.agent, device, report)
        session.add(device)
        for slot in report.slots:
            note_slot(session, ids, device, slot, heard.at)
    _bind(session, heard.agent.id, report.device, device)
    if called_so is None or called_so.id == device.id or not rules.is_nameless(called_so.identity):
        return None
    return Double(called_so, device) if rules.types_agree(called_so.type, device.type) else None


def note_named(session: Session, ids: Ids, heard: Heard, local_name: str, slot: SlotReport) -> None:
    """Readings can overtake the report that announces their device: then a bare one is made, named as it is."""
    device = called(session, heard.agent.id, local_name)
    if device is None:
        note(session, ids, heard, DeviceReport(device=local_name, type=rules.UNKNOWN_TYPE, slots=[slot]))
    else:
        note_slot(session, ids, device, slot, heard.at)


def note_slot(session: Session, ids: Ids, device: Device, report: SlotReport, now: datetime) -> None:
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


def called(session: Session, agent_id: str, local_name: str) -> Device | None:
    named = session.get(DeviceName, (agent_id, local_name))
    return None if named is None else session.get_one(Device, named.device_id)


def _meant(session: Session, agent: Agent, report: DeviceReport, called_so: Device | None) -> Device | None:
    """None: a device that was never heard of."""
    who = rules.identity(agent.id, report)
    agrees = called_so is not None and rules.types_agree(called_so.type, report.type)
    if agrees and rules.is_nameless(who):
        return called_so
    mine = select(Device).where(Device.household_id == agent.household_id, Device.identity == who)
    known = session.exec(mine).first()
    if known is None and called_so is not None and agrees and rules.is_nameless(called_so.identity):
        return called_so  # known so far by its name alone, it now tells its number
    return known


def _may_speak_for(session: Session, heard: Heard, device: Device) -> bool:
    """What the broker had kept may be older than the device's move to another agent."""
    if not heard.retained or device.agent_id == heard.agent.id:
        return True
    return session.get_one(Agent, device.agent_id).revoked_at is not None


def _take_over(agent: Agent, device: Device, report: DeviceReport) -> None:
    who = rules.identity(agent.id, report)
    device.agent_id, device.local_name = agent.id, report.device  # it may have moved to a new Pi
    device.identity = device.identity if rules.is_nameless(who) else who
    device.type = device.type if report.type == rules.UNKNOWN_TYPE else report.type
    device.model, device.reachable = report.model or device.model, report.reachable


def _new(session: Session, ids: Ids, heard: Heard, report: DeviceReport) -> Device:
    made = Device(
        id=ids(), household_id=heard.agent.household_id, agent_id=heard.agent.id, local_name=report.device,
        identity=rules.identity(heard.agent.id, report), type=report.type, created_at=heard.at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _bind(session: Session, agent_id: str, local_name: str, device: Device) -> None:
    named = session.get(DeviceName, (agent_id, local_name))
    if named is None:
        named = DeviceName(agent_id=agent_id, local_name=local_name, device_id=device.id)
    named.device_id = device.id
    session.add(named)
    session.flush()
