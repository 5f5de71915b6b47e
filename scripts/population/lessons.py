"""From series of daily use to lessons: what was remembered on a day, and what was used afterwards."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.uses import Array, Uses

HORIZON = 60
FIRST_DAYS = 30  # of a slot: of these days some lessons may be taken apart


@dataclass(frozen=True)
class Taken:
    """Which days of a series become lessons: none before there is so much history and so many days of use."""

    least_days: int = 60
    least_uses: int = 10
    first_share: float = 0.0  # of all lessons, beside those drawn from all days: of the first ones


LATE = Taken()
EARLY = Taken(least_days=8, least_uses=2, first_share=0.125)
"""From the day on which a slot is first read: what no lesson has shown is guessed."""


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


def lessons(
    series: Sequence[Array], kinds: Sequence[str], each: int, rng: np.random.Generator, taken: Taken = LATE
) -> Lessons:
    """`each`: how many days are chosen of a series that is long enough."""
    return on_days(series, kinds, chosen_days(series, each, rng, taken))


def chosen_days(
    series: Sequence[Array], each: int, rng: np.random.Generator, taken: Taken
) -> list[NDArray[np.intp]]:  # fmt: skip
    return [_chosen(used, each, rng, taken) for used in series]


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


def _chosen(used: Array, each: int, rng: np.random.Generator, taken: Taken) -> NDArray[np.intp]:
    last = len(used) - HORIZON
    if last <= taken.least_days:
        return np.array([], dtype=np.intp)
    first = round(taken.first_share * each)
    early = rng.integers(taken.least_days, min(last, FIRST_DAYS) + 1, first) if first else np.array([], dtype=np.intp)
    days = np.unique(np.concatenate([early, rng.integers(taken.least_days, last + 1, each - first)]))
    return days[np.cumsum(used > 0)[days - 1] >= taken.least_uses]


def _part(uses: Uses, here: NDArray[np.intp], series: Sequence[Array], day: int) -> tuple[Array, ...]:
    chosen = uses.of(here)
    ahead = np.stack([np.cumsum(series[row][day : day + HORIZON]) for row in here])
    return chosen.told(), chosen.scale(), chosen.total / chosen.days, ahead, here


def weights(kinds: NDArray[np.str_]) -> Array:
    """Of rows: kinds of use count alike."""
    names, which, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    each: Array = 1 / counts[which]
    return each * len(kinds) / len(names)
