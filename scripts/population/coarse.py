"""Lessons as a coarse sensor gives them: what was used is seen in steps and with noise, what is wanted is the truth."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.sensed import Sensed
from cloud.consumption.shortage import coarsely
from cloud.consumption.uses import Array, Uses
from scripts.population import lessons
from scripts.population.shortages import LONGEST_LEAD, Lessons

STEP, NOISE = 0.05, 0.02  # of a pack: what a scale or a printer that tells in steps of 5 % is like
SHORTEST_PACK_DAYS, LONGEST_PACK_DAYS = 21.0, 42.0  # by the use of the first days
DAYS_TO_SIZE_A_PACK = 60

Part = tuple[Array, Array, Array, Array, NDArray[np.intp]]


def exact(given: lessons.Lessons) -> Lessons:
    """The same days, of a sensor that tells the truth."""
    return Lessons(given.told, given.scale, given.ahead[:, :LONGEST_LEAD], np.zeros(len(given.scale)), given.weight)


def coarse(series: Sequence[Array], kinds: Sequence[str], each: int, rng: np.random.Generator) -> Lessons:
    """`each`: how many days are chosen of a series that is long enough. Packs last about a month."""
    chosen = lessons.chosen_days(series, each, rng, lessons.EARLY)
    packs = _packs(series, rng)
    for index in np.flatnonzero(packs <= 0):
        chosen[index] = chosen[index][:0]  # nobody knows what a pack of it would be
    at: dict[int, list[int]] = defaultdict(list)
    for index, days in enumerate(chosen):
        for day in days:
            at[int(day)].append(index)
    lasts = np.array([max(days, default=0) for days in chosen])
    shown = _Shown(series, packs, rng)
    parts: list[Part] = []
    for day in range(1, int(lasts.max(initial=0)) + 1):
        shown.see(day, np.flatnonzero(lasts >= day))
        here = np.array(at.get(day, []), dtype=np.intp)
        if len(here):
            parts.append(shown.lessons(day, here))
    told, scale, ahead, missing, which = (np.concatenate(part) for part in zip(*parts, strict=True))
    weight = lessons.weights(np.array(kinds)[which.astype(np.intp)])
    seen = scale > 0  # a sensor may show for long that nothing was used
    return Lessons(told[seen], scale[seen], ahead[seen], missing[seen], weight[seen])


def _packs(series: Sequence[Array], rng: np.random.Generator) -> Array:
    lasts = np.exp(rng.uniform(math.log(SHORTEST_PACK_DAYS), math.log(LONGEST_PACK_DAYS), len(series)))
    packs: Array = lasts * np.array([float(np.mean(used[:DAYS_TO_SIZE_A_PACK])) for used in series])
    return packs


class _Shown:
    """What the sensors show, day by day, of all series."""

    def __init__(self, series: Sequence[Array], packs: Array, rng: np.random.Generator) -> None:
        self._series, self._packs, self._rng = series, packs, rng
        self._true = [np.cumsum(used) for used in series]
        self._uses, self._sensed = Uses.none(len(series)), Sensed.none(len(series))
        self._course = np.zeros(len(series))

    def see(self, day: int, rows: NDArray[np.intp]) -> None:
        packs = self._packs[rows]
        shares = self._true_by(day, rows) / packs + self._rng.normal(0.0, NOISE, len(rows))
        self._course[rows] = np.round(shares / STEP) * STEP * packs
        self._uses.add(self._sensed.add(self._course[rows], rows), rows)

    def lessons(self, day: int, here: NDArray[np.intp]) -> Part:
        chosen, course = self._uses.of(here), self._course[here]
        scale = chosen.scale()
        unit = np.maximum(scale, 1e-12)
        gap, error = (course - self._sensed.course[here]) / unit, STEP * self._packs[here] / unit
        ahead = np.stack([np.cumsum(self._series[row][day : day + LONGEST_LEAD]) for row in here])
        with np.errstate(divide="ignore", invalid="ignore"):  # where nothing was seen: left out
            told = coarsely(chosen.told(), gap, error)
        return told, scale, ahead, self._true_by(day, here) - course, here

    def _true_by(self, day: int, rows: NDArray[np.intp]) -> Array:
        return np.array([self._true[row][day - 1] for row in rows])
