"""Is the fall alarm on? What the device says, what is allowed, and since when. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from cloud.consent import service as consent
from cloud.devices.tables import Agent, Device
from cloud.emergencies import history, rules
from cloud.emergencies.rules import BandSeen, Standing
from cloud.emergencies.tables import Alarm, Band, Drill, Wearer
from cloud.people import service as people
from contract.fields import Purpose, State
from contract.messages import DeviceReport

LOW_BATTERY = "low_battery"  # the one of a report's notices that changes whether the fall alarm is on
TELL_AFTER = timedelta(minutes=10)  # what is over by then is not worth a message; switching off is told at once


@dataclass(frozen=True)
class Watch:
    """One wearer's fall alarm as it stands."""

    wearer: Wearer
    device: Device | None
    band: BandSeen | None
    standing: Standing
    proven_at: datetime | None  # when a drill or an alarm last came through


@dataclass(frozen=True)
class Change:
    """The circle should know: it is otherwise now than they were told."""

    watch: Watch
    before: Standing | None
    since: datetime


def note_band(session: Session, device: Device, report: DeviceReport, now: datetime) -> None:
    """What a report says of a wristband."""
    if report.worn is None and report.battery_fraction is None and report.point is None:
        return
    band = session.get(Band, device.id) or Band(device_id=device.id, heard_at=now)
    band.is_worn, band.battery_fraction, band.heard_at = report.worn, report.battery_fraction, now
    band.is_battery_low = None if report.notices is None else LOW_BATTERY in report.notices
    band.point = report.point
    session.add(band)


def watch(session: Session, wearer: Wearer, now: datetime) -> Watch:
    device, band = _worn(session, wearer)
    return Watch(wearer, device, band, _judged(wearer, band, now), _proven_at(session, wearer))


def changing(session: Session, now: datetime) -> list[str]:
    """Wearers of whom the circle knows something else than what stands, or stood at the last look. Only reads."""
    found = session.exec(select(Wearer).order_by(col(Wearer.id))).all()
    return [wearer.id for wearer in found if _is_changing(session, wearer, now)]


def _is_changing(session: Session, wearer: Wearer, now: datetime) -> bool:
    standing = _judged(wearer, _worn(session, wearer)[1], now)
    if wearer.told_standing is None:
        return standing in rules.WATCHING
    return wearer.standing_since is not None or standing != wearer.told_standing


def changed(session: Session, wearer_id: str, now: datetime, tell_after: timedelta = TELL_AFTER) -> Change | None:
    """Something to tell, once. What only flickers is not told; that it was switched off is told at once.

    What can wait until the morning is told then, if it still stands.
    """
    wearer = history.lock(session, wearer_id)
    found = watch(session, wearer, now)
    before = None if wearer.told_standing is None else Standing(wearer.told_standing)
    if found.standing == before:
        wearer.standing_since = None
        session.add(wearer)
        return None
    if before is None and found.standing not in rules.WATCHING:
        return None  # it was never on: nobody relies on it yet
    since = wearer.standing_since if wearer.standing_since and wearer.standing_since <= now else now
    wearer.standing_since = since
    session.add(wearer)
    zone = ZoneInfo(people.household(session, wearer.household_id).time_zone)
    if not rules.is_told_now(before, found.standing, now.astimezone(zone)):
        return None
    if now - since < tell_after and Standing.OFF not in {found.standing, before} and before is not None:
        return None
    wearer.told_standing, wearer.standing_since = found.standing, None
    return Change(found, before, since)


def _worn(session: Session, wearer: Wearer) -> tuple[Device | None, BandSeen | None]:
    device = session.get(Device, wearer.device_id) if wearer.device_id else None
    return device, None if device is None else _seen(session, device)


def _judged(wearer: Wearer, band: BandSeen | None, now: datetime) -> Standing:
    return rules.standing(band, now, timedelta(seconds=wearer.silent_after_s))


def _seen(session: Session, device: Device) -> BandSeen:
    agent = session.get_one(Agent, device.agent_id)
    stands = consent.standing(session, device.household_id)
    is_allowed = agent.revoked_at is None and stands.allows(Purpose.SAFETY)
    granted = stands.since.get(Purpose.SAFETY)
    band = session.get(Band, device.id)
    return BandSeen(
        is_allowed=is_allowed,
        is_confirmed=granted is not None and consent.confirmed_at(session, agent.id, granted) is not None,
        heard_at=_latest(device.last_heard_at, band.heard_at if band else None),
        is_reachable=device.reachable and agent.state not in {State.LOST, State.SLEEPING},
        is_worn=band.is_worn if band else None,
        battery_fraction=band.battery_fraction if band else None,
        is_battery_low=band.is_battery_low if band else None,
        point=band.point if band else None,
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _proven_at(session: Session, wearer: Wearer) -> datetime | None:
    alarmed = select(Alarm.first_sent_at).where(
        Alarm.wearer_id == wearer.id, col(Alarm.first_sent_at).is_not(None), col(Alarm.is_drill).is_(False)
    )
    drilled = (
        select(Alarm.first_sent_at)
        .join(Drill, col(Drill.alarm_id) == col(Alarm.id))
        .where(Drill.wearer_id == wearer.id, col(Alarm.first_sent_at).is_not(None))
    )
    found = [
        session.exec(rows.order_by(col(Alarm.first_sent_at).desc()).limit(1)).first() for rows in (alarmed, drilled)
    ]
    return _latest(*found)
