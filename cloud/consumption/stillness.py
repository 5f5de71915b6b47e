"""A sensor that says the same for too long: somebody should look at it."""

import math
from dataclasses import replace

from cloud.consumption import smoothing
from cloud.consumption.values import Learned, ProductUse, SlotState, Still

FROZEN_SD = 3.0  # so many standard deviations of use without the least change
FROZEN_AFTER_STRETCHES = 14


def after(state: SlotState, packs: float, step: float, exposure: float, use: ProductUse) -> Still:
    """How much should have gone while the level was exactly this."""
    if packs != state.level_packs:
        return Still()
    was = state.still if state.still.exposure > 0.0 else _usual(state.learned, use)
    days = was.exposure + exposure
    if days <= 0.0:
        return Still()
    too_long = was.rate * days - FROZEN_SD * math.sqrt(was.variance * days) > 2.0 * step
    return replace(was, exposure=days, is_frozen=was.is_frozen or (was.is_known and too_long))


def _usual(learned: Learned, use: ProductUse) -> Still:
    gain = learned.best_gain()
    return Still(
        rate=smoothing.rate_at(learned, gain, use),
        variance=smoothing.daily_variance(learned, gain, use),
        is_known=learned.stretches >= FROZEN_AFTER_STRETCHES,
    )
