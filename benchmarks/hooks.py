"""The product's own forecast in the form that independent scorers ask for: thin calls, nothing made for them.

`python ../shared/tools/depletion_eval.py --plugin benchmarks.hooks:depletion` scores the file that ships, which has
seen the visible series; `python -m benchmarks depletion policy intervals` score networks that have not.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.ordering import Ordering
from cloud.consumption import population, purchases, shortage
from cloud.consumption.population import Population
from cloud.consumption.uses import AT_ONCE, Array, Uses


def depletion(history: Array, stock: float, horizon: int, qs: Sequence[float]) -> Array:
    """Quantiles of the day on which `stock` is gone, 1 .. horizon + 1 (not within the horizon)."""
    answer: Array = batch([history], np.array([stock]), horizon, qs)[0]
    return answer


def batch(histories: Sequence[Array], stocks: Array, horizon: int, qs: Sequence[float]) -> Array:
    """The same for many: one row each."""
    return told_by(population.shipped(), histories, stocks, horizon, qs)


def told_by(homes: Population, histories: Sequence[Array], stocks: Array, horizon: int, qs: Sequence[float]) -> Array:
    """What this population foretells. Where nothing was ever used: not within the horizon."""
    found = np.full((len(histories), len(qs)), horizon + 1.0)
    used = np.array([float(np.sum(history)) > 0.0 for history in histories])
    uses = remembered([history for history, is_used in zip(histories, used, strict=True) if is_used])
    if len(uses.days):
        days = homes.days_until_empty(uses, np.asarray(stocks, dtype=float)[used])
        found[used] = np.clip(population.at_levels(days, qs), 1.0, horizon + 1.0)
    return found


def remembered(histories: Sequence[Array]) -> Uses:
    """Day by day, as the product does. The longest come first, so that whoever still has a day stands together."""
    lengths = np.array([len(history) for history in histories], dtype=np.intp)
    order = np.argsort(-lengths, kind="stable")
    uses = Uses.none(len(histories))
    for start in range(0, len(order), AT_ONCE):
        here = order[start : start + AT_ONCE]
        days = np.zeros((int(lengths[here[0]]), len(here)))
        for place, row in enumerate(here):
            days[: lengths[row], place] = histories[row]
        part = uses.part(slice(start, start + len(here)))
        for day, still in enumerate(np.searchsorted(-lengths[here], -np.arange(len(days)))):
            part.add(days[day, :still], slice(0, int(still)))
    return uses.of(np.argsort(order))


depletion.batch = batch  # type: ignore[attr-defined]  # the scorer looks for it there


def next_interval(
    quantities: Array, days: Array, quantity: float, product: str, qs: Sequence[float]
) -> Array:  # fmt: skip
    """Quantiles of the days until the next purchase, from those before."""
    told = purchases.shipped().days_to_next(quantities, days, quantity, product)
    answer: Array = population.at_levels(told[None], qs)[0]
    return answer


def policy(eps: float) -> Ordering:
    """`eps`: the accepted chance that a parcel comes too late, for a pack that lasts a month."""
    return Ordering([shortage.shipped()], None, eps)
