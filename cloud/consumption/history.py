"""The days of use that a slot has shown, one after the other: what the networks that many homes have taught will read.

A day is closed when a whole day of exposure is together. A coarse sensor's days come from its smoothed course.
"""

import math
from dataclasses import dataclass

import numpy as np

from cloud.consumption import one_day, sensed
from cloud.consumption.uses import Uses

NEARLY = 0.1  # of a day: readings once a day come a little early or late, and are a day all the same
COARSE, FINE = 0.5, 0.35  # of a usual day's use: from such a step on a sensor counts as coarse, and below as fine again
LONGEST_GAP_DAYS = 60.0  # of a longer one only the last days are told apart


@dataclass(frozen=True)
class History:
    """Amounts in packs. Plain numbers: loses nothing in JSON."""

    days: tuple[float, ...] = ()  # a row of `Uses`; empty: no day has been closed yet
    course: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of `Sensed`: days, course, rate
    shown: float = 0.0  # what was used in all by the closed days, as the sensor shows it
    open_use: float = 0.0
    open_exposure: float = 0.0  # below nothing: the last day was closed a little early
    is_coarse: bool = False

    @property
    def count(self) -> float:
        """Days of exposure."""
        return self.days[0] if self.days else 0.0

    @property
    def has_use(self) -> bool:
        return bool(self.days) and self.days[1] > 0.0

    def uses(self) -> Uses:
        return Uses.of_rows(np.array([self.days])) if self.days else Uses.none(1)


@dataclass(frozen=True)
class Used:
    """What one reading adds. `weekday` (0 to 6): the local one of its moment; `rate`: packs a day, as is usual here."""

    packs: float
    exposure: float
    step_packs: float
    rate: float
    weekday: int


def after(history: History, used: Used) -> History:
    """With the days that this closes. Time without exposure closes none and changes nothing."""
    if used.exposure <= 0.0 and used.packs == 0.0:
        return history
    is_coarse = used.step_packs > (FINE if history.is_coarse else COARSE) * used.rate
    use, exposure = history.open_use + used.packs, history.open_exposure + used.exposure
    count = math.floor(exposure + NEARLY)
    if count < 1:
        return History(history.days, history.course, history.shown, use, exposure, is_coarse)
    over = exposure - count
    rest = use * over / exposure if over > NEARLY else 0.0
    closed = min(count, int(LONGEST_GAP_DAYS))
    days, course = list(history.days) or [0.0] * sum(Uses.widths().values()), history.course
    each = (use - rest) / count
    shown = history.shown + each * (count - closed)
    for day in range(closed):
        shown += each
        course, smooth = sensed.one_day(course, shown)
        one_day.add(days, smooth if is_coarse else max(0.0, each), (used.weekday - closed + 1 + day) % 7)
    return History(tuple(days), course, shown, rest, over, is_coarse)
