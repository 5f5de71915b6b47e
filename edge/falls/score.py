"""How much the seconds around a peak look like a fall: a weight for each feature and for its square, summed.

Fitted by `python -m benchmarks.falls_weights` to the visible people of WEDA-FALL, UMAFall and SmartFallMM (ordinary
activity only): young actors on mattresses, scripted days. A product is fitted to recordings its maker has the right to.
"""

from typing import NamedTuple

from edge.falls.features import Features


class Weight(NamedTuple):
    """`low` to `high` is what the recordings know; a value beyond counts as the nearest that they do."""

    low: float
    high: float
    linear: float
    square: float


THRESHOLD = -0.3  # between the best F1 of both fall sets, each person scored by weights that had not seen them
CONSTANT = -8.5301
WEIGHTS: dict[str, Weight] = {
    "peak": Weight(0.590, 2.432, 0.8531, 0.2129),
    "thump": Weight(0.218, 4.225, -0.2854, 0.4378),
    "burst": Weight(-2.143, 0.613, -0.1207, -1.2490),
    "aftershock": Weight(-3.205, 0.841, 0.8671, 0.1723),
    "rest": Weight(-3.902, 0.880, -1.5336, -0.2842),
    "last": Weight(-4.129, 0.939, -0.5087, -0.0074),
    "before": Weight(-4.605, 0.909, -1.8321, -0.3897),
    "turn": Weight(0.000, 1.913, 4.7965, -2.1275),
    "turn_late": Weight(0.000, 1.960, -1.6896, 0.6250),
    "lowest": Weight(0.067, 1.602, 0.4915, -0.9120),
    "loudest_after": Weight(0.015, 7.084, -0.1673, -0.0896),
    "loudest_before": Weight(0.936, 8.507, 0.9713, -0.0606),
    "busy": Weight(0.000, 0.807, -3.4361, -4.7818),
    "level_after": Weight(0.000, 0.969, 2.2181, -0.7866),
}


def score(seen: Features) -> float:
    """Above 0 it is taken for a fall; each point is a factor of e in the odds."""
    total = CONSTANT - THRESHOLD
    for value, weight in zip(seen, WEIGHTS.values(), strict=True):
        known = max(weight.low, min(weight.high, value))
        total += (weight.linear + weight.square * known) * known
    return total
