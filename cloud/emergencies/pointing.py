"""The operating point of a wearer's band: chosen by a person, shifted by how alarms end. Nothing here commits."""

from datetime import datetime

from sqlmodel import Session, col, select

from cloud.emergencies import history, points
from cloud.emergencies.points import Ending
from cloud.emergencies.rules import AlarmState, Log
from cloud.emergencies.tables import Alarm, Wearer
from contract.alarms import AlarmBy, AlarmKind
from contract.fields import Point
from contract.limits import MAX_INACTIVITY_H

INACTIVITY_H = range(2, MAX_INACTIVITY_H + 1)  # in less than two hours somebody who reads is asked for


def choose(session: Session, wearer_id: str, point: Point, now: datetime) -> bool:
    """By a person. False: it was so already, or would find too few falls."""
    wearer = history.lock(session, wearer_id)
    if point not in points.allowed() or (wearer.point, wearer.chosen_point) == (point, point):
        return False
    wearer.chosen_point = point
    _set(session, wearer, point, now)
    return True


def ask_after(session: Session, wearer_id: str, hours: int) -> bool:
    """0: want of movement raises nothing. False: it was so already, or the hours are out of bounds."""
    wearer = history.lock(session, wearer_id)
    if hours == wearer.inactivity_h or (hours != 0 and hours not in INACTIVITY_H):
        return False
    wearer.inactivity_h = hours
    session.add(wearer)
    return True


def missed(session: Session, wearer_id: str, now: datetime) -> bool:
    """A person says that a fall was not noticed: back to what was chosen, at once. False: it stood there already."""
    wearer = history.lock(session, wearer_id)
    chosen = min(Point(wearer.point), Point(wearer.chosen_point), key=points.ORDER.index)
    is_new = chosen != wearer.point
    _set(session, wearer, chosen, now)  # what counted until now counts no more
    return is_new


def judge(session: Session, closed: Alarm, now: datetime) -> bool:
    """A person has closed an alarm. False: nothing changes by it."""
    wearer = history.lock(session, closed.wearer_id)
    if not _is_of_the_band(closed):
        return False
    before = Point(wearer.point)
    after = points.judged(before, Point(wearer.chosen_point), _endings(session, wearer), now)
    if after == before:
        return False
    _set(session, wearer, after, now)
    history.note(session, closed, Log.POINT, now, how="rule", point=after)
    return True


def _set(session: Session, wearer: Wearer, point: Point, now: datetime) -> None:
    wearer.point, wearer.point_since = point, now
    session.add(wearer)
    session.flush()


def _is_of_the_band(alarm: Alarm) -> bool:
    """What the wearer called for themselves, and a rehearsal, say nothing of the detector."""
    return alarm.kind == AlarmKind.FALL and not alarm.is_drill and alarm.raised_by != AlarmBy.WEARER


def _endings(session: Session, wearer: Wearer) -> list[Ending]:
    rows = select(Alarm).where(
        Alarm.wearer_id == wearer.id, Alarm.kind == AlarmKind.FALL, Alarm.state == AlarmState.CLOSED,
        col(Alarm.is_drill).is_(False),
    )  # fmt: skip
    if wearer.point_since is not None:
        rows = rows.where(col(Alarm.closed_at) > wearer.point_since)
    found = session.exec(rows.order_by(col(Alarm.closed_at), col(Alarm.number))).all()
    return [Ending(a.closed_at, a.disposition or "") for a in found if a.closed_at is not None and _is_of_the_band(a)]
