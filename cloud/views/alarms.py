"""The queue of alarms as staff see it: what nobody has answered first, and how far the calling has come."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from cloud import db
from cloud.emergencies.rules import ACTIVE, NOT_NEEDED, REACHED, AlarmState, Log, Outcome
from cloud.emergencies.tables import Alarm, AlarmAttempt, AlarmLogEntry, Contact, Wearer
from cloud.people.tables import Household, Person

A_PAGE = 40
MOST_PAGES = 10_000
UNANSWERED = frozenset({AlarmState.SUSPECTED, AlarmState.RAISED})
STATES = ("open", *AlarmState)
DAYS = (1, 7, 30, 365)


@dataclass(frozen=True)
class Filter:
    """Which alarms. Open ones are in it however old they are; `days` counts for those that are over."""

    q: str = ""  # a number, or part of the wearer's or the household's name
    state: str = ""  # "": all; "open"; or one state
    kind: str = ""
    drills: str = ""  # "": beside real ones; "no"; "only"
    late: bool = False
    days: int = 7

    def query(self, **more: Any) -> str:
        """For an address: what differs from the usual."""
        usual = asdict(Filter())
        said = {name: value for name, value in asdict(self).items() if value != usual[name]} | more
        return urlencode({name: "1" if value is True else value for name, value in said.items() if value})

    def is_usual(self) -> bool:
        return self == Filter()


@dataclass(frozen=True)
class Reach:
    """What became of the tries to reach somebody, news of the alarm not counted."""

    reached: int = 0
    answered: int = 0
    failed: int = 0
    queued: int = 0
    nobody: bool = False  # all of a round was tried in vain, and nobody was reached since


@dataclass(frozen=True)
class Row:
    """One alarm of the queue."""

    alarm: Alarm
    who: str  # the wearer; where nobody is named, the household
    household: str
    reach: Reach

    @property
    def since(self) -> datetime:
        """From when its clock counts."""
        return self.alarm.acknowledged_at or self.alarm.raised_at or self.alarm.received_at

    @property
    def is_open(self) -> bool:
        return self.alarm.state in ACTIVE


@dataclass(frozen=True)
class Queue:
    """One page of it. `waiting`: the real alarms that nobody has answered, whatever the filter."""

    rows: list[Row]
    page: int
    has_more: bool
    waiting: list[int]


def queue(session: Session, wanted: Filter, page: int, now: datetime) -> Queue:
    """Real ones before drills, unanswered before answered, older before newer; then what is over, newest first."""
    page = min(max(page, 1), MOST_PAGES)
    rows = _selected(wanted, now).order_by(*_order()).limit(A_PAGE + 1).offset((page - 1) * A_PAGE)
    found = with_reach(session, session.execute(rows).all())
    return Queue(found[:A_PAGE], page, len(found) > A_PAGE, _waiting(session))


def every(engine: Engine, wanted: Filter, now: datetime, at_once: int = 500) -> Iterable[list[Row]]:
    """All that the filter lets through, newest first, in pieces: none holds the database while it is sent."""
    before: int | None = None
    while True:
        rows = _selected(wanted, now).order_by(col(Alarm.number).desc()).limit(at_once)
        if before is not None:
            rows = rows.where(col(Alarm.number) < before)
        with db.reading(engine) as session:
            piece = with_reach(session, session.execute(rows).all())
        if not piece:
            return
        yield piece
        before = piece[-1].alarm.number


def with_reach(session: Session, found: Iterable[Any]) -> list[Row]:
    """`found`: an alarm, its household's name and its wearer's, each."""
    known = [(alarm, household, wearer or household) for alarm, household, wearer in found]
    reaches = _reaches(session, [alarm for alarm, _, _ in known])
    return [Row(alarm, who, household, reaches[alarm.id]) for alarm, household, who in known]


def named() -> Any:
    """Alarms with the names of household and wearer."""
    return (
        sa.select(Alarm, col(Household.name), col(Person.name))
        .join(Wearer, col(Wearer.id) == col(Alarm.wearer_id))
        .join(Household, col(Household.id) == col(Wearer.household_id))
        .outerjoin(Person, col(Person.id) == col(Wearer.person_id))
    )


def called_now(alarm: Alarm, contacts: Iterable[Contact]) -> Contact | None:
    """Who has the time to answer now. None: nobody, or the service's own staff."""
    if alarm.state != AlarmState.RAISED or alarm.is_with_staff:
        return None
    return next((contact for contact in contacts if contact.id == alarm.called_contact), None)


def change_number(engine: Engine) -> str:
    """Cheap, and another one when the queue or an open alarm may look different. Whatever happens is logged."""
    is_open = select(Alarm.id).where(col(Alarm.state).in_(ACTIVE))
    with db.reading(engine) as session:
        newest = session.exec(select(sa.func.max(col(AlarmLogEntry.id)))).one()
        last = session.exec(select(sa.func.max(col(Alarm.number)))).one()
        counted = [
            session.exec(select(sa.func.count()).where(column.in_(is_open))).one()
            for column in (col(AlarmLogEntry.alarm_id), col(AlarmAttempt.alarm_id))
        ]
        queued = session.exec(
            select(sa.func.count()).where(col(AlarmAttempt.alarm_id).in_(is_open), AlarmAttempt.outcome == "queued")
        ).one()
    return "/".join(str(part) for part in (newest, last, *counted, queued))


def _selected(wanted: Filter, now: datetime) -> Any:
    is_open = col(Alarm.state).in_(ACTIVE)
    rows = named().where(sa.or_(is_open, col(Alarm.received_at) > now - timedelta(days=wanted.days)))
    if wanted.state:
        rows = rows.where(is_open if wanted.state == "open" else col(Alarm.state) == wanted.state)
    if wanted.kind:
        rows = rows.where(col(Alarm.kind) == wanted.kind)
    if wanted.drills:
        rows = rows.where(col(Alarm.is_drill).is_(wanted.drills == "only"))
    if wanted.late:
        rows = rows.where(col(Alarm.is_late).is_(True))
    if wanted.q:
        rows = rows.where(_named_like(wanted.q))
    return rows


def _named_like(text: str) -> sa.ColumnElement[bool]:
    found = [col(name).icontains(text, autoescape=True) for name in (Household.name, Person.name)]
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < len(str(2**31)):
        found.append(col(Alarm.number) == int(number))
    return sa.or_(*found)


def _order() -> list[Any]:
    is_open = col(Alarm.state).in_(ACTIVE)
    rank = sa.case(
        (sa.and_(is_open, col(Alarm.is_drill).is_(True)), 2),
        (col(Alarm.state).in_(UNANSWERED), 0),
        (is_open, 1),
        else_=3,
    )
    age = sa.case((is_open, col(Alarm.number)), else_=-col(Alarm.number))
    return [rank, age]


def _waiting(session: Session) -> list[int]:
    rows = select(Alarm.number).where(col(Alarm.state).in_(UNANSWERED), col(Alarm.is_drill).is_(False))
    return list(session.exec(rows.order_by(col(Alarm.number))))


def _reaches(session: Session, alarms: list[Alarm]) -> dict[str, Reach]:
    wanted = [alarm.id for alarm in alarms]
    tries = session.exec(
        select(AlarmAttempt.alarm_id, AlarmAttempt.outcome, AlarmAttempt.code, sa.func.count())
        .where(col(AlarmAttempt.alarm_id).in_(wanted), AlarmAttempt.call > 0)
        .group_by(col(AlarmAttempt.alarm_id), col(AlarmAttempt.outcome), col(AlarmAttempt.code))
    ).all()
    vain = _in_vain(session, wanted)
    return {
        each: Reach(
            reached=sum(n for id_, outcome, _, n in tries if id_ == each and outcome in REACHED),
            answered=sum(n for id_, outcome, _, n in tries if id_ == each and outcome == Outcome.ANSWERED),
            failed=sum(n for id_, outcome, code, n in tries if id_ == each and _is_failure(outcome, code)),
            queued=sum(n for id_, outcome, _, n in tries if id_ == each and outcome == Outcome.QUEUED),
            nobody=each in vain,
        )
        for each in wanted
    }


def _is_failure(outcome: str, code: str | None) -> bool:
    return outcome == Outcome.FAILED and code != NOT_NEEDED


def _in_vain(session: Session, wanted: list[str]) -> set[str]:
    """Whose log says that nobody was reached, and not that somebody was, later."""
    told = (Log.NOBODY_REACHED, Log.SENT, Log.ACKNOWLEDGED, Log.CLOSED)
    rows = (
        select(AlarmLogEntry.alarm_id, AlarmLogEntry.event, sa.func.max(col(AlarmLogEntry.id)))
        .where(col(AlarmLogEntry.alarm_id).in_(wanted), col(AlarmLogEntry.event).in_(told))
        .group_by(col(AlarmLogEntry.alarm_id), col(AlarmLogEntry.event))
    )
    last: dict[str, dict[str, int]] = {}
    for alarm_id, event, at in session.exec(rows):
        last.setdefault(alarm_id, {})[event] = at or 0
    return {
        each for each, events in last.items()
        if Log.NOBODY_REACHED in events and max(events, key=events.__getitem__) == Log.NOBODY_REACHED
    }  # fmt: skip
