"""How a wearer's band is to listen: what a person chose, or a rule found, reaches the band, and is on record."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from cloud.devices import registry
from cloud.devices.tables import Device
from cloud.emergencies import answering, pointing
from cloud.emergencies.answering import Refused, Who
from cloud.emergencies.rules import Disposition
from cloud.emergencies.tables import Alarm, Wearer
from cloud.flows import circles, desired
from cloud.people import audit
from cloud.people.tables import Person
from contract.fields import Point
from kit.ids import Ids


class Act(StrEnum):
    """As it stands in the audit log."""

    POINT = "fall_point_chosen"
    INACTIVITY = "inactivity_set"
    MISSED = "fall_missed"


def choose(session: Session, ids: Ids, wearer: Wearer, point: Point, actor: Person, now: datetime) -> None:
    if pointing.choose(session, wearer.id, point, now):
        _record(session, actor, Act.POINT, wearer, now, point=point)
        tell(session, ids, wearer, now)


def ask_after(session: Session, ids: Ids, wearer: Wearer, hours: int, actor: Person, now: datetime) -> None:
    if pointing.ask_after(session, wearer.id, hours):
        _record(session, actor, Act.INACTIVITY, wearer, now, hours=hours)
        tell(session, ids, wearer, now)


def missed(session: Session, ids: Ids, wearer: Wearer, actor: Person, now: datetime) -> None:
    """That a fall was not noticed is on record, also where nothing can be done about it."""
    is_new = pointing.missed(session, wearer.id, now)
    _record(session, actor, Act.MISSED, wearer, now, point=wearer.point)
    if is_new:
        tell(session, ids, wearer, now)


def close(
    session: Session, ids: Ids, alarm_id: str, who: Who, disposition: Disposition, now: datetime
) -> Alarm | Refused:
    """A person ends an alarm; how it ended may change what the band takes for a fall."""
    closed = answering.close(session, ids, alarm_id, who, disposition, now)
    if isinstance(closed, Alarm) and pointing.judge(session, closed, now):
        tell(session, ids, session.get_one(Wearer, closed.wearer_id), now)
    return closed


def tell(session: Session, ids: Ids, wearer: Wearer, now: datetime) -> None:
    """The band's agent has a new configuration to obey."""
    device = session.get(Device, wearer.device_id) if wearer.device_id else None
    if device is not None:
        registry.reconfigure(session, device.agent_id)
        desired.send(session, ids, device.household_id, now)


def _record(session: Session, actor: Person, act: Act, wearer: Wearer, now: datetime, **detail: Any) -> None:
    audit.record(session, actor, act, f"wearer {circles.name_of(session, wearer)}", now, **detail)
