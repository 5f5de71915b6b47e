"""How right the forecasts have been, for the whole fleet: by what kind of thing is used."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from cloud.catalogue.tables import Product
from cloud.consumption import scoring
from cloud.consumption.scoring import Outcome
from cloud.consumption.tables import ForecastOutcome
from cloud.devices.tables import Slot

LOOKS_BACK = timedelta(days=90)
MOST_PACKS = 20_000  # the newest; more would say the same
ALL = ""


@dataclass(frozen=True)
class Score:
    """`category` ALL: of everything. Days; `pinball_days` None: no range of these had an end."""

    category: str
    packs: int
    slots: int
    inside: float  # the share that ended between the 10 % and the 90 % day: 0.8 is as it should be
    off_days: float | None  # the middle of how far the middle day was off, whichever way
    pinball_days: float | None


def by_category(session: Session, now: datetime) -> list[Score]:
    """Of packs that ended in the last LOOKS_BACK; everything together first. Empty: none did."""
    newest = col(ForecastOutcome.cycle_ended_at).desc()
    rows = session.exec(
        select(ForecastOutcome, Product.category)
        .join(Slot, col(Slot.id) == col(ForecastOutcome.slot_id))
        .join(Product, col(Product.id) == col(Slot.product_id), isouter=True)
        .where(col(ForecastOutcome.cycle_ended_at) >= now - LOOKS_BACK, col(ForecastOutcome.brought_along).is_(False))
        .order_by(newest)
        .limit(MOST_PACKS)
    ).all()
    groups: dict[str, list[ForecastOutcome]] = defaultdict(list)
    for row, category in rows:
        groups[ALL].append(row)
        groups[category or "unknown"].append(row)
    return [_score(category, groups[category]) for category in sorted(groups)]


def _score(category: str, rows: Sequence[ForecastOutcome]) -> Score:
    off = sorted(abs(row.off_days) for row in rows if row.off_days is not None)
    losses = [loss for row in rows if (loss := scoring.pinball_days(_outcome(row))) is not None]
    return Score(
        category=category,
        packs=len(rows),
        slots=len({row.slot_id for row in rows}),
        inside=sum(row.inside for row in rows) / len(rows),
        off_days=off[len(off) // 2] if off else None,
        pinball_days=sum(losses) / len(losses) if losses else None,
    )


def _outcome(row: ForecastOutcome) -> Outcome:
    return Outcome(row.cycle_ended_at, row.predicted_low, row.predicted_mid, row.predicted_high, row.actual_at)
