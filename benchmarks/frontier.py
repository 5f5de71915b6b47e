"""The frontier of ordering: days of stock held against days on which something was missing, for each rule.

`python -m benchmarks.frontier docs/images/frontier.svg` writes the picture, and takes half an hour or more; the table
of the same name only prints the points. As in `policy`, whoever learns from homes decides for homes it never saw.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import depletion, frontier_svg, policy
from benchmarks.depletion import FOLDS
from benchmarks.frontier_svg import Line
from benchmarks.ordering import Ordering
from benchmarks.policy import NETWORKS, SENSORS, TREE_EPS, Rule
from benchmarks.rival_trees import TreeOrdering
from cloud.consumption.shortage import Shortage
from scripts.population.series import fold, read

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
SAFETY_DAYS = (-1, 0, 1, 2, 3, 4, 6, 8, 10)
EPS = (0.3, 0.2, 0.15, 0.1, 0.08, 0.05, 0.03, 0.02, 0.01)
CHANCES = (0.2, 0.15, 0.11, 0.08, 0.06, 0.04, 0.025, 0.015)
SHORT, SHORT_SERIES, SHORT_WORLD = 1, 60, 40  # of each rule; series that teach; one slot of so many
HEAD = ("days of cover: stockout days a year", *(f"{n}" for n in range(1, len(EPS) + 1)))


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(lines(NETWORKS, None))


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(lines(1, SHORT_SERIES))


def lines(networks: int, most: int | None) -> dict[str, list[Line]]:
    """By sensor. `most`: of the series that teach, and then only one point of each rule."""
    scorer = depletion.scorer()
    sim = importlib.import_module("policy_sim")
    world, series = _world(sim, SHORT_WORLD if most else 1), read(Path(scorer.DATA))
    folds = np.array([fold(str(entity), FOLDS) for entity in world.d.entity])
    count = SHORT if most else len(EPS)
    homes, trees = policy.taught(series, networks, most), policy.trees_taught(series, TREE_EPS[:count], most)
    rules = _rules(sim, homes, [TreeOrdering(each, folds) for each in trees], folds)
    found: dict[str, list[Line]] = {}
    for sensor, name in SENSORS.items():
        for title, family in rules.items():
            points = sorted(policy.point(sim, world, rule, sensor)[:2] for rule in family[:count])
            found.setdefault(name, []).append(Line(title, points))
    return found


def _world(sim: ModuleType, step: int) -> Any:
    """The simulator's, or one slot of so many in it."""
    world = sim.World("dev", "own")
    for name in ("d", "mu0", "pack", "group", "T", "Y", "live", "warm", "mu", "L"):
        setattr(world, name, getattr(world, name)[::step])
    world.N = len(world.pack)
    return world


def _rules(sim: ModuleType, homes: list[Shortage], trees: list[Any], folds: Any) -> dict[str, list[Rule]]:
    return {
        "threshold of 10 to 50 %": [sim.threshold(share) for share in THRESHOLDS],
        "mean rate and safety days": [sim.MeanRate(days) for days in SAFETY_DAYS],
        "quantile of exponential smoothing": [sim.QuantileSES(eps) for eps in EPS],
        "LightGBM quantile": trees,
        "Forehand": [Ordering(homes, folds, chance) for chance in CHANCES],
        "future use and lead time known": [sim.oracle_full],
    }


def _table(found: dict[str, list[Line]]) -> tuple[str, list[tuple[str, ...]]]:
    rows = [
        (f"{sensor}: {line.title}", *(f"{cover:.1f}: {out:.2f}" for cover, out in line.points))
        for sensor, each in found.items()
        for line in each
    ]
    return "The frontier: stock held against stockouts, means of four kinds of use", [HEAD, *rows]


def main(words: list[str]) -> int:
    if len(words) != 1:
        print("python -m benchmarks.frontier FILE.svg", file=sys.stderr)
        return 2
    found = lines(NETWORKS, None)
    for row in _table(found)[1]:
        print("  ".join(row))
    Path(words[0]).write_text(frontier_svg.drawn({f"{name} sensor": each for name, each in found.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
