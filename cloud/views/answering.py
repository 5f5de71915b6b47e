"""One alarm as somebody sees it who was called by a message, and holds its link."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from cloud.emergencies import answering, history
from cloud.emergencies.rules import ACTIVE, NOT_NEEDED, AlarmState, Log
from cloud.emergencies.tables import Alarm, AlarmLogEntry, Wearer
from cloud.flows import circles
from cloud.flows.by_link import Called
from cloud.people.tables import Household

SHOWN = frozenset({
    Log.RAISED, Log.REPEATED, Log.CALLED, Log.FAILED, Log.NOBODY_REACHED, Log.STAFF_CALLED, Log.ACKNOWLEDGED,
    Log.ACK_EXPIRED, Log.PASSED_ON, Log.CALLED_AGAIN, Log.CANCEL_CAME_LATE, Log.CLOSED,
    Log.GOT_UP, Log.LONG_LIE,
})  # fmt: skip
MOST_STEPS = 40


@dataclass(frozen=True)
class Step:
    """One thing that happened. `event`: of `Log`."""

    at: datetime
    event: str
    who: str | None


@dataclass(frozen=True)
class Seen:
    """The alarm, what may be seen of the wearer, and what this reader can do."""

    alarm: Alarm
    wearer: str
    zone: ZoneInfo
    happened_at: datetime
    is_mine: bool
    is_active: bool
    notes: str  # empty: there are none, or they are not needed any more
    steps: tuple[Step, ...]  # oldest first

    @property
    def is_taken(self) -> bool:
        return self.alarm.state == AlarmState.ACKNOWLEDGED


def seen(session: Session, called: Called) -> Seen:
    alarm = called.alarm
    wearer = session.get_one(Wearer, alarm.wearer_id)
    is_active = alarm.state in ACTIVE
    return Seen(
        alarm=alarm,
        wearer=circles.name_of(session, wearer),
        zone=ZoneInfo(session.get_one(Household, wearer.household_id).time_zone),
        happened_at=alarm.happened_at or alarm.received_at,
        is_mine=answering.holds(alarm, called.who),
        is_active=is_active,
        notes=wearer.notes if is_active and not alarm.is_drill else "",
        steps=tuple(_steps(history.log_of(session, alarm.id)))[-MOST_STEPS:],
    )


def _steps(log: list[AlarmLogEntry]) -> list[Step]:
    return [
        Step(entry.at, entry.event, entry.actor)
        for entry in log
        if entry.event in SHOWN and entry.detail.get("code") != NOT_NEEDED
    ]
