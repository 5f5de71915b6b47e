"""How an arm is held and how much it moves, whichever way the wristband is worn. Pure; a few sums and square roots."""

import math
from collections.abc import Sequence

Sample = tuple[float, float, float]
"""x, y, z in g, gravity included."""

_LEAST = 1e-3


def mean(samples: Sequence[Sample]) -> Sample:
    count = len(samples)
    return (sum(s[0] for s in samples) / count, sum(s[1] for s in samples) / count, sum(s[2] for s in samples) / count)


def spread(samples: Sequence[Sample]) -> float:
    """Standard deviation of the vector: turning counts as well as shaking."""
    mx, my, mz = mean(samples)
    total = sum((x - mx) ** 2 + (y - my) ** 2 + (z - mz) ** 2 for x, y, z in samples)
    return math.sqrt(total / len(samples))


def turn(one: Sample, other: Sample) -> float:
    """1 - cosine between two postures: 0 alike, 2 upside down."""
    length = math.hypot(*one) * math.hypot(*other)
    return 1 - sum(a * b for a, b in zip(one, other, strict=True)) / length if length > _LEAST else 0.0
