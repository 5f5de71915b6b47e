"""Days at a few levels of probability, read as a whole distribution: normal scores over the logarithm of the days."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from cloud.consumption.passage import HORIZON_DAYS

_SOON = 1e-6  # days


def probability(levels: Sequence[float], days: Sequence[float | None], within: float) -> float:
    """That it is over within so many days. `days`: rising, at `levels`; None: beyond the horizon.

    Outside the outermost levels it goes on as between the two next to them.
    """
    if all(each == 0.0 for each in days):
        return 1.0
    if within <= 0.0:
        return 0.0
    logs = [math.log(max(each, _SOON)) for each in days if each is not None]
    if not logs:
        return 0.0
    scores = special.ndtri(np.array(levels[: len(logs)]))
    return float(special.ndtr(_at(math.log(within), logs, list(scores))))


def blended(ours: Sequence[float | None], theirs: Sequence[float], weight: float) -> tuple[float | None, ...]:
    """Between two forecasts at the same levels, in log days: `weight` of `theirs`. None: beyond the horizon."""
    found = []
    for own, other in zip(ours, theirs, strict=True):
        from_own = math.log(HORIZON_DAYS if own is None else max(own, _SOON))
        days = math.exp((1.0 - weight) * from_own + weight * math.log(max(other, _SOON)))
        found.append(days if days < HORIZON_DAYS else None)
    return tuple(found)


def _at(place: float, logs: Sequence[float], scores: Sequence[float]) -> float:
    if len(logs) == 1:
        return scores[0] if place >= logs[0] else -math.inf
    after = min(max(int(np.searchsorted(logs, place)), 1), len(logs) - 1)
    run = max(logs[after] - logs[after - 1], _SOON)
    return scores[after - 1] + (place - logs[after - 1]) / run * (scores[after] - scores[after - 1])
