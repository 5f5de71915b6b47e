"""The last half minute of movement, in whole milli-g; around an alarm it becomes its evidence. Pure."""

import math
from collections import deque

from contract import limits
from contract.alarms import Movement
from edge.falls import aftermath

BEFORE_S, AFTER_S = 10.0, 20.0
_SPARE_S = 10.0  # samples come in bunches

MilliG = tuple[int, int, int]


class Tape:
    """Remembers what an alarm may need, and no more. Samples are counted from the tape's beginning."""

    def __init__(self, fs_hz: float) -> None:
        self.fs_hz = fs_hz
        self._samples: deque[MilliG] = deque(maxlen=math.ceil((BEFORE_S + AFTER_S + _SPARE_S) * fs_hz))
        self.count = 0

    def add(self, sample: MilliG) -> None:
        self._samples.append(sample)
        self.count += 1

    def last(self, count: int) -> list[MilliG]:
        """The newest samples, in order."""
        return list(self._samples)[-count:]

    def is_full_after(self, index: int) -> bool:
        """Everything that belongs to a moment is here."""
        return self.count > index + round(AFTER_S * self.fs_hz)

    def cut(self, index: int, *, is_impact: bool) -> Movement | None:
        """What is here of the seconds around the sample `index`. None: nothing."""
        oldest = self.count - len(self._samples)
        start = max(oldest, index - round(BEFORE_S * self.fs_hz))
        end = min(self.count, index + round(AFTER_S * self.fs_hz) + 1)
        samples = list(self._samples)[start - oldest : max(0, end - oldest)]
        if not samples:
            return None
        return thinned(samples, index - start if is_impact else None, self.fs_hz)


def in_g(sample: MilliG) -> tuple[float, float, float]:
    return sample[0] / 1000, sample[1] / 1000, sample[2] / 1000


def thinned(samples: list[MilliG], impact: int | None, fs_hz: float) -> Movement:
    """Every n-th sample, so that it fits into one message; the impact is always one of them. Marked before that."""
    every = math.ceil(len(samples) / limits.MAX_EVIDENCE_SAMPLES)
    offset = (impact or 0) % every
    kept = samples[offset::every]
    return Movement(
        fs_hz=fs_hz / every,
        impact=None if impact is None else impact // every,
        acc_mg=[max(-limits.MAX_ACC_MG, min(limits.MAX_ACC_MG, axis)) for sample in kept for axis in sample],
        marks=[] if impact is None else aftermath.marks([in_g(s) for s in samples], impact, fs_hz)[: limits.MAX_MARKS],
    )
