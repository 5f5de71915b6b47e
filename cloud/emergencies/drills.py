"""Rehearse: a marked alarm goes the whole way, and each hop leaves its moment. Nothing here commits."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from cloud.devices.tables import Agent, Device
from cloud.emergencies import calling
from cloud.emergencies.rules import ACTIVE
from cloud.emergencies.tables import Alarm, Drill, Wearer

BETWEEN = timedelta(minutes=1)


class Refused(StrEnum):
    """Why no drill was begun."""

    NO_DEVICE = "no_device"
    REAL_ALARM = "real_alarm"  # people are busy with one
    NOBODY_AGREED = "nobody_agreed"
    TOO_SOON = "too_soon"


def why_not(session: Session, wearer: Wearer, now: datetime) -> Refused | None:
    """None: nothing speaks against a drill now. The caller holds the wearer's lock."""
    if wearer.device_id is None or _is_revoked(session, wearer.device_id):
        return Refused.NO_DEVICE
    busy = select(Alarm.is_drill).where(Alarm.wearer_id == wearer.id, col(Alarm.state).in_(ACTIVE))
    running = session.exec(busy).all()
    if not all(running):
        return Refused.REAL_ALARM
    if not calling.contacts(session, wearer.id, for_drill=True):
        return Refused.NOBODY_AGREED
    last = latest(session, wearer.id)
    return Refused.TOO_SOON if running or (last and timedelta() <= now - last.asked_at < BETWEEN) else None


def begin(session: Session, wearer: Wearer, command_id: str, asked_by: str, now: datetime) -> Drill:
    """The device is asked by this command to act as if."""
    drill = Drill(id=command_id, wearer_id=wearer.id, asked_by=asked_by, asked_at=now)
    session.add(drill)
    session.flush()
    return drill


def latest(session: Session, wearer_id: str) -> Drill | None:
    rows = select(Drill).where(Drill.wearer_id == wearer_id).order_by(col(Drill.asked_at).desc(), col(Drill.id))
    return session.exec(rows.limit(1)).first()


def commanded(session: Session, command_id: str, now: datetime) -> None:
    """The command was handed to the broker. Other commands are no drills: then nothing happens."""
    drill = session.get(Drill, command_id)
    if drill is not None:
        drill.commanded_at = drill.commanded_at or now
        session.add(drill)


def _is_revoked(session: Session, device_id: str) -> bool:
    device = session.get_one(Device, device_id)
    return session.get_one(Agent, device.agent_id).revoked_at is not None
