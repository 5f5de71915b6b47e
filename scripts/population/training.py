"""A network learns from lessons: AdamW with one cycle of its rate, dropout, the pinball loss of the depletion day.

Loshchilov and Hutter 2019 (AdamW); Smith and Topin 2018 (one cycle). Stocks are drawn anew for each batch, so that it
learns all of them and no single one.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.population import LEVELS, MIDDLE, Matrix, Network, in_order
from cloud.consumption.uses import Array
from scripts.population.lessons import HORIZON, Lessons

WIDTH, DROPOUT, DECAY = 96, 0.2, 1e-4
BATCH, EPOCHS, BEST_RATE, WARM_UP = 1024, 12, 2e-3, 0.15
USUAL_DAYS, USUAL_SHARE, FEWEST_DAYS, MOST_DAYS = 21.0, 0.5, 4.0, 45.0  # of stock, by the mean use
BEYOND = HORIZON + 1
LEAK = 0.02  # what is said beyond the horizon still moves, a little
BETAS, EPSILON, LONGEST_STEP = (0.9, 0.999), 1e-8, 1.0
_LAYERS = ("first", "first_bias", "second", "second_bias", "last", "last_bias")
_TAU = np.array(LEVELS, dtype=np.float32)

Weights = dict[str, Matrix]
Told = Callable[[str], None]


@dataclass
class _Batch:
    read: Matrix
    log_cover: Matrix
    actual: Matrix
    weight: Matrix


def train(lessons: Lessons, seed: int) -> Network:
    """The same lessons and the same seed give the same network on the same machine."""
    rng = np.random.default_rng(seed)
    mean, spread = lessons.told.mean(axis=0), lessons.told.std(axis=0) + 1e-3
    blank = {name: np.zeros(0, dtype=np.float32) for name in _LAYERS}
    standard = Network(mean.astype(np.float32), spread.astype(np.float32), **blank)
    weights = _begun(lessons.told.shape[1] + 1, rng)
    first, second = ({name: np.zeros_like(one) for name, one in weights.items()} for _ in range(2))
    steps = EPOCHS * (len(lessons.scale) // BATCH)
    for step, batch in enumerate(_batches(lessons, standard, rng), start=1):
        slopes = _slopes(weights, batch, rng)
        rate = _rate(step / steps)
        for name, slope in slopes.items():
            first[name] += (1 - BETAS[0]) * (slope - first[name])
            second[name] += (1 - BETAS[1]) * (slope * slope - second[name])
            moved = first[name] / (1 - BETAS[0] ** step)
            moved /= np.sqrt(second[name] / (1 - BETAS[1] ** step)) + EPSILON
            weights[name] -= np.float32(rate) * (moved + DECAY * weights[name])
    return Network(standard.mean, standard.spread, **weights)


def _begun(inputs: int, rng: np.random.Generator) -> Weights:
    def drawn(rows: int, columns: int, scale: float = 1.0) -> Matrix:
        bound = scale / math.sqrt(rows)
        return rng.uniform(-bound, bound, (rows, columns)).astype(np.float32)

    steps = np.full(len(LEVELS), -1.5, dtype=np.float32)
    steps[0] = 0.0
    return {
        "first": drawn(inputs, WIDTH), "first_bias": drawn(inputs, WIDTH)[0], "second": drawn(WIDTH, WIDTH),
        "second_bias": drawn(WIDTH, WIDTH)[0], "last": drawn(WIDTH, len(LEVELS), 0.1), "last_bias": steps,
    }  # fmt: skip


def _batches(lessons: Lessons, standard: Network, rng: np.random.Generator) -> Iterator[_Batch]:
    for _ in range(EPOCHS):
        order = rng.permutation(len(lessons.scale))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = lessons.of(order[start : start + BATCH])
            stock = _days_of_stock(rng) * chosen.mean
            cover = stock / chosen.scale
            yield _Batch(
                standard.standard(chosen.told, cover), np.log(cover)[:, None].astype(np.float32),
                chosen.days_until_empty(stock)[:, None].astype(np.float32), chosen.weight[:, None].astype(np.float32),
            )  # fmt: skip


def _days_of_stock(rng: np.random.Generator) -> Array:
    other = np.exp(rng.uniform(math.log(FEWEST_DAYS), math.log(MOST_DAYS), BATCH))
    days: Array = np.where(rng.random(BATCH) < USUAL_SHARE, USUAL_DAYS, other)
    return days


def _rate(done: float) -> float:
    """One cycle: up by a cosine, and down to nothing."""
    if done < WARM_UP:
        return BEST_RATE * (0.04 + 0.96 * (1 - math.cos(math.pi * done / WARM_UP)) / 2)
    return BEST_RATE * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) / 2


def _slopes(weights: Weights, batch: _Batch, rng: np.random.Generator) -> Weights:
    """How the loss changes with each weight."""
    kept = (rng.random((len(batch.read), WIDTH)) >= DROPOUT).astype(np.float32) / np.float32(1 - DROPOUT)
    before = batch.read @ weights["first"] + weights["first_bias"]
    below = before / (1 + np.exp(-before)) * kept
    between = below @ weights["second"] + weights["second_bias"]
    above = below + between / (1 + np.exp(-between))
    raw = above @ weights["last"] + weights["last_bias"]
    back = _back_to_raw(raw, _slope_of_logs(in_order(raw), batch))
    back_above = back @ weights["last"].T
    back_between = back_above * _silu_slope(between)
    back_before = (back_above + back_between @ weights["second"].T) * kept * _silu_slope(before)
    slopes: Weights = {
        "first": batch.read.T @ back_before, "first_bias": back_before.sum(axis=0),
        "second": below.T @ back_between, "second_bias": back_between.sum(axis=0),
        "last": above.T @ back, "last_bias": back.sum(axis=0),
    }  # fmt: skip
    length = math.sqrt(sum(float((slope * slope).sum()) for slope in slopes.values()))
    return {name: slope * np.float32(min(1.0, LONGEST_STEP / (length + 1e-6))) for name, slope in slopes.items()}


def _slope_of_logs(logs: Matrix, batch: _Batch) -> Matrix:
    days = np.exp(batch.log_cover + logs)
    is_beyond = days > BEYOND
    said = np.where(is_beyond, BEYOND + LEAK * (days - BEYOND), days)
    slope = np.where(batch.actual >= said, -_TAU, 1 - _TAU) * batch.weight / logs.size
    made: Matrix = (slope * np.where(is_beyond, LEAK, 1.0) * days).astype(np.float32)
    return made


def _back_to_raw(raw: Matrix, slope: Matrix) -> Matrix:
    """Through `in_order`: a step moves everything that lies beyond it."""
    below = -np.cumsum(slope[:, :MIDDLE], axis=1)[:, ::-1]
    above = np.cumsum(slope[:, :MIDDLE:-1], axis=1)[:, ::-1]
    steps = np.concatenate([below[:, ::-1], above], axis=1) / (1 + np.exp(-raw[:, 1:]))
    return np.concatenate([slope.sum(axis=1, keepdims=True), steps], axis=1)


def _silu_slope(x: NDArray[np.float32]) -> Matrix:
    gate = 1 / (1 + np.exp(-x))
    made: Matrix = gate * (1 + x * (1 - gate))
    return made
