"""Consumption on record: the state of each slot, its forecasts, and how they turned out."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from cloud.consumption import corrections, folding, scoring
from cloud.consumption.depletion import chance_of_shortage, forecast, to_dates
from cloud.consumption.folding import Exposure
from cloud.consumption.scoring import Outcome
from cloud.consumption.tables import ForecastOutcome, ForecastRow, ProductPrior, SlotStateRow
from cloud.consumption.values import Event, Forecast, NoForecast, Observation, ProductUse, SlotState
from kit.ids import Ids

__all__ = [
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

RULES_VERSION = 1  # grows when what is stored of a slot changes its meaning
STANDS_FOR = timedelta(days=1)  # the same forecast is put on record once a day

_log = structlog.get_logger()


def state(session: Session, slot_id: str) -> SlotState:
    """A fresh one when nothing, or nothing that these rules can read, is stored."""
    row = session.get(SlotStateRow, slot_id)
    if row is None or row.rules_version != RULES_VERSION:
        return SlotState()
    return SlotState.from_json(row.json_)


def product_use(session: Session, product_id: str, typical: ProductUse) -> ProductUse:
    """What is believed of a product in a home that has shown nothing: what homes have taught, or else `typical`."""
    row = session.get(ProductPrior, product_id)
    return typical if row is None else ProductUse(row.pack_days, row.spread, typical.absence_factor)


def observe(
    session: Session,
    ids: Ids,
    slot_id: str,
    observations: Iterable[Observation],
    exposure_between: Exposure,
    use: ProductUse,
    now: datetime,
) -> tuple[SlotState, tuple[Event, ...]]:
    """Fold readings in the order given, score a pack that ended, and store the state."""
    before = known = state(session, slot_id)
    events: list[Event] = []
    late = 0
    for observation in observations:
        late += observation.packs is not None and not folding.is_newer(known, observation.at)
        after, happened = folding.fold(known, observation, exposure_between, use)
        scored = scoring.outcome(known.cycle, happened)
        if scored is not None:
            session.add(_outcome_row(ids(), slot_id, scored))
            _log.info("forecast_scored", slot_id=slot_id, off_days=scored.off_days, inside=scored.inside)
        known = scoring.foretell(after, exposure_between, use)
        events.extend(happened)
    if known != before:
        _store(session, slot_id, known, now)
    if late:
        _log.info("late_readings_ignored", slot_id=slot_id, count=late)
    for event in events:
        _log.info("slot_event", slot_id=slot_id, kind=event.kind, at=event.at.isoformat())
    return known, tuple(events)


def correct(session: Session, slot_id: str, packs: float, now: datetime) -> SlotState:
    """A person says how much is left in the slot."""
    corrected = corrections.correct(state(session, slot_id), packs, now)
    _store(session, slot_id, corrected, now)
    return corrected


def undo_correction(session: Session, slot_id: str, now: datetime) -> bool:
    """A person takes their last word about the level back. False: there is none, or a reading has come since."""
    corrected = state(session, slot_id)
    if corrected.before_told is None:
        return False
    _store(session, slot_id, corrections.uncorrect(corrected), now)
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


def outcomes(session: Session, slot_id: str, limit: int = 10) -> list[ForecastOutcome]:
    """The newest first."""
    newest = col(ForecastOutcome.cycle_ended_at).desc()
    query = select(ForecastOutcome).where(ForecastOutcome.slot_id == slot_id).order_by(newest).limit(limit)
    return list(session.exec(query))


def seed_outcomes(session: Session, ids: Ids, slot_id: str, seeds: Iterable[Outcome], now: datetime) -> int:
    """Evidence that a household brings along: only what lies in the past, only where there is none. How many."""
    if outcomes(session, slot_id, limit=1):
        return 0
    rows = [_outcome_row(ids(), slot_id, each) for each in seeds if each.cycle_ended_at <= now]
    session.add_all(rows)
    session.flush()
    return len(rows)


def _store(session: Session, slot_id: str, known: SlotState, now: datetime) -> None:
    row = session.get(SlotStateRow, slot_id) or SlotStateRow(
        slot_id=slot_id, json_={}, rules_version=RULES_VERSION, updated_at=now
    )
    row.json_ = known.to_json()
    row.rules_version = RULES_VERSION
    row.updated_at = now
    session.add(row)
    session.flush()


def _says_the_same(last: ForecastRow, row: ForecastRow) -> bool:
    return last.reason == row.reason and [_day(each) for each in last.dates] == [_day(each) for each in row.dates]


def _day(moment: str | None) -> str | None:
    return None if moment is None else moment[:10]


def _outcome_row(row_id: str, slot_id: str, scored: Outcome) -> ForecastOutcome:
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
    )
