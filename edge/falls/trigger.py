"""Which samples are worth a second look: the largest of their surroundings, and no everyday movement.

Whole numbers and no root, so that a microcontroller can do it at every sample, or leave it to the sensor's interrupt.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from edge.falls.resampling import Samples

TRIGGER_MG = 1_600
ALONE = 50  # samples: within a second only the largest counts
AFTER = 117  # samples, 2.34 s: what a decision waits for


def squares(samples: Samples) -> NDArray[np.int64]:
    """Of the size of each sample, milli-g squared: below 2**26."""
    sizes: NDArray[np.int64] = (samples * samples).sum(axis=1)
    return sizes


class Trigger:
    """Streaming. Those that wait are at least `ALONE` apart, so three places are enough."""

    def __init__(self, trigger_mg: int = TRIGGER_MG) -> None:
        self._least = trigger_mg * trigger_mg
        self._waiting: list[tuple[int, int]] = []
        self._count = 0

    def feed(self, sizes: NDArray[np.int64]) -> list[int]:
        """Numbers of the peaks whose following `AFTER` samples are here now, counted from the stream's beginning."""
        due: list[int] = []
        for offset in np.flatnonzero(sizes >= self._least).tolist():
            due += self._due(self._count + offset)
            self._consider(self._count + offset, int(sizes[offset]))
        self._count += len(sizes)
        return [*due, *self._due(self._count)]

    def _due(self, count: int) -> Iterator[int]:
        """Before the sample of the number `count` is looked at."""
        while self._waiting and self._waiting[0][0] + AFTER < count:
            yield self._waiting.pop(0)[0]

    def _consider(self, index: int, size: int) -> None:
        while self._waiting and index - self._waiting[-1][0] <= ALONE:
            if self._waiting[-1][1] >= size:
                return
            del self._waiting[-1]
        self._waiting.append((index, size))
