"""What a movement shows to a person who looks at it: the hardest moment, and where the body lay still. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

STILL_G = 0.12  # within a second a resting arm moves the magnitude by less
STILL_S = 2.0  # shorter rests happen in any movement
WINDOW_S = 1.0


@dataclass(frozen=True)
class Movement:
    """Acceleration with gravity. `x`, `y`, `z`, `magnitude` in g; `still`: from and to, in seconds."""

    fs_hz: float
    x: tuple[float, ...]
    y: tuple[float, ...]
    z: tuple[float, ...]
    magnitude: tuple[float, ...]
    impact_s: float | None
    still: tuple[tuple[float, float], ...]

    @property
    def lasts_s(self) -> float:
        return len(self.magnitude) / self.fs_hz

    @property
    def peak_g(self) -> float:
        return max(self.magnitude)

    @property
    def peak_s(self) -> float:
        return self.magnitude.index(self.peak_g) / self.fs_hz


def read(acc_mg: Sequence[int], fs_hz: float, impact: int | None) -> Movement:
    """`acc_mg`: x, y, z of each sample in turn, milli-g; at least one sample."""
    x, y, z = (tuple(value / 1000 for value in acc_mg[axis::3]) for axis in range(3))
    magnitude = tuple(sqrt(a * a + b * b + c * c) for a, b, c in zip(x, y, z, strict=True))
    still = tuple(stillness(magnitude, fs_hz))
    return Movement(fs_hz, x, y, z, magnitude, None if impact is None else impact / fs_hz, still)


def stillness(magnitude: Sequence[float], fs_hz: float) -> list[tuple[float, float]]:
    """Where each second around a moment stays within STILL_G, for STILL_S or longer; from and to, in seconds."""
    window = max(2, round(WINDOW_S * fs_hz))
    found: list[tuple[int, int]] = []
    for start in range(len(magnitude) - window + 1):
        part = magnitude[start : start + window]
        if max(part) - min(part) > STILL_G:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], start + window)
        else:
            found.append((start, start + window))
    return [(a / fs_hz, b / fs_hz) for a, b in found if b - a >= STILL_S * fs_hz]
