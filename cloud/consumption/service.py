"""Consumption on record: the state of each slot, its forecasts, and how they turned out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from cloud.consumption import corrections, course, folding, kept
from cloud.consumption.course import Course, Item
from cloud.consumption.depletion import chance_of_shortage, forecast, to_dates
from cloud.consumption.folding import Exposure
from cloud.consumption.kept import Reach, begin_again, state
from cloud.consumption.scoring import Outcome
from cloud.consumption.tables import ForecastOutcome, ForecastRow, ProductPrior, SlotCorrection
from cloud.consumption.values import Event, Forecast, NoForecast, Observation, ProductUse, SlotState
from cloud.devices.tables import Slot
from kit.ids import Ids

__all__ = [
    "Arrived",
    "begin_again",
    "chance_of_shortage",
    "correct",
    "forecast",
    "latest",
    "observe",
    "outcomes",
    "product_use",
    "record_forecast",
    "seed_outcomes",
    "state",
    "to_dates",
    "undo_correction",
]

STANDS_FOR = timedelta(days=1)  # the same forecast is put on record once a day
MOST_FOLDED_AGAIN = 20_000  # readings, in one transaction: what would take more is counted as too late
_A_MOMENT = timedelta(microseconds=1)
Stored: TypeAlias = Callable[[int, datetime], Iterable[Observation]]

_log = structlog.get_logger()


@dataclass(frozen=True)
class Arrived:
    """Readings of one slot that have not been taken in.

    `stored(after, start)`: what is stored with a greater number than `after` and of `start` or later, these included,
    and nothing that is still to be taken in after them.
    """

    slot_id: str
    observations: Sequence[Observation]
    stored: Stored


def product_use(session: Session, product_id: str, typical: ProductUse) -> ProductUse:
    """What is believed of a product in a home that has shown nothing: what homes have taught, or else `typical`."""
    row = session.get(ProductPrior, product_id)
    return typical if row is None else ProductUse(row.pack_days, row.spread, typical.absence_factor)


def observe(
    session: Session, ids: Ids, arrived: Arrived, exposure_between: Exposure, use: ProductUse, now: datetime
) -> tuple[SlotState, tuple[Event, ...]]:
    """Take readings in, score a pack that ended, store the state: as if all had come in the order of their time.

    What is late is folded once more from a checkpoint, together with what came after it; what is older than the
    checkpoints is counted. Only what has not been told before is returned as events.
    """
    slot_id = arrived.slot_id
    known = state(session, slot_id)
    late = [each.at for each in arrived.observations if folding.is_late(known, each)]
    reach, too_late = kept.behind(session, slot_id, late, now) if late else (None, 0)
    again = [] if reach is None else list(arrived.stored(reach.checkpoint.after, reach.start))
    if len(again) > MOST_FOLDED_AGAIN:
        reach, too_late = None, len(late)
    if reach is None:
        followed = _onward(session, arrived, known, exposure_between, use, now)
        newest = folding.newest(known)
        since = course.earliest_event(known, course.BEGINNING if newest is None else newest + _A_MOMENT)
    else:
        followed = _again(session, slot_id, reach, again, (exposure_between, use), now)
        since = course.earliest_event(reach.checkpoint.state, reach.start)
    if followed.state != known or too_late:
        kept.store(session, slot_id, followed.state, now, too_late)
    _score(session, ids, slot_id, followed.outcomes, None if reach is None else since)
    events = kept.news_of(session, slot_id, followed.happened, since, now)
    _say(slot_id, events, len(late) - too_late, too_late)
    return followed.state, events


def correct(session: Session, slot_id: str, packs: float, now: datetime, by: str | None = None) -> SlotState:
    """A person says how much is left in the slot."""
    known = state(session, slot_id)
    corrected = corrections.correct(known, packs, now)
    if corrected == known:
        return known
    folded_to = session.get_one(Slot, slot_id).folded_to
    before = course.checkpoint(known, now, folded_to, is_first=kept.is_unseen(session, slot_id))
    if before is not None:
        kept.keep(session, slot_id, [before], before.since - _A_MOMENT, now)
    session.add(SlotCorrection(slot_id=slot_id, told_at=now, packs=packs, by=by))
    kept.store(session, slot_id, corrected, now)
    return corrected


def undo_correction(session: Session, slot_id: str, now: datetime) -> bool:
    """A person takes their last word about the level back. False: there is none, or a reading has come since."""
    corrected = state(session, slot_id)
    if corrected.before_told is None:
        return False
    said = kept.last_told(session, slot_id)
    if said is not None and said.told_at == corrected.level_at:
        said.undone_at = now
        session.add(said)
    kept.store(session, slot_id, corrections.uncorrect(corrected), now)
    return True


def record_forecast(
    session: Session,
    ids: Ids,
    slot_id: str,
    made: Forecast | NoForecast,
    dates: Sequence[datetime | None],
    now: datetime,
) -> ForecastRow:
    """A new row when the days or the reason changed or a day has passed; otherwise the one that stands."""
    row = ForecastRow(id=ids(), slot_id=slot_id, made_at=now)
    if isinstance(made, Forecast):
        row.dates = [None if each is None else each.isoformat() for each in dates]
        row.exposure_days = list(made.exposure_days)
        row.stock_packs = made.stock_packs
        row.learned_share = made.learned_share
    else:
        row.reason = made.reason
    last = latest(session, slot_id)
    if last is not None and now - last.made_at < STANDS_FOR and _says_the_same(last, row):
        return last
    session.add(row)
    session.flush()
    return row


def latest(session: Session, slot_id: str) -> ForecastRow | None:
    newest = col(ForecastRow.made_at).desc()
    return session.exec(select(ForecastRow).where(ForecastRow.slot_id == slot_id).order_by(newest).limit(1)).first()


def outcomes(session: Session, slot_id: str, limit: int = 10, by: datetime | None = None) -> list[ForecastOutcome]:
    """The newest first. `by`: of packs that had ended by then."""
    newest = col(ForecastOutcome.cycle_ended_at).desc()
    query = select(ForecastOutcome).where(ForecastOutcome.slot_id == slot_id).order_by(newest).limit(limit)
    if by is not None:
        query = query.where(ForecastOutcome.cycle_ended_at <= by)
    return list(session.exec(query))


def seed_outcomes(session: Session, ids: Ids, slot_id: str, seeds: Iterable[Outcome], now: datetime) -> int:
    """Evidence that a household brings along: only what lies in the past, only where there is none. How many."""
    if outcomes(session, slot_id, limit=1):
        return 0
    rows = [_outcome_row(ids(), slot_id, each, brought_along=True) for each in seeds if each.cycle_ended_at <= now]
    session.add_all(rows)
    session.flush()
    return len(rows)


def _onward(
    session: Session, arrived: Arrived, known: SlotState, exposure_between: Exposure, use: ProductUse, now: datetime
) -> Course:
    """From what is known; what is late changes nothing."""
    is_first = kept.is_unseen(session, arrived.slot_id)
    followed = course.follow(known, arrived.observations, exposure_between, use, is_first=is_first)
    if followed.checkpoints:
        first = followed.checkpoints[0].since
        kept.keep(session, arrived.slot_id, followed.checkpoints, first - _A_MOMENT, now)
    return followed


def _again(
    session: Session, slot_id: str, reach: Reach, read: Sequence[Observation], of: tuple[Exposure, ProductUse],
    now: datetime,
) -> Course:  # fmt: skip
    """In the order of time from a checkpoint on; the later ones are made anew."""
    base = reach.checkpoint
    seen: list[Item] = [*read, *kept.told_since(session, slot_id, reach.start)]
    followed = course.follow(base.state, seen, *of)
    later = [each for each in followed.checkpoints if each.since > base.since]
    kept.keep(session, slot_id, later, base.since, now)
    return followed


def _score(session: Session, ids: Ids, slot_id: str, scored: Sequence[Outcome], since: datetime | None) -> None:
    """`since`: all that was scored from then on has been worked out again."""
    if since is not None:
        own = (col(ForecastOutcome.slot_id) == slot_id, col(ForecastOutcome.brought_along).is_(False))
        former = select(ForecastOutcome).where(*own, col(ForecastOutcome.cycle_ended_at) >= since)
        rows = list(session.exec(former.order_by(col(ForecastOutcome.cycle_ended_at))))
        if [_outcome(row) for row in rows] == list(scored):
            return
        session.execute(sa.delete(ForecastOutcome).where(col(ForecastOutcome.id).in_([row.id for row in rows])))
    for each in scored:
        session.add(_outcome_row(ids(), slot_id, each))
        _log.info("forecast_scored", slot_id=slot_id, off_days=each.off_days, inside=each.inside)
    session.flush()


def _say(slot_id: str, events: Sequence[Event], folded_again: int, too_late: int) -> None:
    if folded_again:
        _log.info("late_readings_taken_in", slot_id=slot_id, count=folded_again)
    if too_late:
        _log.info("readings_too_late", slot_id=slot_id, count=too_late)
    for event in events:
        _log.info("slot_event", slot_id=slot_id, kind=event.kind, at=event.at.isoformat())


def _says_the_same(last: ForecastRow, row: ForecastRow) -> bool:
    return last.reason == row.reason and [_day(each) for each in last.dates] == [_day(each) for each in row.dates]


def _day(moment: str | None) -> str | None:
    return None if moment is None else moment[:10]


def _outcome_row(row_id: str, slot_id: str, scored: Outcome, *, brought_along: bool = False) -> ForecastOutcome:
    return ForecastOutcome(
        id=row_id,
        slot_id=slot_id,
        cycle_ended_at=scored.cycle_ended_at,
        predicted_low=scored.predicted_low,
        predicted_mid=scored.predicted_mid,
        predicted_high=scored.predicted_high,
        actual_at=scored.actual_at,
        off_days=scored.off_days,
        inside=scored.inside,
        brought_along=brought_along,
    )


def _outcome(row: ForecastOutcome) -> Outcome:
    return Outcome(row.cycle_ended_at, row.predicted_low, row.predicted_mid, row.predicted_high, row.actual_at)
