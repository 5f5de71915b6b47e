"""The five seconds around a peak, as six curves that do not depend on how the wristband is worn. Whole numbers only.

How large the acceleration is, how much of it lies along the posture before and along the posture after, how far it is
from its own course, how quickly it changes; and the largest of each two, because an impact is short.
"""

import numpy as np
from numpy.typing import NDArray

from edge.falls.trigger import AFTER

LENGTH = 256  # samples at 50 Hz
BEFORE = LENGTH - 1 - AFTER
STEPS = LENGTH // 2
CURVES = 6
_POSTURE, _POSTURE_BITS = 64, 6  # samples at either end
_COURSE_BITS = 5  # 32 samples around
_FLOOR = 20  # milli-g, below which nothing is told apart
_UNIT_BITS = 14

Windows = NDArray[np.int64]
"""Shape (M, LENGTH, 3), milli-g, each axis within 4,000."""
Curves = NDArray[np.int64]
"""Shape (M, STEPS, CURVES): milli-g, or the logarithm to base 2 in 256ths."""


def curves(windows: Windows) -> Curves:
    """What the network is shown of each window."""
    sizes = _root((windows * windows).sum(axis=2))
    at_first = _along(windows, windows[:, :_POSTURE])
    at_last = _along(windows, windows[:, -_POSTURE:])
    off = _log2(_length(windows - _course(windows)))
    change = _log2(_length(np.diff(windows, axis=1, prepend=windows[:, :1])))
    each = np.stack((sizes, at_first, at_last, off, change), axis=2)
    pairs = each.reshape(len(windows), STEPS, 2, 5)
    return np.concatenate((pairs.sum(axis=2) >> 1, pairs[:, :, :, :1].max(axis=2)), axis=2)


def _along(windows: Windows, part: Windows) -> NDArray[np.int64]:
    """The share of each sample along the mean of `part`, milli-g."""
    mean = part.sum(axis=1) >> _POSTURE_BITS
    length = np.maximum(1, _length(mean))
    unit = _quotient(mean << _UNIT_BITS, length[:, None])
    shares: NDArray[np.int64] = (windows * unit[:, None]).sum(axis=2) >> _UNIT_BITS
    return shares


def _course(windows: Windows) -> Windows:
    """The mean of 32 samples around each; the ends stand for what lies beyond them."""
    half = 1 << _COURSE_BITS - 1
    padded = np.pad(windows, ((0, 0), (half, half - 1), (0, 0)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((0, 0), (1, 0), (0, 0))), axis=1)
    return (sums[:, 2 * half :] - sums[:, : -2 * half]) >> _COURSE_BITS


def _length(vectors: NDArray[np.int64]) -> NDArray[np.int64]:
    return _root((vectors * vectors).sum(axis=-1))


def _root(squares: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rounded down; a double holds every square here exactly, and its root is the nearest double."""
    return np.sqrt(squares.astype(np.float64)).astype(np.int64)


def _quotient(dividend: NDArray[np.int64], divisor: NDArray[np.int64]) -> NDArray[np.int64]:
    """Towards zero, as C divides."""
    return np.sign(dividend) * (np.abs(dividend) // divisor)


def _log2(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """To base 2 in 256ths, straight between powers: the number of bits, and the eight that follow the first."""
    values = lengths + _FLOOR
    bits = np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1
    return (bits << 8) + ((values << 8) >> bits) - 256
