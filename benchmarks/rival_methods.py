"""What the libraries' forecasts say of the use of the next days in all: its mean and variance, day by day.

The libraries give parameters and errors; none gives the sum. Its variance follows from the model (an error moves the
level by its gain, and with it every day after): Hyndman et al. 2008 for exponential smoothing, Durbin and Koopman for
the local level. Use is never negative, so that P(gone by day d) = P(sum of d days >= stock).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cloud.consumption.uses import Array

DEMAND_GAIN, CHANCE_GAIN = 0.1, 0.05  # of TSB, which does not choose them
LEAST_LEVEL = 1e-9


@dataclass(frozen=True)
class Sums:
    """Of the first 1, 2, ... days."""

    mean: Array
    variance: Array


Method = Callable[[Array, int], Sums]


def ets(history: Array, horizon: int) -> Sums:
    """statsmodels, ETS(A,N,N): gain and first level by maximum likelihood."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # noqa: PLC0415 - it takes seconds to come

    found = ETSModel(history, error="add", trend=None, seasonal=None).fit(disp=False, maxiter=200)
    level = max(float(np.asarray(found.forecast(1))[0]), LEAST_LEVEL)
    reach = 1 + found.smoothing_level * np.arange(horizon)
    return Sums(level * _days(horizon), found.sse / len(history) * np.cumsum(reach**2))


def local_level(history: Array, horizon: int) -> Sums:
    """statsmodels, UnobservedComponents: both variances by maximum likelihood, the level's doubt by the filter."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents  # noqa: PLC0415

    unit = max(float(history.std()), LEAST_LEVEL)
    found = UnobservedComponents(history / unit, "llevel").fit(disp=False, maxiter=100)
    noise, drift = found.params
    level = max(float(found.filter_results.filtered_state[0, -1]), LEAST_LEVEL)
    doubt = float(found.filter_results.filtered_state_cov[0, 0, -1])
    days = _days(horizon)
    variance = days**2 * doubt + drift * np.cumsum(days**2) + noise * days
    return Sums(unit * level * days, unit**2 * variance)


def auto_ets(history: Array, horizon: int) -> Sums:
    """statsforecast, AutoETS without a season: error and trend by its criterion."""
    from statsforecast.models import AutoETS  # noqa: PLC0415

    model = AutoETS(season_length=1).fit(history)
    told = model.model_
    gain, slope, _, damping = np.nan_to_num(told["par"][:4])
    fades = np.cumsum(np.power(damping if told["components"][3] == "D" else 1.0, _days(horizon - 1)))
    reach = 1 + np.concatenate([[0.0], np.cumsum(gain + slope * fades)])
    missed = float(np.nanmean((history - np.ravel(told["fitted"])) ** 2))
    mean = np.maximum(np.cumsum(np.maximum(model.predict(horizon)["mean"], 0.0)), LEAST_LEVEL)
    return Sums(mean, missed * np.cumsum(reach**2))


def tsb(history: Array, horizon: int) -> Sums:
    """statsforecast, TSB. It has no model of its own; its two gains give one: whether anything is used moves the
    chance, how much moves the size, and the two errors do not go together."""
    from statsforecast.models import TSB, SimpleExponentialSmoothing  # noqa: PLC0415

    mean = float(TSB(alpha_d=DEMAND_GAIN, alpha_p=CHANCE_GAIN).forecast(y=history, h=1)["mean"][0])
    sizes = history[history > 0]
    smoothed = SimpleExponentialSmoothing(DEMAND_GAIN).forecast(y=sizes, h=1, fitted=True)
    size = float(smoothed["mean"][0])
    chance = min(mean / size, 1.0)
    spread = float(np.nanmean((sizes - smoothed["fitted"]) ** 2))
    steps = np.arange(horizon)
    whether = size**2 * chance * (1 - chance) * (1 + CHANCE_GAIN * steps) ** 2
    how_much = chance * spread * (1 + chance * DEMAND_GAIN * steps) ** 2
    return Sums(max(mean, LEAST_LEVEL) * _days(horizon), np.cumsum(whether + how_much))


METHODS: dict[str, tuple[str, Method]] = {
    "statsmodels ETSModel(A,N,N)": ("statsmodels", ets),
    "statsmodels UnobservedComponents local level": ("statsmodels", local_level),
    "statsforecast AutoETS, no season": ("statsforecast", auto_ets),
    "statsforecast TSB": ("statsforecast", tsb),
}
"""Title, library and method."""


def _days(horizon: int) -> Array:
    return np.arange(1.0, horizon + 1)
