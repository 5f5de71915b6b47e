"""Impact, posture, stillness: one sample in, at most one answer out, 2.5 seconds after the impact. Pure, no numpy."""

import math
from collections import deque
from dataclasses import dataclass

from edge.falls import score
from edge.falls.features import AFTER_S, BEFORE_S, Sample, features
from edge.falls.peaks import Peaks

MIN_HZ, MAX_HZ = 15.0, 200.0
_HISTORY_S = 1.0  # with less nobody can say how the wearer stood before


@dataclass(frozen=True)
class Detection:
    """A fall: its impact was so many samples ago. `score` 0 is the threshold; each point is a factor of e."""

    samples_ago: int
    score: float


class Detector:
    """Causal: an answer depends on the samples up to it, and never changes.

    For a stream without holes; after one begin with a new detector. Raises ValueError for a rate it was not made for.
    """

    def __init__(self, fs_hz: float) -> None:
        if not MIN_HZ <= fs_hz <= MAX_HZ:
            raise ValueError(f"a detector needs {MIN_HZ:g} to {MAX_HZ:g} samples a second, not {fs_hz:g}")
        self._fs_hz = fs_hz
        self._after = round(AFTER_S * fs_hz)
        self._history = round(_HISTORY_S * fs_hz)
        self._recent: deque[Sample] = deque(maxlen=round(BEFORE_S * fs_hz) + self._after + 1)
        self._peaks = Peaks(fs_hz, self._after)

    def add(self, x_g: float, y_g: float, z_g: float) -> Detection | None:
        """The next sample, in g with gravity. None: no fall was found now."""
        self._recent.append((x_g, y_g, z_g))
        if not self._peaks.add(math.sqrt(x_g * x_g + y_g * y_g + z_g * z_g)):
            return None
        samples = list(self._recent)
        peak = len(samples) - 1 - self._after
        if peak < self._history:
            return None
        points = score.score(features(samples, peak, self._fs_hz))
        return Detection(self._after, points) if points > 0 else None
