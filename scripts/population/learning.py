"""A network of two layers learns: AdamW with one cycle of its rate, and dropout.

Loshchilov and Hutter 2019 (AdamW); Smith and Topin 2018 (one cycle).
"""

import math
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.population import Matrix, Network
from cloud.consumption.uses import Array

WIDTH, DECAY = 96, 1e-4
BATCH, BEST_RATE, WARM_UP = 1024, 2e-3, 0.15
BETAS, EPSILON, LONGEST_STEP = (0.9, 0.999), 1e-8, 1.0
LAYERS = ("first", "first_bias", "second", "second_bias", "last", "last_bias")

Weights = dict[str, Matrix]
Told = Callable[[str], None]


class Lesson(Protocol):
    """Some rows at once: what the network reads."""

    @property
    def read(self) -> Matrix: ...


L = TypeVar("L", bound=Lesson)


def learned(
    weights: Weights, batches: Iterable[L], steps: int, back: Callable[[Matrix, L], Matrix],
    dropout: float, rng: np.random.Generator,
) -> Weights:  # fmt: skip
    """`back`: how the loss changes with what the network answers to a batch."""
    first, second = ({name: np.zeros_like(one) for name, one in weights.items()} for _ in range(2))
    for step, batch in enumerate(batches, start=1):
        slopes = _slopes(weights, batch, back, dropout, rng)
        rate = _rate(step / steps)
        for name, slope in slopes.items():
            first[name] += (1 - BETAS[0]) * (slope - first[name])
            second[name] += (1 - BETAS[1]) * (slope * slope - second[name])
            moved = first[name] / (1 - BETAS[0] ** step)
            moved /= np.sqrt(second[name] / (1 - BETAS[1] ** step)) + EPSILON
            weights[name] -= np.float32(rate) * (moved + DECAY * weights[name])
    return weights


def begun(inputs: int, answers: Matrix, rng: np.random.Generator) -> Weights:
    """`answers`: what it says as long as it has learned nothing."""

    def drawn(rows: int, columns: int, scale: float = 1.0) -> Matrix:
        bound = scale / math.sqrt(rows)
        return rng.uniform(-bound, bound, (rows, columns)).astype(np.float32)

    return {
        "first": drawn(inputs, WIDTH), "first_bias": drawn(inputs, WIDTH)[0], "second": drawn(WIDTH, WIDTH),
        "second_bias": drawn(WIDTH, WIDTH)[0], "last": drawn(WIDTH, len(answers), 0.1), "last_bias": answers,
    }  # fmt: skip


def standard(told: Array) -> Network:
    """One that has learned nothing but what its rows are like."""
    mean, spread = told.mean(axis=0), told.std(axis=0) + 1e-3
    blank = {name: np.zeros(0, dtype=np.float32) for name in LAYERS}
    return Network(mean.astype(np.float32), spread.astype(np.float32), **blank)


def _rate(done: float) -> float:
    """One cycle: up by a cosine, and down to nothing."""
    if done < WARM_UP:
        return BEST_RATE * (0.04 + 0.96 * (1 - math.cos(math.pi * done / WARM_UP)) / 2)
    return BEST_RATE * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) / 2


def _slopes(
    weights: Weights, batch: L, back: Callable[[Matrix, L], Matrix], dropout: float, rng: np.random.Generator
) -> Weights:
    """How the loss changes with each weight."""
    kept = (rng.random((len(batch.read), WIDTH)) >= dropout).astype(np.float32) / np.float32(1 - dropout)
    before = batch.read @ weights["first"] + weights["first_bias"]
    below = before / (1 + np.exp(-before)) * kept
    between = below @ weights["second"] + weights["second_bias"]
    above = below + between / (1 + np.exp(-between))
    from_above = back(above @ weights["last"] + weights["last_bias"], batch)
    back_above = from_above @ weights["last"].T
    back_between = back_above * _silu_slope(between)
    back_before = (back_above + back_between @ weights["second"].T) * kept * _silu_slope(before)
    slopes: Weights = {
        "first": batch.read.T @ back_before, "first_bias": back_before.sum(axis=0),
        "second": below.T @ back_between, "second_bias": back_between.sum(axis=0),
        "last": above.T @ from_above, "last_bias": from_above.sum(axis=0),
    }  # fmt: skip
    length = math.sqrt(sum(float((slope * slope).sum()) for slope in slopes.values()))
    return {name: slope * np.float32(min(1.0, LONGEST_STEP / (length + 1e-6))) for name, slope in slopes.items()}


def _silu_slope(x: NDArray[np.float32]) -> Matrix:
    gate = 1 / (1 + np.exp(-x))
    made: Matrix = gate * (1 + x * (1 - gate))
    return made
