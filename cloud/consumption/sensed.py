"""Use by a sensor that shows steps and noise: the course of what was used in all, smoothed, for many slots at once.

An alpha-beta filter (a steady Kalman filter of level and rate). What it says never falls: nothing is given back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.uses import Array

ALPHA, BETA = 0.35, 0.05


@dataclass
class Sensed:
    """One place for each slot. Units are the caller's, any."""

    days: Array
    course: Array
    rate: Array

    @classmethod
    def none(cls, slots: int) -> "Sensed":
        return cls(*(np.zeros(slots) for _ in range(3)))

    def add(self, course: Array, rows: NDArray[np.intp] | slice = slice(None)) -> Array:
        """One more day: what was used in all, as the sensor shows it. Returns the day's use, >= 0."""
        self.days[rows] += 1
        days, before, rate = (each[rows].copy() for each in (self.days, self.course, self.rate))
        miss = course - (before + rate)
        self.course[rows] = np.maximum(before, before + rate + np.maximum(ALPHA, 1 / days) * miss)
        self.rate[rows] = np.maximum(rate + np.maximum(BETA, 1 / (days + 1)) * miss, 0.0)
        used: Array = self.course[rows] - before
        return used


def one_day(state: tuple[float, float, float], course: float) -> tuple[tuple[float, float, float], float]:
    """The same for one slot, in plain numbers: days, course and rate, and the day's use."""
    days, before, rate = state[0] + 1, state[1], state[2]
    miss = course - (before + rate)
    after = max(before, before + rate + max(ALPHA, 1 / days) * miss)
    return (days, after, max(rate + max(BETA, 1 / (days + 1)) * miss, 0.0)), after - before
