"""From series of daily use to lessons: what was remembered on a day, and what was used afterwards."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.uses import Array, Uses

HORIZON = 60
LEAST_HISTORY, LEAST_USES = 60, 10


@dataclass(frozen=True)
class Lessons:
    """One row for each day chosen of each series."""

    told: Array  # by Uses
    scale: Array  # units a day
    mean: Array  # units a day, of all days so far
    ahead: Array  # [row, day]: used by the end of that day
    series: NDArray[np.intp]
    weight: Array  # of the row: kinds of use count alike, however many series there are of each

    def of(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Lessons":
        return Lessons(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def days_until_empty(self, stock: Array) -> NDArray[np.intp]:
        """HORIZON + 1: not within it."""
        found: NDArray[np.intp] = (self.ahead < stock[:, None] - 1e-9).sum(axis=1) + 1
        return found


def lessons(series: Sequence[Array], kinds: Sequence[str], each: int, rng: np.random.Generator) -> Lessons:
    """`each`: how many days are chosen of a series that is long enough."""
    return on_days(series, kinds, chosen_days(series, each, rng))


def chosen_days(series: Sequence[Array], each: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    return [_chosen(used, each, rng) for used in series]


def on_days(series: Sequence[Array], kinds: Sequence[str], days: Sequence[NDArray[np.intp]]) -> Lessons:
    """In the order of the days, and of the series on each."""
    uses = Uses.none(len(series))
    at: dict[int, list[int]] = defaultdict(list)
    for index, chosen in enumerate(days):
        for day in chosen:
            at[int(day)].append(index)
    lasts = np.array([max(chosen, default=0) for chosen in days])
    parts: list[tuple[Array, ...]] = []
    for day in range(int(lasts.max(initial=0))):
        rows = np.flatnonzero(lasts > day)
        uses.add(np.array([series[row][day] for row in rows]), rows)
        here = np.array(at.get(day + 1, []), dtype=np.intp)
        if len(here):
            parts.append(_part(uses, here, series, day + 1))
    told, scale, mean, ahead, which = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Lessons(told, scale, mean, ahead, which.astype(np.intp), weights(np.array(kinds)[which.astype(np.intp)]))


def _chosen(used: Array, each: int, rng: np.random.Generator) -> NDArray[np.intp]:
    last = len(used) - HORIZON
    if last <= LEAST_HISTORY:
        return np.array([], dtype=np.intp)
    days = np.unique(rng.integers(LEAST_HISTORY, last + 1, each))
    return days[np.cumsum(used > 0)[days - 1] >= LEAST_USES]


def _part(uses: Uses, here: NDArray[np.intp], series: Sequence[Array], day: int) -> tuple[Array, ...]:
    chosen = uses.of(here)
    ahead = np.stack([np.cumsum(series[row][day : day + HORIZON]) for row in here])
    return chosen.told(), chosen.scale(), chosen.total / chosen.days, ahead, here


def weights(kinds: NDArray[np.str_]) -> Array:
    """Of rows: kinds of use count alike."""
    names, which, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    each: Array = 1 / counts[which]
    return each * len(kinds) / len(names)
