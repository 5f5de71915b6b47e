"""How much the seconds around a peak look like a fall: a weight for each feature and for its square, summed.

Fitted by `python -m benchmarks.falls_weights`, which also prints what each person is taken for by weights that have not
seen them: WEDA-FALL 208 of 225 falls found and 16 of 402 other recordings alarmed, UMAFall 118 of 126 and 14 of 325,
SmartFallMM (ordinary activity only) 8 of 619 alarmed. `python -m benchmarks falls` tells of these weights themselves.

All are young actors on mattresses and scripted days: how often real days alarm is not known. UMAFall is CC BY 4.0 at
its origin; WEDA-FALL and SmartFallMM come without a licence. A product is fitted to recordings its maker has the right
to.
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
