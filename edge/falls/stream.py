"""One unbroken stream of samples: what is looked for in it, and what is remembered of it. Pure."""

from collections.abc import Iterator, Sequence

import numpy as np

from contract.fields import Point
from edge.falls.detector import Detector, FallEvent
from edge.falls.posture import mean
from edge.falls.recovery import Recovery
from edge.falls.tape import MilliG, Tape, in_g

HOLE_MS = 2_000
_LYING_S = 1.0


class Stream:
    """Begun anew after a hole and with every new rate: a detector cannot look across one."""

    def __init__(self, fs_hz: float) -> None:
        self.fs_hz = fs_hz
        self._detector = Detector(fs_hz)
        self.tape = Tape(fs_hz)
        self._until_ms: int | None = None

    def continues(self, fs_hz: float, count: int, up_ms: int) -> bool:
        """`count` samples that arrived at `up_ms` follow without a hole."""
        began_ms = up_ms - 1000 * count / fs_hz
        return fs_hz == self.fs_hz and (self._until_ms is None or began_ms - self._until_ms <= HOLE_MS)

    def arrived(self, up_ms: int) -> None:
        self._until_ms = up_ms

    def falls(self, acc_mg: Sequence[int], point: Point) -> dict[int, FallEvent]:
        """What these samples make known, by the number of the sample, counted from the beginning of the stream."""
        self._detector.point = point
        samples = np.array(acc_mg[: len(acc_mg) // 3 * 3], np.int64).reshape(-1, 3)
        return {event.at: event for event in self._detector.feed(samples)}

    def recovery(self) -> Recovery:
        """Watches for the wearer getting up from how they lie now."""
        lying = mean([in_g(sample) for sample in self.tape.last(round(_LYING_S * self.fs_hz))])
        return Recovery(self.fs_hz, lying)


def triples(acc_mg: Sequence[int]) -> Iterator[MilliG]:
    for n in range(0, len(acc_mg) - 2, 3):
        yield acc_mg[n], acc_mg[n + 1], acc_mg[n + 2]
