"""A network learns whether a parcel comes too late: by the log loss, with stocks and lead times drawn anew."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cloud.consumption import shortage
from cloud.consumption.population import Matrix, Network
from cloud.consumption.uses import Array
from scripts.population import learning

DROPOUT, EPOCHS = 0.05, 30
FEWEST_DAYS, MOST_DAYS = 0.7, 15.0  # of stock, by the scale: where orders are decided
USUAL_LEADS, USUAL_SHARE, LONGEST_LEAD = (2, 4), 0.75, 10
MORE_INPUTS = 3  # what `shortage.read` adds
SURELY_NOT = -2.0
_TINY = 1e-9


@dataclass(frozen=True)
class Lessons:
    """One row for each day chosen of each series. `missing`: units that are less there than the sensor says."""

    told: Array
    scale: Array
    ahead: Array  # [row, day]: used by the end of that day
    missing: Array
    weight: Array

    def of(self, rows: np.ndarray) -> "Lessons":  # type: ignore[type-arg]
        return Lessons(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass
class _Batch:
    read: Matrix
    came_short: Matrix
    weight: Matrix


def train(lessons: Lessons, seed: int) -> Network:
    """The same lessons and the same seed give the same network on the same machine."""
    rng = np.random.default_rng(seed)
    standard = learning.standard(lessons.told)
    weights = learning.begun(
        lessons.told.shape[1] + MORE_INPUTS, np.full(1, SURELY_NOT, dtype=np.float32), rng
    )  # fmt: skip
    steps = EPOCHS * (len(lessons.scale) // learning.BATCH)
    learned = learning.learned(weights, _batches(lessons, standard, rng), steps, _back, DROPOUT, rng)
    return Network(standard.mean, standard.spread, **learned)


def _batches(lessons: Lessons, standard: Network, rng: np.random.Generator) -> Iterator[_Batch]:
    size = learning.BATCH
    weight = lessons.weight / lessons.weight.mean()
    for _ in range(EPOCHS):
        order = rng.permutation(len(lessons.scale))
        for start in range(0, len(order) - size + 1, size):
            rows = order[start : start + size]
            chosen = lessons.of(rows)
            days = np.exp(rng.uniform(math.log(FEWEST_DAYS), math.log(MOST_DAYS), size))
            leads = np.where(
                rng.random(size) < USUAL_SHARE, rng.integers(USUAL_LEADS[0], USUAL_LEADS[1] + 1, size),
                rng.integers(1, LONGEST_LEAD + 1, size),
            )  # fmt: skip
            yield _Batch(
                shortage.read(standard, chosen.told, days, leads),
                _came_short(chosen, days * chosen.scale, leads)[:, None],
                (weight[rows] / size)[:, None].astype(np.float32),
            )


def _came_short(lessons: Lessons, stock: Array, leads: np.ndarray) -> Matrix:  # type: ignore[type-arg]
    """On the last day of the lead time something was wanted that was no longer there."""
    rows = np.arange(len(stock))
    by_then = lessons.ahead[rows, leads - 1]
    before = np.where(leads > 1, lessons.ahead[rows, np.maximum(leads - 2, 0)], 0.0)
    is_wanted = by_then - before > _TINY * lessons.scale
    made: Matrix = ((by_then > stock - lessons.missing) & is_wanted).astype(np.float32)
    return made


def _back(raw: Matrix, batch: _Batch) -> Matrix:
    made: Matrix = (1 / (1 + np.exp(-raw)) - batch.came_short) * batch.weight
    return made
