"""Fits the network by its gradient (Adam with decoupled weight decay, Loshchilov and Hutter 2019). numpy alone.

Single precision; the same seed on the same machine gives the same weights.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.falls.network import KERNEL, POOL
from edge.falls.window import CURVES, STEPS

CHANNELS = (16, 24, 32)
HIDDEN = 16
EPOCHS, BATCH = 12, 128
RATE, DECAY = 3e-3, 1e-3
DROPPED = 0.3
SURE = 0.01  # nobody's label is quite sure
_MEAN, _SQUARE, _TINY = 0.9, 0.999, 1e-8

Floats = NDArray[np.float32]


@dataclass
class Weights:
    """`matrices` and `biases`: three convolutions, a hidden layer, the answer."""

    matrices: list[Floats]
    biases: list[Floats]

    def all(self) -> list[Floats]:
        return [*self.matrices, *self.biases]


def begin(rng: np.random.Generator, curves: int = CURVES) -> Weights:
    """Scaled to the number of inputs (He et al. 2015)."""
    inputs = [KERNEL * channels for channels in (curves, *CHANNELS[:-1])]
    shapes = [*zip(inputs, CHANNELS, strict=True), (STEPS // 8 // POOL * CHANNELS[-1], HIDDEN), (HIDDEN, 1)]
    matrices = [(rng.normal(size=shape) * np.sqrt(2 / shape[0])).astype(np.float32) for shape in shapes]
    biases = [np.zeros(shape[1], np.float32) for shape in shapes]
    biases[-1] -= 1.5  # falls are rare
    return Weights(matrices, biases)


def sevens(steps: Floats) -> Floats:
    """Every second window of seven steps: (M, length / 2, 7 * channels)."""
    padded = np.pad(steps, ((0, 0), (KERNEL // 2, KERNEL // 2), (0, 0)))
    count, length, channels = steps.shape
    out = np.empty((count, length // 2, KERNEL, channels), steps.dtype)
    for place in range(KERNEL):
        out[:, :, place] = padded[:, place : place + length : 2]
    return out.reshape(count, length // 2, KERNEL * channels)


def _apart(sevens_slope: Floats, length: int) -> Floats:
    """The slope of each step, from the slopes of the windows it is in."""
    count, half, width = sevens_slope.shape
    channels = width // KERNEL
    padded = np.zeros((count, length + KERNEL - 1, channels), sevens_slope.dtype)
    for place in range(KERNEL):
        padded[:, place : place + 2 * half : 2] += sevens_slope[:, :, place * channels : (place + 1) * channels]
    return padded[:, KERNEL // 2 : KERNEL // 2 + length]


def forward(weights: Weights, inputs: Floats) -> tuple[Floats, list[Floats]]:
    """Log odds (M,), and the input of each layer after its arrangement."""
    seen, steps = [], inputs
    for matrix, bias in zip(weights.matrices[:3], weights.biases[:3], strict=True):
        seen.append(sevens(steps))
        steps = np.maximum(seen[-1] @ matrix + bias, 0)
    pooled = steps.reshape(len(steps), -1, POOL, CHANNELS[-1]).mean(axis=2).reshape(len(steps), -1)
    return pooled, [*seen, steps]


def log_odds(weights: Weights, inputs: Floats) -> Floats:
    """What the fitted network says: (M,)."""
    answers = []
    for first in range(0, len(inputs), 1024):
        pooled, _ = forward(weights, inputs[first : first + 1024])
        hidden = np.maximum(pooled @ weights.matrices[3] + weights.biases[3], 0)
        answers.append((hidden @ weights.matrices[4] + weights.biases[4])[:, 0])
    return np.concatenate(answers)


def slopes(weights: Weights, inputs: Floats, wanted: Floats, kept: Floats) -> Weights:
    """Of the mean cross-entropy. `kept`: what is dropped of the pooled steps is 0, the rest a little over 1."""
    pooled, seen = forward(weights, inputs)
    pooled = pooled * kept
    hidden = np.maximum(pooled @ weights.matrices[3] + weights.biases[3], 0)
    odds = (hidden @ weights.matrices[4] + weights.biases[4])[:, 0]
    top = ((1 / (1 + np.exp(-odds)) - wanted) / len(wanted))[:, None].astype(inputs.dtype)
    at_hidden = (top @ weights.matrices[4].T) * (hidden > 0)
    at_pooled = (at_hidden @ weights.matrices[3].T) * kept / POOL
    steps = seen.pop()
    slope = np.repeat(at_pooled.reshape(len(steps), -1, CHANNELS[-1]), POOL, axis=1) * (steps > 0)
    matrices = [pooled.T @ at_hidden, hidden.T @ top]
    biases = [at_hidden.sum(axis=0), top.sum(axis=0)]
    for number in (2, 1, 0):
        arranged = seen[number]
        flat = slope.reshape(-1, slope.shape[2])
        matrices.insert(0, arranged.reshape(-1, arranged.shape[2]).T @ flat)
        biases.insert(0, flat.sum(axis=0))
        if number:
            below = _apart(slope @ weights.matrices[number].T, 2 * arranged.shape[1])
            slope = below * _was_positive(seen[number], below.shape)
    return Weights(matrices, biases)


def _was_positive(arranged: Floats, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which steps below were above 0, read back from the windows they were arranged in."""
    sized = arranged.reshape(shape[0], shape[1] // 2, KERNEL, shape[2])
    return np.stack((sized[:, :, KERNEL // 2], sized[:, :, KERNEL // 2 + 1]), axis=2).reshape(shape) > 0


def fit(inputs: Floats, is_fall: NDArray[np.bool_], seed: int, epochs: int = EPOCHS) -> Weights:
    """Many passes over all examples, ever more gently."""
    rng = np.random.default_rng(seed)
    weights = begin(rng, inputs.shape[2])
    wanted = np.where(is_fall, 1 - SURE, SURE).astype(np.float32)
    means = [np.zeros_like(each) for each in weights.all()]
    squares = [np.zeros_like(each) for each in weights.all()]
    size = min(BATCH, len(inputs))
    steps = epochs * (len(inputs) // size)
    for step, batch in enumerate(_batches(len(inputs), size, epochs, rng), start=1):
        kept = (rng.random((len(batch), weights.matrices[3].shape[0])) >= DROPPED) / np.float32(1 - DROPPED)
        slope = slopes(weights, inputs[batch], wanted[batch], kept.astype(np.float32))
        rate = RATE * (1 + np.cos(np.pi * step / steps)) / 2
        for place, (each, part) in enumerate(zip(weights.all(), slope.all(), strict=True)):
            means[place] += (1 - _MEAN) * (part - means[place])
            squares[place] += (1 - _SQUARE) * (part * part - squares[place])
            towards = means[place] / (1 - _MEAN**step) / (np.sqrt(squares[place] / (1 - _SQUARE**step)) + _TINY)
            np.subtract(each, rate * (towards + DECAY * each), out=each, casting="same_kind")
    return weights


def _batches(count: int, size: int, epochs: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    for _ in range(epochs):
        order = rng.permutation(count)
        for first in range(0, count - size + 1, size):
            yield order[first : first + size]
