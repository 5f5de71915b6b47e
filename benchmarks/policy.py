"""When to order: the product's rule on real daily use, beside the market's rules, in an independent simulator.

`../shared/tools/policy_sim.py` plays a household at a time: lead times of 2 to 4 days, packs of a month. Homes are
divided as for the depletion day: each is decided for by networks that never saw it.
"""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import depletion, rival_trees
from benchmarks.depletion import FOLDS
from benchmarks.ordering import Ordering
from benchmarks.rival_trees import LeadTrees, TreeOrdering
from benchmarks.rivals import SHORT_TREES, is_here, thinned
from cloud.consumption.shortage import Shortage
from scripts.population.__main__ import taught_shortage
from scripts.population.series import Series, fold, read

NETWORKS = 3
SHORT_SERIES = 300
HEAD = ("sensor and rule", "stockout days", "days of cover", "orders a year", "at threshold's cover")
SENSORS = {"perfect": "exact", "quant": "coarse, noisy"}
CHANCES = (0.13, 0.11, 0.1, 0.09, 0.08, 0.07)
EPS = (0.2, 0.15, 0.12, 0.1, 0.08)
TREE_EPS = (0.2, 0.12, 0.08, 0.05, 0.02)
THRESHOLD = 0.2
OURS = "Forehand, homes it never saw"
TREES = "LightGBM quantile, homes it never saw"

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
    series = read(Path(scorer.DATA))
    homes, trees = taught(series, networks, most), trees_taught(series, TREE_EPS, most)
    folds = np.array([fold(str(entity), FOLDS) for entity in world.d.entity])
    rows = [HEAD]
    for sensor, name in SENSORS.items():
        threshold = point(sim, world, sim.threshold(THRESHOLD), sensor)
        rows.append(_row(f"{name}: order at {THRESHOLD:.0%}", threshold, threshold[1]))
        families: dict[str, list[Rule]] = {
            "mean rate and safety days": [sim.MeanRate(days) for days in (0, 1, 2, 3)],
            "quantile of exponential smoothing": [sim.QuantileSES(eps) for eps in EPS],
            TREES: [TreeOrdering(each, folds) for each in trees],
            OURS: [Ordering(homes, folds, chance) for chance in CHANCES],
        }
        for family, rules in families.items():
            if not rules:
                rows.append((f"{name}: {family}: not installed here, `make bench` does it",))
                continue
            points = sorted(point(sim, world, rule, sensor) for rule in rules)
            at = at_cover(points, threshold[0])
            nearest = min(points, key=lambda one: abs(one[0] - threshold[0]))
            rows.append(_row(f"{name}: {family}", nearest, at))
    return f"Ordering: {world.N} series, stockout days a year at the cover that a threshold of 20 % holds", rows


def taught(series: Series, networks: int, most: int | None) -> list[Shortage]:
    """For each part of the homes, by the others."""
    return [taught_shortage(part, networks) for part in _others(series, most)]


def trees_taught(series: Series, eps: Sequence[float], most: int | None) -> list[list[LeadTrees]]:
    """For each of `eps`, for each part of the homes, by the others; nothing where LightGBM is not installed."""
    if not is_here("lightgbm"):
        return []
    trees = SHORT_TREES if most else rival_trees.TREES
    each = [rival_trees.within_lead(part, eps, trees) for part in _others(series, most)]
    return [list(parts) for parts in zip(*each, strict=True)]


def _others(series: Series, most: int | None) -> list[Series]:
    fewer = thinned(series, most)
    return [fewer.where([fold(entity, FOLDS) != part for entity in fewer.entities]) for part in range(FOLDS)]


def at_cover(points: Sequence[Point], cover: float) -> float:
    """Stockout days at this cover, between two points of a rule; `points` in order."""
    return float(np.interp(cover, [one[0] for one in points], [one[1] for one in points]))


def point(sim: ModuleType, world: Any, rule: Rule, sensor: str) -> Point:
    mean, _ = sim.agg(world.run(rule, sensor))
    return float(mean.cover), float(mean.stockout), float(mean.orders)


def _row(name: str, point: Point, at_cover: float) -> tuple[str, ...]:
    cover, stockouts, orders = point
    return name, f"{stockouts:.2f}", f"{cover:.1f}", f"{orders:.1f}", f"{at_cover:.2f}"
