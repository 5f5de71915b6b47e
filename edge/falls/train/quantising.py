"""From fitted weights to whole numbers: 8 bits for each weight, with a scale of its own for each output."""

import numpy as np
from numpy.typing import NDArray

from edge.falls.network import LOGIT_BITS, MOST, SCALE_BITS, Layer, Network
from edge.falls.train.fitting import Floats, Weights, forward
from edge.falls.window import Curves

_INPUT_SCALE = 1024
_GAIN_SCALE = 16
_LARGEST = 127
_HEADROOM = 2.0  # above the largest activation of what it was fitted to


class Ranges:
    """Where each curve usually lies; the network is fitted to what is left."""

    def __init__(self, curves: Curves) -> None:
        self.centre = np.rint(curves.mean(axis=(0, 1))).astype(np.int64)
        self.gain = np.rint(_GAIN_SCALE * _INPUT_SCALE / curves.std(axis=(0, 1))).astype(np.int64)

    def inputs(self, curves: Curves) -> Floats:
        """As the network in whole numbers will see them."""
        whole = np.clip((curves - self.centre) * self.gain >> 4, -MOST, MOST)
        inputs: Floats = (whole / _INPUT_SCALE).astype(np.float32)
        return inputs


def quantised(weights: Weights, ranges: Ranges, inputs: Floats) -> Network:
    """`inputs`: what it was fitted to, whose activations say how much room each layer needs."""
    scales = [_room(largest) for largest in _largest(weights, inputs)] + [float(1 << LOGIT_BITS)]
    layers, scale = [], float(_INPUT_SCALE)
    for matrix, bias, following in zip(weights.matrices, weights.biases, scales, strict=True):
        layers.append(_layer(matrix, bias, scale, following))
        scale = following
    return Network(ranges.centre, ranges.gain, tuple(layers[:3]), layers[3], layers[4])


def _room(largest: float) -> float:
    return MOST / (_HEADROOM * max(largest, 1e-3))


def _largest(weights: Weights, inputs: Floats) -> list[float]:
    """The largest activation of each layer but the last."""
    largest = np.zeros(4)
    for first in range(0, len(inputs), 1024):
        pooled, seen = forward(weights, inputs[first : first + 1024])
        hidden = np.maximum(pooled @ weights.matrices[3] + weights.biases[3], 0)
        largest = np.maximum(largest, [seen[1].max(), seen[2].max(), seen[3].max(), hidden.max()])
    return [float(each) for each in largest]


def _layer(matrix: Floats, bias: Floats, scale: float, following: float) -> Layer:
    each = _LARGEST / np.maximum(np.abs(matrix).max(axis=0), 1e-6)
    return Layer(
        weights=np.rint(matrix * each).astype(np.int64),
        bias=np.rint(bias * each * scale).astype(np.int64),
        scale=_whole(following / (each * scale) * (1 << SCALE_BITS)),
    )


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(values).astype(np.int64)
