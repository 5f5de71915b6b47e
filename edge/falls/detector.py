"""Is this movement a fall? Samples in, falls out, 2.4 seconds after the impact. Pure.

A cheap trigger picks the peaks; a small network judges the five seconds around each. All of it in whole numbers, so
that the microcontroller's detector (`firmware_stubs/c`) gives the same answer at the same sample.
"""

from dataclasses import dataclass

import numpy as np

from contract.fields import Point
from edge.falls.candidates import Candidates
from edge.falls.model import Model, shipped
from edge.falls.resampling import Samples
from edge.falls.window import curves


@dataclass(frozen=True)
class FallEvent:
    """`at` and `impact_at` count the sensor's samples from the stream's beginning: when it was known, when it was."""

    at: int
    impact_at: int
    vote: int
    probability: float


class Detector:
    """Causal: an answer depends on the samples up to it, and never changes; how they are cut makes no difference.

    For a stream without holes; after one begin with a new detector. Raises ValueError for a rate it was not made for.
    """

    def __init__(self, fs_hz: float, model: Model | None = None, point: Point = Point.BALANCED) -> None:
        self._model = model or shipped("wrist")
        self.point = point  # a change takes hold with the next decision
        self._candidates = Candidates(fs_hz, self._model.trigger_mg)

    def feed(self, acc_mg: Samples) -> list[FallEvent]:
        """The falls that have become known with these samples: shape (N, 3), whole milli-g, gravity included."""
        found = self._candidates.feed(acc_mg)
        if not found:
            return []
        votes = self._model.votes(curves(np.stack([each.window for each in found])))
        return [
            FallEvent(each.known_at, each.peak_at, vote, self._model.probability(vote))
            for each, vote in zip(found, votes, strict=True)
            if vote >= self._model.points[self.point]
        ]
