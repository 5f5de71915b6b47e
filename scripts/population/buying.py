"""A network learns when something is bought again: from purchases as they were, by the pinball loss in days."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cloud.consumption import purchases
from cloud.consumption.population import LEVELS, Matrix, Network, in_order
from cloud.consumption.purchases import Purchases
from cloud.consumption.uses import Array
from scripts.population import learning, training

DROPOUT, EPOCHS = 0.25, 16
MOST_DAYS = 365.0
_TAU = np.array(LEVELS, dtype=np.float32)


@dataclass(frozen=True)
class Bought:
    """One home's purchases of one product, oldest first; `days[n]` passed until the one after purchase n."""

    home: int
    product: str
    quantities: Array
    days: Array


@dataclass
class _Batch:
    read: Matrix
    days: Matrix


def read(path: Path, split: str = "dev") -> list[Bought]:
    """Of one split."""
    columns = ["household_id", "product", "qty", "days_to_next"]
    found: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
    for row in pq.read_table(path, columns=columns, filters=[("split", "=", split)]).to_pylist():
        found[row["household_id"], row["product"]].append((row["qty"], row["days_to_next"]))
    return [Bought(home, product, *np.array(mine, dtype=float).T) for (home, product), mine in sorted(found.items())]


def taught(bought: list[Bought], networks: int) -> Purchases:
    """By all of these; the same purchases give the same networks."""
    names = tuple(sorted({one.product for one in bought}))
    parts = [[one for one in bought if one.product == name] for name in names]
    usual = np.array([_usual(part) for part in [*parts, bought]])
    blank = Purchases((), names, usual, homes=len({one.home for one in bought}))
    told, days = lessons(blank, bought)
    made = tuple(_train(told, days, seed) for seed in range(networks))
    return Purchases(made, names, usual, blank.homes)


def lessons(given: Purchases, bought: list[Bought]) -> tuple[Array, Array]:
    """A row for each purchase: what was known then, and how long it took."""
    rows = [
        purchases.features(one.quantities[:n], one.days[:n], one.quantities[n], given.of(one.product))
        for one in bought
        for n in range(len(one.days))
    ]
    return np.array(rows), np.concatenate([one.days for one in bought])


def _usual(bought: list[Bought]) -> Array:
    quantities, days = (np.concatenate([getattr(one, name) for one in bought]) for name in ("quantities", "days"))
    return purchases.usual(quantities, days)


def _train(told: Array, days: Array, seed: int) -> Network:
    rng = np.random.default_rng(seed)
    standard = learning.standard(told)
    answers = np.full(len(LEVELS), -0.5, dtype=np.float32)
    answers[0] = np.log(np.median(days))
    weights = learning.begun(told.shape[1], answers, rng)
    steps = EPOCHS * (len(days) // learning.BATCH)
    given = _batches(purchases.standard(standard, told), days.astype(np.float32), rng)
    return Network(standard.mean, standard.spread, **learning.learned(weights, given, steps, _back, DROPOUT, rng))


def _batches(read: Matrix, days: NDArray[np.float32], rng: np.random.Generator) -> Iterator[_Batch]:
    for _ in range(EPOCHS):
        order = rng.permutation(len(days))
        for start in range(0, len(order) - learning.BATCH + 1, learning.BATCH):
            rows = order[start : start + learning.BATCH]
            yield _Batch(read[rows], days[rows, None])


def _back(raw: Matrix, batch: _Batch) -> Matrix:
    said = np.exp(np.minimum(in_order(raw), np.float32(np.log(MOST_DAYS))))
    slope = np.where(batch.days >= said, -_TAU, 1 - _TAU) / said.size * said
    return training.back_to_raw(raw, slope.astype(np.float32))
