"""A small convolutional network in whole numbers: the same answer, to the last bit, in Python and in C.

Weights are 8 bits, activations 15, sums 32. Each layer takes every second step of a window of seven, and so halves the
steps; then pairs of steps are averaged, and two full layers follow.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.falls.window import Curves

KERNEL = 7
POOL = 2
MOST = 32_767
SCALE_BITS = 24
LOGIT_BITS = 10
"""The answer is a logarithm of odds in 1024ths."""

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Layer:
    """`weights` (inputs, outputs) of 8 bits; for a convolution inputs are KERNEL steps times channels.

    The sum and `bias` are taken times `scale` / 2**24, which brings an output to its range.
    """

    weights: Whole
    bias: Whole
    scale: Whole

    def __call__(self, inputs: Whole) -> Whole:
        # Doubles hold these sums exactly (below 2**31), and multiply matrices much faster than integers do.
        sums = (inputs.astype(np.float64) @ self.weights.astype(np.float64)).astype(np.int64) + self.bias
        return sums * self.scale >> SCALE_BITS


@dataclass(frozen=True)
class Network:
    """`centre` and `gain` bring each curve to its range: (curve - centre) * gain / 16."""

    centre: Whole
    gain: Whole
    convolutions: tuple[Layer, ...]
    hidden: Layer
    last: Layer

    def __call__(self, curves: Curves) -> Whole:
        """Shape (M,): for each window the logarithm of the odds that it is a fall, in 1024ths."""
        steps = np.clip((curves - self.centre) * self.gain >> 4, -MOST, MOST)
        for layer in self.convolutions:
            steps = _positive(layer(_sevens(steps)))
        count, length, channels = steps.shape
        pooled = steps.reshape(count, length // POOL, POOL, channels).sum(axis=2) >> POOL - 1
        answer: Whole = self.last(_positive(self.hidden(pooled.reshape(count, -1))))[:, 0]
        return answer


def _positive(sums: Whole) -> Whole:
    return np.clip(sums, 0, MOST)


def _sevens(steps: Whole) -> Whole:
    """Every second window of seven steps, with nothing beyond the ends: (M, length / 2, 7 * channels)."""
    padded = np.pad(steps, ((0, 0), (KERNEL // 2, KERNEL // 2), (0, 0)))
    count, length, channels = steps.shape
    views = np.lib.stride_tricks.sliding_window_view(padded, KERNEL, axis=1)[:, ::2]
    return views.transpose(0, 1, 3, 2).reshape(count, length // 2, KERNEL * channels)
