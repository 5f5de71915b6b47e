"""What was foretold half-way through a pack against what came: the evidence that trust is earned with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloud.consumption.depletion import forecast
from cloud.consumption.folding import USED_UP, Exposure
from cloud.consumption.values import LEVELS, Cycle, Event, Forecast, ProductUse, SlotState

HALF_WAY = 0.5
LEAST_START = 0.3  # a pack first seen with less left has no middle worth foretelling from
LONGEST_DAYS = 180
LOW, MID, HIGH = 0.1, 0.5, 0.9
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """One finished pack. A foretold moment is None where it lay beyond the horizon."""

    cycle_ended_at: datetime
    predicted_low: datetime | None  # p10
    predicted_mid: datetime | None  # p50
    predicted_high: datetime | None  # p90
    actual_at: datetime

    @property
    def off_days(self) -> float | None:
        """How much longer it lasted than the middle forecast; negative: it was empty sooner."""
        return None if self.predicted_mid is None else (self.actual_at - self.predicted_mid) / _ONE_DAY

    @property
    def inside(self) -> bool:
        """Between p10 and p90."""
        if self.predicted_low is None or self.actual_at < self.predicted_low:
            return False
        return self.predicted_high is None or self.actual_at <= self.predicted_high


def pinball_days(scored: Outcome) -> float | None:
    """Twice the mean pinball loss of the three moments, in days: 0 where all were exact. None: one of them had no date.

    Koenker and Bassett 1978; the factor makes the middle's loss its distance.
    """
    total = 0.0
    for level, moment in ((LOW, scored.predicted_low), (MID, scored.predicted_mid), (HIGH, scored.predicted_high)):
        if moment is None:
            return None
        late = (scored.actual_at - moment) / _ONE_DAY
        total += 2.0 * max(level * late, (level - 1.0) * late)
    return total / 3.0


def foretell(state: SlotState, exposure_between: Exposure, use: ProductUse) -> SlotState:
    """Once in a pack's life, when half of it is gone: keep the day on which it is expected to be empty."""
    cycle, level, at = state.cycle, state.level_packs, state.level_at
    if cycle is None or level is None or at is None or cycle.foretold_at is not None or state.by_hand:
        return state
    if not 0.0 < level <= HALF_WAY * cycle.started_packs or cycle.started_packs < LEAST_START:
        return state
    foretold = forecast(state, level, use)
    if not isinstance(foretold, Forecast):
        return state
    days = [foretold.exposure_days[LEVELS.index(each)] for each in (LOW, MID, HIGH)]
    dates = _after_exposure(days, at, exposure_between)
    return replace(state, cycle=replace(cycle, foretold_at=at, foretold=dates))


def outcome(cycle: Cycle | None, events: Sequence[Event]) -> Outcome | None:
    """What the end of this pack says about its forecast. None: not ended, too early, scored before, or not foretold."""
    if cycle is None or cycle.emptied_at is not None or len(cycle.foretold) != len((LOW, MID, HIGH)):
        return None
    low, mid, high = cycle.foretold
    for event in events:
        used_up = event.kind in {"replaced", "refilled"} and event.left_packs < USED_UP
        if event.kind == "emptied" or used_up:
            return Outcome(event.at, low, mid, high, actual_at=event.at)
    return None


def _after_exposure(
    wanted: Sequence[float | None], start: datetime, exposure_between: Exposure
) -> tuple[datetime | None, ...]:
    """The moments at which so much exposure (rising) has passed, day by day. None: not within LONGEST_DAYS."""
    found: list[datetime | None] = []
    day, gone = start, 0.0
    exposure = exposure_between(day, day + _ONE_DAY)
    for days in wanted:
        while days is not None and gone + exposure <= days and day - start < LONGEST_DAYS * _ONE_DAY:
            day, gone = day + _ONE_DAY, gone + exposure
            exposure = exposure_between(day, day + _ONE_DAY)
        within = days is not None and exposure > 0.0 and days - gone < exposure
        found.append(day + _ONE_DAY * ((days - gone) / exposure) if days is not None and within else None)
    return tuple(found)
