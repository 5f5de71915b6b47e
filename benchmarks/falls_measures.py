"""24 measures of a peak, whichever way the wristband is worn: what boosted trees of falls are usually given."""

import numpy as np
from numpy.typing import NDArray

from edge.falls.trigger import AFTER
from edge.falls.window import BEFORE, Windows

Measured = NDArray[np.float64]
Span = tuple[float, float]

_EARLY: Span = (-2.5, -1.0)
_REST: Span = (1.2, 2.3)
_LATE: Span = (1.5, 2.3)


def measures(windows: Windows) -> Measured:
    """Shape (M, 24). Spans are seconds from the peak."""
    seen = Peaks(windows / 1000)
    return np.stack([*seen.loudness(), *seen.movement(), *seen.posture(), *seen.change()], axis=1)


class Peaks:
    """Windows in g: (M, LENGTH, 3)."""

    def __init__(self, acc_g: Measured) -> None:
        self._acc_g = acc_g
        self._sizes = np.linalg.norm(acc_g, axis=2)
        self._steps = np.linalg.norm(np.diff(acc_g, axis=1), axis=2)

    def loudness(self) -> list[Measured]:
        off = np.abs(self._sizes - 1)
        means = [off[:, _slice(span)].mean(axis=1) for span in ((-0.1, 0.1), (-0.5, 0.5), (-1.0, 0.0))]
        rest = self._sizes[:, _slice(_REST)]
        least = self._sizes[:, _slice((-0.8, 0.0))].min(axis=1)
        before = self._sizes[:, _slice((-2.5, -0.7))].max(axis=1)
        return [self._sizes[:, BEFORE], *means, least, rest.max(axis=1), rest.min(axis=1), before]

    def movement(self) -> list[Measured]:
        spans = (_EARLY, (-1.0, 0.0), (0.3, 1.2), _REST, (1.9, 2.3))
        busy = self._sizes[:, _slice((-2.5, -0.5))] > 1.6  # noqa: PLR2004 - g
        hard = self._sizes[:, _slice((-0.5, 0.5))] > 2.0  # noqa: PLR2004
        falling = self._sizes[:, _slice((-1.0, 0.1))] < 0.6  # noqa: PLR2004
        return [*(self._spread(span) for span in spans), *(share.mean(axis=1) for share in (busy, hard, falling))]

    def posture(self) -> list[Measured]:
        turns = ((_EARLY, _LATE), ((0.2, 0.8), _LATE), (_EARLY, (-0.5, 0.0)), (_EARLY, (0.2, 0.8)))
        level = np.abs(np.linalg.norm(self._mean(_LATE), axis=1) - 1)
        return [*(self._turn(one, other) for one, other in turns), level]

    def change(self) -> list[Measured]:
        hardest = self._steps[:, _slice((-0.5, 0.5))].max(axis=1)
        return [hardest, *(self._steps[:, _slice(span)].mean(axis=1) for span in (_REST, _EARLY))]

    def _mean(self, span: Span) -> Measured:
        mean: Measured = self._acc_g[:, _slice(span)].mean(axis=1)
        return mean

    def _spread(self, span: Span) -> Measured:
        part = self._acc_g[:, _slice(span)]
        variance = ((part - part.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean(axis=1)
        return np.log(np.sqrt(variance) + 0.01)

    def _turn(self, one: Span, other: Span) -> Measured:
        u, v = self._mean(one), self._mean(other)
        lengths = np.linalg.norm(u, axis=1) * np.linalg.norm(v, axis=1)
        turned: Measured = 1 - (u * v).sum(axis=1) / (lengths + 1e-3)
        return turned


def _slice(span: Span) -> slice:
    start, end = (BEFORE + min(AFTER, round(second * 50)) for second in span)
    return slice(max(0, start), end + 1)
