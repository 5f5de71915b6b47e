"""The first days of a slot: what is usual for the product, what networks read of the days so far, and both together.

Real daily use of homes and devices that the networks never saw; the stock lasts 21 days by the whole series' mean, and
60 days ahead count. The prior is the spread of the other series of the same product, or of the same source.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks import depletion, hooks
from cloud.consumption import population, quantiles, smoothing, taught
from cloud.consumption.history import History, Used, after
from cloud.consumption.population import Population
from cloud.consumption.uses import Array
from cloud.consumption.values import LEVELS, Learned, ProductUse
from scripts.population.__main__ import taught as teach
from scripts.population.series import fold, read

DAYS = (8, 14, 21, 28, 45, 60, 90, 150)
FOLDS, HELD_BACK, NETWORKS = 3, 0, 3
EACH_SOURCE, SHORT_SOURCE, SHORT_SERIES = 150, 12, 200
HORIZON, STOCK_DAYS, FEWEST_ALIKE, LEAST_SPREAD = 60, 21, 10, 0.2
SEED = 5
HEAD = ("pinball, days, after so many days", *map(str, DAYS))


@dataclass(frozen=True)
class _Slot:
    source: str
    used: Array
    use: ProductUse


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(EACH_SOURCE, NETWORKS, None)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(SHORT_SOURCE, 1, SHORT_SERIES)


def _table(each: int, networks: int, most: int | None) -> tuple[str, list[tuple[str, ...]]]:
    path = Path(depletion.scorer().DATA)
    series = read(path)
    step = 1 if most is None else max(1, len(series.entities) // most)
    homes = teach(
        series.where([fold(e, FOLDS) != HELD_BACK and n % step == 0 for n, e in enumerate(series.entities)]), networks
    )
    slots, rng = _slots(path, each), np.random.default_rng(SEED)
    columns = [_losses(slots, days, homes, rng) for days in DAYS]
    names = ("usual for the product, smoothed", "networks alone", "both, as slots are foretold")
    rows = [(name, *(f"{column[n]:.2f}" for column in columns)) for n, name in enumerate(names)]
    return f"The first days of {len(slots)} slots: days until 21 days' stock is gone", [HEAD, *rows]


def _slots(path: Path, each: int) -> list[_Slot]:
    columns = ["y", "entity", "source", "product", "split"]
    rows = pq.read_table(path, columns=columns, filters=[("split", "=", "dev")]).to_pylist()
    logs: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        mean = max(float(np.mean(row["y"])), 1e-9)
        for alike in (row["source"], f"{row['source']} {row['product']}"):
            logs[alike].append(math.log(mean))
    held: dict[str, list[_Slot]] = defaultdict(list)
    for row in rows:
        if fold(str(row["entity"]), FOLDS) == HELD_BACK and len(held[row["source"]]) < each:
            alike = f"{row['source']} {row['product']}"
            known = logs[alike] if len(logs[alike]) >= FEWEST_ALIKE else logs[row["source"]]
            use = ProductUse(math.exp(-float(np.mean(known))), max(LEAST_SPREAD, float(np.std(known))), 0.0)
            held[row["source"]].append(_Slot(row["source"], np.array(row["y"], dtype=float), use))
    return [slot for slots in held.values() for slot in slots]


def _losses(slots: list[_Slot], days: int, homes: Population, rng: np.random.Generator) -> tuple[float, ...]:
    """The mean over sources of the pinball loss: by the product, by the networks, by both."""
    losses: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for slot in slots:
        if len(slot.used) < days + HORIZON + 1:
            continue
        start = int(rng.integers(0, len(slot.used) - days - HORIZON))
        seen, ahead = slot.used[start : start + days], np.cumsum(slot.used[start + days : start + days + HORIZON])
        if seen.sum() <= 0:
            continue
        stock = STOCK_DAYS * float(slot.used.mean())
        actual = int((ahead < stock - 1e-9).sum()) + 1
        losses[slot.source].append(tuple(_loss(said, actual) for said in _said(slot, seen, stock, homes)))
    return tuple(np.mean([np.mean(each, axis=0) for each in losses.values()], axis=0))


def _said(slot: _Slot, seen: Array, stock: float, homes: Population) -> tuple[Array, ...]:
    learned, history = Learned(), History()
    for number, used in enumerate(seen.tolist()):
        learned = smoothing.learn(learned, used, 1.0, slot.use)
        history = after(history, Used(used, 1.0, 0.0, 1.0, number % 7))
    usual = smoothing.passage(learned, stock, slot.use).quantiles(LEVELS)
    read_days = homes.days_until_empty(hooks.remembered([seen]), np.array([stock]))
    theirs = population.at_levels(read_days, LEVELS)[0]
    both = quantiles.blended(usual, theirs.tolist(), taught.weight(history))
    return _clipped(usual), np.clip(theirs, 1, HORIZON + 1), _clipped(both)


def _clipped(days: tuple[float | None, ...]) -> Array:
    return np.clip([HORIZON + 1 if each is None else each for each in days], 1, HORIZON + 1)


def _loss(said: Array, actual: int) -> float:
    late = actual - said
    return float(2 * np.maximum(np.array(LEVELS) * late, (np.array(LEVELS) - 1) * late).mean())
