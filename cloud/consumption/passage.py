"""The law of use against a stock. Use gives nothing back: the stock is gone by day u exactly when use has reached it.

P(D <= u) = P(C_u >= S), with C_u normal by its mean and variance (Birnbaum and Saunders' law for D): on real daily use
a gamma law, which leans its median low, foretells empties days too late. The variance of a sum under exponential
smoothing is that of Snyder, Koehler and Ord, with what is unknown of the rate itself on top.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

HORIZON_DAYS = 365.0
DRIFT_DAYS = 60.0  # a household's rate wanders, but not for ever
_GRID = np.concatenate([np.arange(0.05, 3.0, 0.05), np.arange(3.0, 30.0, 0.25), np.arange(30.0, HORIZON_DAYS + 1, 1.0)])


@dataclass(frozen=True)
class Passage:
    """Amounts in packs, days of exposure."""

    stock_packs: float
    rate: float
    daily_variance: float
    gain: float  # how far one day's surprise moves the rate: Var C_u = daily_variance * sum of (1 + gain k)^2 + ...
    rate_variance: float  # ... u^2 * rate_variance ...
    stock_variance: float = 0.0  # ... + stock_variance, for what the sensor's step hides

    def empty_within(self, exposure_days: float) -> float:
        """The probability that the stock is gone before this many exposure days have passed."""
        if self.stock_packs <= 0.0:
            return 1.0
        if exposure_days <= 0.0:
            return 0.0
        # What was empty earlier stays empty: the approximation may dip, the probability may not.
        earlier = _GRID[exposure_days > _GRID]
        return float(self._reached(np.append(earlier, exposure_days)).max())

    def quantiles(self, levels: Sequence[float]) -> tuple[float | None, ...]:
        """The exposure days by which the stock is gone with these probabilities. None: beyond the horizon."""
        if self.stock_packs <= 0.0:
            return (0.0,) * len(levels)
        gone_by = np.maximum.accumulate(self._reached(_GRID))
        return tuple(_crossing(gone_by, level) for level in levels)

    def _reached(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        mean = self.rate * days
        variance = self.daily_variance * _spread_of_sum(days, self.gain) + self.rate_variance * days * days
        variance += self.stock_variance
        reached: NDArray[np.float64] = special.ndtr((mean - self.stock_packs) / np.sqrt(variance))
        return reached


def _crossing(gone_by: NDArray[np.float64], level: float) -> float | None:
    at = int(np.searchsorted(gone_by, level))
    if at == len(gone_by):
        return None
    low, low_day = (float(gone_by[at - 1]), float(_GRID[at - 1])) if at else (0.0, 0.0)
    share = (level - low) / (float(gone_by[at]) - low)
    return low_day + share * (float(_GRID[at]) - low_day)


def _spread_of_sum(days: NDArray[np.float64], gain: float) -> NDArray[np.float64]:
    """The sum of (1 + gain k)^2 over k < days, carried on between whole days; the drift stops at DRIFT_DAYS."""
    n = np.minimum(days, DRIFT_DAYS)
    drifting: NDArray[np.float64] = n + gain * n * (n - 1) + gain * gain * (n - 1) * n * (2 * n - 1) / 6
    return drifting + (days - n) * (1 + gain * DRIFT_DAYS) ** 2
