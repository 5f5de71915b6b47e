"""What a movement shows to a person who looks at it: the hardest moment, and what the wristband saw in it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from contract.alarms import MarkKind

STILL_G = 0.12  # within a second a resting arm moves the magnitude by less
STILL_S = 2.0  # shorter rests happen in any movement
WINDOW_S = 1.0


@dataclass(frozen=True)
class Part:
    """From and to in seconds, both within what is there."""

    kind: MarkKind
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Movement:
    """Acceleration with gravity. `x`, `y`, `z`, `magnitude` in g.

    `parts` are the wristband's own; where it says nothing of any, `still` is what we see ourselves.
    """

    fs_hz: float
    x: tuple[float, ...]
    y: tuple[float, ...]
    z: tuple[float, ...]
    magnitude: tuple[float, ...]
    impact_s: float | None
    parts: tuple[Part, ...]
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

    def spent_s(self, kind: MarkKind) -> float:
        return sum(part.end_s - part.start_s for part in self.parts if part.kind is kind)


def read(acc_mg: Sequence[int], fs_hz: float, impact: int | None, marks: Sequence[Mapping[str, Any]] = ()) -> Movement:
    """`acc_mg`: x, y, z of each sample in turn, milli-g; at least one sample. `marks`: as they crossed the wire."""
    x, y, z = (tuple(value / 1000 for value in acc_mg[axis::3]) for axis in range(3))
    magnitude = tuple(sqrt(a * a + b * b + c * c) for a, b, c in zip(x, y, z, strict=True))
    impact_s = None if impact is None else impact / fs_hz
    parts = () if impact_s is None else tuple(_parts(marks, impact_s, len(magnitude) / fs_hz))
    still = tuple((part.start_s, part.end_s) for part in parts if part.kind is MarkKind.STILL)
    return Movement(fs_hz, x, y, z, magnitude, impact_s, parts, still if parts else tuple(stillness(magnitude, fs_hz)))


def _parts(marks: Sequence[Mapping[str, Any]], impact_s: float, lasts_s: float) -> list[Part]:
    """What a newer wristband recognises and we do not know is passed over."""
    known = [(MarkKind(m["kind"]), m["from_ms"] / 1000, m["to_ms"] / 1000) for m in marks if m["kind"] in set(MarkKind)]
    cut = [(kind, max(0.0, impact_s + start), min(lasts_s, impact_s + end)) for kind, start, end in known]
    return [Part(kind, start, end) for kind, start, end in cut if start <= end]


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
