"""The same seconds as another wristband would have told them: turned, slower, at another rate, a little louder."""

import numpy as np
from numpy.typing import NDArray

from edge.falls.resampling import LIMIT_MG
from edge.falls.window import BEFORE, LENGTH, Windows

SPEED = (0.92, 1.09)
SLOWEST_HZ = 18.0
LOUDNESS = (0.96, 1.05)
OFFSET_MG, NOISE_MG = 30.0, 10.0
SHIFT = 2  # samples

Floats = NDArray[np.float64]


def augmented(windows: Windows, rng: np.random.Generator) -> Windows:
    """One other telling of each window; half of them by a sensor of fewer samples a second."""
    seen = turned_and_slowed(windows.astype(np.float64), rng)
    seen *= rng.uniform(*LOUDNESS, (len(windows), 1, 1))
    seen += rng.normal(0, OFFSET_MG, (len(windows), 1, 3)) + rng.normal(0, NOISE_MG, seen.shape)
    return np.clip(np.rint(seen), -LIMIT_MG, LIMIT_MG).astype(np.int64)


def turned_and_slowed(windows: Floats, rng: np.random.Generator) -> Floats:
    """The first three columns are turned together; any others only slowed with them."""
    count = len(windows)
    turned = np.concatenate((windows[:, :, :3] @ _rotations(count, rng), windows[:, :, 3:]), axis=2)
    shift = rng.integers(-SHIFT, SHIFT + 1, (count, 1))
    at = (np.arange(LENGTH) - BEFORE) * rng.uniform(*SPEED, (count, 1)) + BEFORE + shift
    return _seen(turned, np.clip(at, 0, LENGTH - 1.001), _coarser(count, rng), rng)


def _coarser(count: int, rng: np.random.Generator) -> Floats:
    """Samples of ours between two of the other sensor: (M, 1)."""
    slower = 50.0 / rng.uniform(SLOWEST_HZ, 50.0, (count, 1))
    return np.where(rng.random((count, 1)) < 0.5, slower, 1.0)  # noqa: PLR2004 - half of them


def _seen(windows: Floats, at: Floats, step: Floats, rng: np.random.Generator) -> Floats:
    """Straight lines between what that sensor had, whose samples lie `step` apart."""
    origin = rng.uniform(0, 1, step.shape) * (step > 1)
    number = np.floor((at - origin) / step)
    left = _between(windows, origin + number * step)
    right = _between(windows, origin + (number + 1) * step)
    part = ((at - origin) / step - number)[:, :, None]
    return left + (right - left) * part


def _between(windows: Floats, at: Floats) -> Floats:
    at = np.clip(at, 0, LENGTH - 1.001)
    left = at.astype(np.int64)
    part = (at - left)[:, :, None]
    first = np.take_along_axis(windows, left[:, :, None], axis=1)
    return first + (np.take_along_axis(windows, left[:, :, None] + 1, axis=1) - first) * part


def _rotations(count: int, rng: np.random.Generator) -> Floats:
    """Any way a wristband can be worn: (M, 3, 3), from quaternions."""
    drawn = rng.normal(size=(4, count))
    w, x, y, z = drawn / np.linalg.norm(drawn, axis=0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.array(rows).transpose(2, 0, 1)
