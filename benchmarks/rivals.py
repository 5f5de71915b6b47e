"""The day on which a stock is gone: libraries that people use, and boosted trees, beside ours, on the same tasks.

The tasks are those of the independent scorer, as many of each kind of use. Whoever learns from other homes is asked
about homes that it never saw, divided as in `depletion`. What is not installed is said, and the others still come.
"""

import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import depletion, hooks, rival_trees
from benchmarks.depletion import FOLDS, NETWORKS
from benchmarks.rival_methods import METHODS, Method
from benchmarks.rival_trees import TREES
from cloud.consumption.uses import Array
from scripts.population.__main__ import taught
from scripts.population.series import Series, fold, read

TASKS = 800
SHORT_TASKS, SHORT_SERIES, SHORT_TREES = 16, 60, 20
HEAD = ("means of four kinds of use", "pinball", "MAE days", "in 80 %", "in 95 %", "series/s", "pinball / ours")
TREES_NAME = "LightGBM quantiles, homes it never saw"
OURS = "Forehand, homes it never saw"
HOW = "`make bench` installs what is missing, for this table alone"

Batch = Callable[[list[Array], Array], Array]
Teach = Callable[[Series], Batch]
Said = tuple[Array, float]  # quantiles of the days, and series a second


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(TASKS, NETWORKS, TREES, None)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(SHORT_TASKS, 1, SHORT_TREES, SHORT_SERIES)


def is_here(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def _table(tasks: int, networks: int, trees: int, most: int | None) -> tuple[str, list[tuple[str, ...]]]:
    score = depletion.scorer()
    data = score.load()
    asked, histories = score.make_tasks(data, n=tasks)
    folds = np.array([fold(str(data.entity[row]), FOLDS) for row in asked.idx])
    series = thinned(read(Path(score.DATA)), most)
    told = _Told(score, asked, histories, folds, series)
    ours = told.out_of_fold(lambda homes: _ours(score, taught(homes, networks)))
    found = {OURS: ours, "running mean, days alike": told.alone(score.REG["mean"].batch)}
    for title, (library, method) in METHODS.items():
        if is_here(library):
            found[title] = told.alone(one_by_one(score, method))
    if is_here("lightgbm"):
        found[TREES_NAME] = told.out_of_fold(lambda homes: _trees(score, homes, trees))
    base = score.score(asked, ours[0])["ALL(macro)"]["pinball"]
    rows = [HEAD, *(_row(title, score.score(asked, said), rate, base) for title, (said, rate) in found.items())]
    absent = sorted({library for library, _ in METHODS.values() if not is_here(library)} | _absent_trees())
    rows += [(f"not installed here: {', '.join(absent)}; {HOW}",)] if absent else []
    return f"Rivals: the same {len(asked)} tasks, days until 21 days' stock is gone, 60 at most", rows


def thinned(series: Series, most: int | None) -> Series:
    step = 1 if most is None else max(1, len(series.entities) // most)
    return series.where([n % step == 0 for n in range(len(series.entities))])


class _Told:
    """Asks each, and keeps the time: of the process, without what teaching takes."""

    def __init__(self, score: ModuleType, asked: Any, histories: list[Array], folds: Array, series: Series) -> None:
        self._score, self._stocks, self._histories = score, asked.stock.values, histories
        self._folds, self._series = folds, series

    def alone(self, batch: Callable[..., Array]) -> Said:
        """By the history of each alone."""
        score = self._score
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            batch(self._histories[:1], self._stocks[:1], score.H, score.QS)  # what is compiled once is not counted
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of fits that did not converge: what they found is scored all the same
            began_s = score.time.process_time()
            said = batch(self._histories, self._stocks, score.H, score.QS)
        return said, len(said) / (score.time.process_time() - began_s)

    def out_of_fold(self, teach: Teach) -> Said:
        said, took_s = np.empty((len(self._histories), len(self._score.QS))), 0.0
        for part in np.unique(self._folds):
            tell = teach(self._series.where([fold(entity, FOLDS) != part for entity in self._series.entities]))
            here = np.flatnonzero(self._folds == part)
            began_s = self._score.time.process_time()
            said[here] = tell([self._histories[n] for n in here], self._stocks[here])
            took_s += self._score.time.process_time() - began_s
        return said, len(said) / took_s


def one_by_one(score: ModuleType, method: Method) -> Callable[..., Array]:
    def batch(histories: list[Array], stocks: Array, horizon: int, levels: Array) -> Array:
        sums = [method(history, horizon) for history in histories]
        means, variances = np.array([one.mean for one in sums]), np.array([one.variance for one in sums])
        said: Array = score.from_moments(means, variances, stocks, levels, horizon)
        return said

    return batch


def _ours(score: ModuleType, homes: Any) -> Batch:
    return lambda histories, stocks: hooks.told_by(homes, histories, stocks, score.H, score.QS)


def _trees(score: ModuleType, homes: Series, trees: int) -> Batch:
    grown = rival_trees.depletion(homes, score.QS, trees)
    return lambda histories, stocks: grown.told_by(histories, stocks, score.H)


def _absent_trees() -> set[str]:
    return set() if is_here("lightgbm") else {"lightgbm"}


def _row(title: str, scores: dict[str, dict[str, float]], rate: float, base: float) -> tuple[str, ...]:
    mean = scores["ALL(macro)"]
    return (
        title, f"{mean['pinball']:.2f}", f"{mean['MAE']:.2f}", f"{mean['cov80']:.3f}", f"{mean['cov95']:.3f}",
        f"{rate:.0f}", f"{mean['pinball'] / base:.2f}",
    )  # fmt: skip
