"""What is kept of a slot beside its state: the checkpoints of 60 days, what persons said, what has been told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.consumption import news
from cloud.consumption.course import Checkpoint, Happened, Told, day_of
from cloud.consumption.tables import SlotCheckpoint, SlotCorrection, SlotEvent, SlotStateRow
from cloud.consumption.values import Event, SlotState

RULES_VERSION = 1  # grows when what is stored of a slot changes its meaning
NOT_TO_BE_READ = 0  # in its place: nothing is known of the slot, and no fold goes back behind what comes next
KEPT = timedelta(days=60)

_TABLE = SlotCheckpoint.__table__  # type: ignore[attr-defined]  # SQLModel sets it on every table class


@dataclass(frozen=True)
class Reach:
    """Where a fold in the order of time begins: with this, and what was read or told from `start` on."""

    checkpoint: Checkpoint
    start: datetime


def state(session: Session, slot_id: str) -> SlotState:
    """A fresh one when nothing, or nothing that these rules can read, is stored."""
    row = session.get(SlotStateRow, slot_id)
    if row is None or row.rules_version != RULES_VERSION:
        return SlotState()
    return SlotState.from_json(row.json_)


def is_unseen(session: Session, slot_id: str) -> bool:
    """Nothing was ever known of it: whatever comes late belongs to what is known now."""
    return session.get(SlotStateRow, slot_id) is None


def store(session: Session, slot_id: str, known: SlotState, now: datetime, too_late: int = 0) -> None:
    row = session.get(SlotStateRow, slot_id) or SlotStateRow(
        slot_id=slot_id, json_={}, rules_version=RULES_VERSION, updated_at=now
    )
    row.json_ = known.to_json()
    row.rules_version = RULES_VERSION
    row.updated_at = now
    row.late_rows += too_late
    session.add(row)
    session.flush()


def behind(session: Session, slot_id: str, late: Sequence[datetime], now: datetime) -> tuple[Reach | None, int]:
    """The newest checkpoint before the first of these that can be taken in at all; and how many cannot.

    What was flagged as too old lies before every checkpoint, or before the 60 days: no fold finds it again.
    """
    here = sa.and_(_TABLE.c.slot_id == slot_id, _TABLE.c.rules_version == RULES_VERSION)
    moments = list(session.execute(sa.select(_TABLE.c.since).where(here).order_by(_TABLE.c.since)).scalars())
    oldest = day_of(now - KEPT)
    edge = max(moments[0], oldest) if moments else now
    within = [at for at in late if moments and at >= edge]
    if not within:
        return None, len(late)
    since = max(each for each in moments if each <= min(within))
    row = session.execute(sa.select(_TABLE).where(here, _TABLE.c.since == since)).one()
    found = Checkpoint(since, row.after_number, SlotState.from_json(row.json))
    return Reach(found, max(since, oldest)), len(late) - len(within)


def keep(session: Session, slot_id: str, found: Sequence[Checkpoint], beyond: datetime, now: datetime) -> None:
    """In the place of all that were kept beyond a moment. Of those older than 60 days, the newest stays."""
    oldest = day_of(now - KEPT)
    old = [each for each in found if each.since <= oldest]
    here = _TABLE.c.slot_id == slot_id
    last_old = sa.select(sa.func.max(_TABLE.c.since)).where(here, _TABLE.c.since <= oldest).scalar_subquery()
    session.execute(sa.delete(_TABLE).where(here, sa.or_(_TABLE.c.since > beyond, _TABLE.c.since < last_old)))
    session.execute(sa.delete(SlotEvent).where(col(SlotEvent.slot_id) == slot_id, col(SlotEvent.told_at) < oldest))
    rows = [
        {"slot_id": slot_id, "since": each.since, "after_number": each.after, "json": each.state.to_json(),
         "rules_version": RULES_VERSION}
        for each in (*old[-1:], *found[len(old):])
    ]  # fmt: skip
    if rows:
        session.execute(sa.insert(_TABLE), rows)


def told_since(session: Session, slot_id: str, start: datetime) -> list[Told]:
    """What persons said from a moment on."""
    rows = select(SlotCorrection).where(SlotCorrection.slot_id == slot_id, col(SlotCorrection.told_at) >= start)
    return [Told(row.told_at, row.packs, row.undone_at is not None, row.id or 0) for row in session.exec(rows)]


def last_told(session: Session, slot_id: str) -> SlotCorrection | None:
    """The last word of a person that stands."""
    words = select(SlotCorrection).where(SlotCorrection.slot_id == slot_id, col(SlotCorrection.undone_at).is_(None))
    return session.exec(words.order_by(col(SlotCorrection.told_at).desc(), col(SlotCorrection.id).desc())).first()


def news_of(
    session: Session, slot_id: str, found: Sequence[Happened], since: datetime, now: datetime
) -> tuple[Event, ...]:
    """What has not been told yet; from now on it has. `since`: nothing of `found` happened before."""
    if not found:
        return ()
    rows = select(SlotEvent).where(SlotEvent.slot_id == slot_id, col(SlotEvent.at) >= since)
    told = list(session.exec(rows.order_by(col(SlotEvent.at), col(SlotEvent.id))))
    same = news.known_before([_happened(row) for row in told], found)
    for place, each in enumerate(found):
        event = each.event
        row = told[same[place]] if place in same else _row(slot_id, each, now)
        row.kind, row.since, row.at, row.left_packs = event.kind, each.since, event.at, event.left_packs
        session.add(row)
    session.flush()
    return tuple(each.event for place, each in enumerate(found) if place not in same)


def begin_again(session: Session, slot_id: str, now: datetime) -> None:
    """What was known, and what persons said, was counted in packs of another size: it says nothing any more."""
    for each in (SlotCheckpoint, SlotEvent):
        session.execute(sa.delete(each).where(col(each.slot_id) == slot_id))
    words = sa.update(SlotCorrection).where(col(SlotCorrection.slot_id) == slot_id)
    session.execute(words.where(col(SlotCorrection.undone_at).is_(None)).values(undone_at=now))
    row = session.get(SlotStateRow, slot_id)
    if row is not None:
        row.json_, row.rules_version, row.updated_at = SlotState().to_json(), NOT_TO_BE_READ, now
        session.add(row)
        session.flush()


def _happened(row: SlotEvent) -> Happened:
    return Happened(Event(row.kind, row.at, row.left_packs), row.since)  # type: ignore[arg-type]  # as it was written


def _row(slot_id: str, each: Happened, now: datetime) -> SlotEvent:
    event = each.event
    return SlotEvent(
        slot_id=slot_id, kind=event.kind, since=each.since, at=event.at, left_packs=event.left_packs, told_at=now
    )
