"""Any sensor's rate becomes 50 samples a second, in whole numbers, so that every language gets the same ones.

Faster sensors are averaged in groups first (200 Hz in fours), then a straight line is drawn between neighbours.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 50
MIN_HZ, MAX_HZ = 15.0, 200.0
LIMIT_MG = 4_000
"""What a sensor of the smallest range in use can tell. All are cut to it: none is known by how hard it can be hit."""
_ONE = 1 << 16

Samples = NDArray[np.int64]
"""Shape (N, 3): x, y, z in milli-g, gravity included."""


class Resampled(NamedTuple):
    """`samples` at RATE_HZ. `known_at`: the number of the sensor's sample with which each was known."""

    samples: Samples
    known_at: NDArray[np.int64]


class Resampler:
    """Streaming; fed in any pieces it gives the same samples. Raises ValueError for a rate it was not made for."""

    def __init__(self, fs_hz: float) -> None:
        if not MIN_HZ <= fs_hz <= MAX_HZ:
            raise ValueError(f"a detector needs {MIN_HZ:g} to {MAX_HZ:g} samples a second, not {fs_hz:g}")
        fs_milli_hz = round(fs_hz * 1000)
        self._group = max(1, fs_milli_hz // (RATE_HZ * 1000))
        self._step = fs_milli_hz * _ONE // (RATE_HZ * 1000 * self._group)
        self._left: Samples = np.empty((0, 3), np.int64)  # of a group that is not whole yet
        self._before: Samples = np.empty((0, 3), np.int64)  # the last whole group: the line begins there
        self._groups = 0
        self._position = 0  # of the next sample, in groups and 65536ths

    def feed(self, acc_mg: Samples) -> Resampled:
        """Whatever has become known with `acc_mg`."""
        grouped = self._grouped(np.clip(acc_mg, -LIMIT_MG, LIMIT_MG))
        if self._step == _ONE:
            known = np.arange(self._groups, self._groups + len(grouped))
            self._groups += len(grouped)
            return Resampled(grouped, self._last_of(known))
        return self._lines(grouped)

    def sensor_index(self, samples: int) -> int:
        """The number of the sensor's sample nearest before the resampled one of that number."""
        return (samples * self._step >> 16) * self._group

    def _grouped(self, acc_mg: Samples) -> Samples:
        if self._group == 1:
            return acc_mg
        acc_mg = np.concatenate((self._left, acc_mg))
        whole = len(acc_mg) // self._group
        self._left = acc_mg[whole * self._group :]
        groups: Samples = acc_mg[: whole * self._group].reshape(whole, self._group, 3).sum(axis=1) // self._group
        return groups

    def _lines(self, grouped: Samples) -> Resampled:
        points = np.concatenate((self._before, grouped))
        first = self._groups - len(self._before)
        self._groups += len(grouped)
        self._before = points[-1:]
        count = max(0, -((self._position - (self._groups - 1 << 16)) // self._step))
        at = self._position + self._step * np.arange(count)
        self._position += self._step * count
        left, part = (at >> 16) - first, (at & _ONE - 1)[:, None]
        lines = points[left] + ((points[left + 1] - points[left]) * part >> 16) if count else points[:0]
        return Resampled(lines, self._last_of((at >> 16) + 1))

    def _last_of(self, groups: NDArray[np.int64]) -> NDArray[np.int64]:
        return groups * self._group + self._group - 1
