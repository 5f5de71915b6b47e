"""From a sensor's samples to the windows that a network is to judge. Streaming and causal, in constant memory."""

from dataclasses import dataclass

import numpy as np

from edge.falls.resampling import Resampler, Samples
from edge.falls.trigger import AFTER, TRIGGER_MG, Trigger, squares
from edge.falls.window import LENGTH, Windows

HISTORY = 50
"""Samples before a peak: with fewer nobody can say how the wearer was before."""


@dataclass(frozen=True)
class Candidate:
    """`window` is (LENGTH, 3), milli-g. `peak_at` and `known_at` count the sensor's samples from the beginning."""

    peak_at: int
    known_at: int
    window: Windows


class Candidates:
    """For a stream without holes; after one begin anew. Raises ValueError for a rate it was not made for."""

    def __init__(self, fs_hz: float, trigger_mg: int = TRIGGER_MG) -> None:
        self._resampler = Resampler(fs_hz)
        self._trigger = Trigger(trigger_mg)
        self._recent: Samples | None = None  # the last LENGTH - 1; before the beginning stands the first one
        self._count = 0

    def feed(self, acc_mg: Samples) -> list[Candidate]:
        """What has become complete with these samples: shape (N, 3), milli-g, whole numbers."""
        samples, known_at = self._resampler.feed(acc_mg)
        if not len(samples):
            return []
        if self._recent is None:
            self._recent = np.repeat(samples[:1], LENGTH - 1, axis=0)
        recent = np.concatenate((self._recent, samples))
        first, self._count = self._count, self._count + len(samples)
        self._recent = recent[-(LENGTH - 1) :]
        found = []
        for peak in self._trigger.feed(squares(samples)):
            if peak >= HISTORY:
                last = peak + AFTER - first
                window = recent[last : last + LENGTH]
                found.append(Candidate(self._resampler.sensor_index(peak), int(known_at[last]), window))
        return found
