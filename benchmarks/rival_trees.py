"""A global rival: LightGBM, boosted trees for each quantile, taught by the same homes and what is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import hooks
from benchmarks.ordering import Asked, Ordering
from cloud.consumption.uses import Array
from scripts.population import coarse, lessons, shortages
from scripts.population.series import Series

DAYS_EACH = 20
TREES = 300
SETTINGS: dict[str, Any] = {
    "objective": "quantile", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 100,
    "feature_fraction": 0.7, "bagging_fraction": 0.7, "bagging_freq": 1, "num_threads": 1, "seed": 1, "verbose": -1,
}  # fmt: skip
STOCK_DAYS = 21.0
LEADS = (2, 3, 4)
SEED = 1


@dataclass(frozen=True)
class Trees:
    """One ensemble for each quantile of the depletion day, on the scale of log(days / days by the scale)."""

    boosters: Sequence[Any]

    def told_by(self, histories: Sequence[Array], stocks: Array, horizon: int) -> Array:
        """As the scorer asks."""
        uses = hooks.remembered(histories)
        cover = stocks / uses.scale()
        read = np.column_stack([uses.told(), np.log(cover)])
        logs = np.column_stack([booster.predict(read) for booster in self.boosters])
        days: Array = np.clip(np.sort(cover[:, None] * np.exp(logs), axis=1), 1.0, horizon + 1.0)
        return days


def depletion(series: Series, levels: Sequence[float], trees: int = TREES) -> Trees:
    """Of the very stock that is asked for: it is taught what it is scored by."""
    given = lessons.lessons(series.used, series.kinds, DAYS_EACH, np.random.default_rng(SEED))
    stock = STOCK_DAYS * given.mean
    cover = stock / given.scale
    read, wanted = np.column_stack([given.told, np.log(cover)]), np.log(given.days_until_empty(stock) / cover)
    return Trees([_grown(read, wanted, given.weight, level, trees) for level in levels])


@dataclass(frozen=True)
class LeadTrees:
    """A quantile of the use within the lead time, in days of the scale: of exact sensors, and of coarse ones."""

    exact: Any
    coarse: Any


def within_lead(series: Series, eps: Sequence[float], trees: int = TREES) -> list[LeadTrees]:
    """For each accepted probability of running out within the lead time."""
    rng = np.random.default_rng(SEED)
    exactly = coarse.exact(lessons.lessons(series.used, series.kinds, DAYS_EACH, rng, lessons.EARLY))
    coarsely = coarse.coarse(series.used, series.kinds, DAYS_EACH, rng)
    return [LeadTrees(*(_of_lead(given, 1 - each, trees) for given in (exactly, coarsely))) for each in eps]


def _of_lead(given: shortages.Lessons, level: float, trees: int) -> Any:
    """The lead time of each lesson is drawn, and not told: so the quantile is that of all of them together."""
    rows = np.arange(len(given.scale))
    leads = np.random.default_rng(SEED).choice(LEADS, len(rows))
    wanted = (given.ahead[rows, leads - 1] + given.missing) / given.scale
    return _grown(given.told, wanted, given.weight, level, trees)


def _grown(read: Array, wanted: Array, weight: Array, level: float, trees: int) -> Any:
    import lightgbm  # noqa: PLC0415 - it may not be here

    lesson = lightgbm.Dataset(read.astype(np.float32), wanted, weight=weight)
    return lightgbm.train(SETTINGS | {"alpha": level}, lesson, num_boost_round=trees)


class TreeOrdering(Ordering):
    """Orders as soon as what is there and on its way is no more than the quantile. `homes`: of each part."""

    def __init__(self, homes: Sequence[LeadTrees], which: NDArray[np.intp]) -> None:
        super().__init__(homes, which, 0.0)

    def wanted(self, asked: Asked, obs: Any, pack_days: Array) -> NDArray[np.intp]:
        bound = np.zeros(len(obs.pack))
        for homes, is_coarse, members in asked.groups:
            slots = np.flatnonzero(members)
            if len(slots):
                booster = homes.coarse if is_coarse else homes.exact
                bound[slots] = booster.predict(asked.told(slots, is_coarse=is_coarse)) * asked.scale[slots]
        lacks = bound - asked.there
        return np.where(lacks >= 0, np.maximum(1, np.ceil(lacks / obs.pack)), 0).astype(np.intp)
