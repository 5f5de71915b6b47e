"""What the seconds around a peak look like, whichever way the wristband is worn. Pure; a few sums and square roots."""

import math
from collections.abc import Sequence
from typing import NamedTuple

Sample = tuple[float, float, float]
"""x, y, z in g, gravity included."""

BEFORE_S = 2.5
AFTER_S = 2.5
_LEAST = 1e-3
_BUSY_G = 0.6


class Features(NamedTuple):
    """One peak in numbers; times are seconds from it."""

    peak: float  # log of the largest acceleration, g
    thump: float  # mean distance from 1 g, -0.1 to 0.1: short for a knock on a table, long for a body
    burst: float  # log of the same, -0.5 to 0.5
    aftershock: float  # log of the movement, 0.3 to 1.2
    rest: float  # log of the movement, 1.2 to 2.5: stillness
    last: float  # log of the movement, 1.9 to 2.5
    before: float  # log of the movement, -2.5 to -1.0
    turn: float  # 1 - cosine between the postures before and after: 0 alike, 2 upside down
    turn_late: float  # the same between 0.2..0.8 and the end: still turning
    lowest: float  # least acceleration, -0.8 to 0, g
    loudest_after: float  # largest distance from 1 g, 1.2 to 2.5
    loudest_before: float  # largest acceleration, -2.5 to -0.7, g
    busy: float  # share of samples more than 0.6 g from 1 g, -2.5 to -0.5
    level_after: float  # distance of the mean acceleration after from 1 g


def features(samples: Sequence[Sample], peak: int, fs_hz: float) -> Features:
    """`samples` reach from up to BEFORE_S before to AFTER_S after `samples[peak]`."""
    sizes = [math.sqrt(x * x + y * y + z * z) for x, y, z in samples]

    def span(start_s: float, end_s: float) -> slice:
        start = min(max(0, peak + round(start_s * fs_hz)), len(samples) - 1)
        return slice(start, max(start + 1, peak + round(end_s * fs_hz) + 1))

    before, late = span(-BEFORE_S, -1.0), span(1.5, AFTER_S)
    upright, lying = mean(samples[before]), mean(samples[late])
    rest = span(1.2, AFTER_S)
    early = sizes[span(-BEFORE_S, -0.5)]
    return Features(
        peak=math.log(sizes[peak] + _LEAST),
        thump=_off(sizes[span(-0.1, 0.1)]),
        burst=_log(_off(sizes[span(-0.5, 0.5)])),
        aftershock=_log(spread(samples[span(0.3, 1.2)])),
        rest=_log(spread(samples[rest])),
        last=_log(spread(samples[span(1.9, AFTER_S)])),
        before=_log(spread(samples[before])),
        turn=turn(upright, lying),
        turn_late=turn(mean(samples[span(0.2, 0.8)]), lying),
        lowest=min(sizes[span(-0.8, 0.0)]),
        loudest_after=max(abs(size - 1) for size in sizes[rest]),
        loudest_before=max(sizes[span(-BEFORE_S, -0.7)]),
        busy=sum(abs(size - 1) > _BUSY_G for size in early) / len(early),
        level_after=abs(math.hypot(*lying) - 1),
    )


def _log(value: float) -> float:
    return math.log(value + 0.01)


def _off(sizes: Sequence[float]) -> float:
    return sum(abs(size - 1) for size in sizes) / len(sizes)


def mean(samples: Sequence[Sample]) -> Sample:
    count = len(samples)
    return (sum(s[0] for s in samples) / count, sum(s[1] for s in samples) / count, sum(s[2] for s in samples) / count)


def spread(samples: Sequence[Sample]) -> float:
    """Standard deviation of the vector: turning counts as well as shaking."""
    mx, my, mz = mean(samples)
    total = sum((x - mx) ** 2 + (y - my) ** 2 + (z - mz) ** 2 for x, y, z in samples)
    return math.sqrt(total / len(samples))


def turn(one: Sample, other: Sample) -> float:
    length = math.hypot(*one) * math.hypot(*other)
    return 1 - sum(a * b for a, b in zip(one, other, strict=True)) / length if length > _LEAST else 0.0
