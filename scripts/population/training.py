"""A network learns when a stock is gone: by the pinball loss of the depletion day.

Stocks are drawn anew for each batch, so that it learns all of them and no single one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cloud.consumption.population import LEVELS, MIDDLE, Matrix, Network, in_order
from cloud.consumption.uses import Array
from scripts.population import learning
from scripts.population.lessons import HORIZON, Lessons

DROPOUT, EPOCHS = 0.2, 12
USUAL_DAYS, USUAL_SHARE, FEWEST_DAYS, MOST_DAYS = 21.0, 0.5, 4.0, 45.0  # of stock, by the mean use
BEYOND = HORIZON + 1
LEAK = 0.02  # what is said beyond the horizon still moves, a little
_TAU = np.array(LEVELS, dtype=np.float32)


@dataclass
class _Batch:
    read: Matrix
    log_cover: Matrix
    actual: Matrix
    weight: Matrix


def train(lessons: Lessons, seed: int) -> Network:
    """The same lessons and the same seed give the same network on the same machine."""
    rng = np.random.default_rng(seed)
    standard = learning.standard(lessons.told)
    answers = np.full(len(LEVELS), -1.5, dtype=np.float32)
    answers[0] = 0.0
    weights = learning.begun(lessons.told.shape[1] + 1, answers, rng)
    steps = EPOCHS * (len(lessons.scale) // learning.BATCH)
    learned = learning.learned(weights, _batches(lessons, standard, rng), steps, _back, DROPOUT, rng)
    return Network(standard.mean, standard.spread, **learned)


def _back(raw: Matrix, batch: _Batch) -> Matrix:
    return back_to_raw(raw, _slope_of_logs(in_order(raw), batch))


def _batches(lessons: Lessons, standard: Network, rng: np.random.Generator) -> Iterator[_Batch]:
    for _ in range(EPOCHS):
        order = rng.permutation(len(lessons.scale))
        for start in range(0, len(order) - learning.BATCH + 1, learning.BATCH):
            chosen = lessons.of(order[start : start + learning.BATCH])
            stock = _days_of_stock(rng) * chosen.mean
            cover = stock / chosen.scale
            yield _Batch(
                standard.standard(chosen.told, cover), np.log(cover)[:, None].astype(np.float32),
                chosen.days_until_empty(stock)[:, None].astype(np.float32), chosen.weight[:, None].astype(np.float32),
            )  # fmt: skip


def _days_of_stock(rng: np.random.Generator) -> Array:
    other = np.exp(rng.uniform(math.log(FEWEST_DAYS), math.log(MOST_DAYS), learning.BATCH))
    days: Array = np.where(rng.random(learning.BATCH) < USUAL_SHARE, USUAL_DAYS, other)
    return days


def _slope_of_logs(logs: Matrix, batch: _Batch) -> Matrix:
    days = np.exp(batch.log_cover + logs)
    is_beyond = days > BEYOND
    said = np.where(is_beyond, BEYOND + LEAK * (days - BEYOND), days)
    slope = np.where(batch.actual >= said, -_TAU, 1 - _TAU) * batch.weight / logs.size
    made: Matrix = (slope * np.where(is_beyond, LEAK, 1.0) * days).astype(np.float32)
    return made


def back_to_raw(raw: Matrix, slope: Matrix) -> Matrix:
    """Through `in_order`: a step moves everything that lies beyond it."""
    below = -np.cumsum(slope[:, :MIDDLE], axis=1)[:, ::-1]
    above = np.cumsum(slope[:, :MIDDLE:-1], axis=1)[:, ::-1]
    steps = np.concatenate([below[:, ::-1], above], axis=1) / (1 + np.exp(-raw[:, 1:]))
    return np.concatenate([slope.sum(axis=1, keepdims=True), steps], axis=1)
