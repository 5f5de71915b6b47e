"""When to order: the product's rule on real daily use, beside the market's rules, in an independent simulator.

`../shared/tools/policy_sim.py` plays a household at a time: lead times of 2 to 4 days, packs of a month. Homes are
divided as for the depletion day: each is decided for by networks that never saw it.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import depletion
from benchmarks.depletion import FOLDS
from benchmarks.ordering import Ordering
from cloud.consumption.shortage import Shortage
from scripts.population.__main__ import taught_shortage
from scripts.population.series import Series, fold, read

NETWORKS = 3
SHORT_SERIES = 300
HEAD = ("sensor and rule", "stockout days", "days of cover", "orders a year", "at threshold's cover")
SENSORS = {"perfect": "exact", "quant": "coarse, noisy"}
CHANCES = (0.13, 0.11, 0.1, 0.09, 0.08, 0.07)
EPS = (0.2, 0.15, 0.12, 0.1, 0.08)
THRESHOLD = 0.2

Rule = Callable[[Any], Any]
Point = tuple[float, float, float]  # cover, stockouts, orders


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(NETWORKS, None)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(1, SHORT_SERIES)


def _table(networks: int, most: int | None) -> tuple[str, list[tuple[str, ...]]]:
    scorer = depletion.scorer()
    sim = importlib.import_module("policy_sim")
    world = sim.World("dev", "own")
    homes = _taught(read(Path(scorer.DATA)), networks, most)
    folds = np.array([fold(str(entity), FOLDS) for entity in world.d.entity])
    rows = [HEAD]
    for sensor, name in SENSORS.items():
        threshold = _point(sim, world, sim.threshold(THRESHOLD), sensor)
        rows.append(_row(f"{name}: order at {THRESHOLD:.0%}", threshold, threshold[1]))
        families: dict[str, list[Rule]] = {
            "mean rate and safety days": [sim.MeanRate(days) for days in (0, 1, 2, 3)],
            "quantile of exponential smoothing": [sim.QuantileSES(eps) for eps in EPS],
            "Forehand, homes it never saw": [Ordering(homes, folds, chance) for chance in CHANCES],
        }
        for family, rules in families.items():
            points = sorted(_point(sim, world, rule, sensor) for rule in rules)
            at = float(np.interp(threshold[0], [point[0] for point in points], [point[1] for point in points]))
            nearest = min(points, key=lambda point: abs(point[0] - threshold[0]))
            rows.append(_row(f"{name}: {family}", nearest, at))
    return f"Ordering: {world.N} series, stockout days a year at the cover that a threshold of 20 % holds", rows


def _taught(series: Series, networks: int, most: int | None) -> list[Shortage]:
    """For each part of the homes, by the others."""
    step = 1 if most is None else max(1, len(series.entities) // most)
    parts = [
        series.where([fold(entity, FOLDS) != part and n % step == 0 for n, entity in enumerate(series.entities)])
        for part in range(FOLDS)
    ]
    return [taught_shortage(part, networks) for part in parts]


def _point(sim: ModuleType, world: Any, rule: Rule, sensor: str) -> Point:
    mean, _ = sim.agg(world.run(rule, sensor))
    return float(mean.cover), float(mean.stockout), float(mean.orders)


def _row(name: str, point: Point, at_cover: float) -> tuple[str, ...]:
    cover, stockouts, orders = point
    return name, f"{stockouts:.2f}", f"{cover:.1f}", f"{orders:.1f}", f"{at_cover:.2f}"
