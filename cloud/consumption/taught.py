"""What many homes have taught, said of one slot: when its stock is gone, and whether a parcel comes too late.

Until a slot has shown days of its own, the product's usual use says it alone (`smoothing`); then the networks come in,
and with each day they weigh more.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from cloud.consumption import population, shortage
from cloud.consumption.history import History
from cloud.consumption.uses import Array
from cloud.consumption.values import LEVELS, SlotState

FROM_DAYS = 7.0  # of exposure: before, a slot has shown too little for the networks to read
LONGEST_LEAD_DAYS = 10.0  # as the networks were taught
SPREAD = 1.2247  # three stocks, one step's deviation times this apart, vary as the step does
_GRID = 64
_TINY = 1e-6  # packs


def weight(history: History) -> float:
    """How much the networks count beside what is usual for the product: 0 to 1."""
    if not history.has_use:
        return 0.0
    return max(0.0, (history.count - FROM_DAYS) / (history.count + FROM_DAYS))


def days_until_empty(state: SlotState, stock_packs: float, weekday: int) -> Array:
    """Exposure days at LEVELS. `stock_packs` > 0; `weekday`: of the day that comes next."""
    told, scale = _read(state.history, weekday)
    stocks = _stocks(state, stock_packs)
    covers = stocks / scale
    told = np.repeat(told, len(stocks), axis=0)
    days = population.shipped().days_from(told, covers)
    if len(stocks) == 1:
        found: Array = population.at_levels(days, LEVELS)[0]
        return found
    return _mixed(np.log(days))


def chances_of_shortage(state: SlotState, stock_packs: float, lead_days: Sequence[float], weekday: int) -> Array:
    """For each lead time (exposure days): that something is wanted on its last day and is no longer there."""
    told, scale = _read(state.history, weekday)
    if state.history.is_coarse:
        gap = (state.history.shown - state.history.course[1]) / scale
        told = shortage.coarsely(told, np.array([gap]), np.array([max(state.step_packs, _TINY) / scale]))
    stocks = _stocks(state, stock_packs) if state.by_hand else np.array([stock_packs])
    leads = np.tile(np.clip(lead_days, 1.0, LONGEST_LEAD_DAYS), len(stocks))[:, None]
    days = np.repeat(stocks / scale, len(lead_days))
    told = np.repeat(told, len(days), axis=0)
    chances = shortage.shipped().chance(told, days, leads, is_coarse=state.history.is_coarse)
    by_lead: Array = chances.reshape(len(stocks), len(lead_days)).mean(axis=0)
    return by_lead


@lru_cache(maxsize=64)
def _read(history: History, weekday: int) -> tuple[Array, float]:
    """What the networks read, and the packs a day that it is told in: asked several times in one review."""
    uses = history.uses()
    return uses.told(weekday), float(uses.scale()[0])


def _stocks(state: SlotState, stock_packs: float) -> Array:
    """What may be there, given how finely the level is known."""
    off = SPREAD * state.step_packs / 12.0**0.5
    if off < 0.01 * stock_packs:
        return np.array([stock_packs])
    about: Array = np.maximum(np.array([stock_packs - off, stock_packs, stock_packs + off]), _TINY)
    return about


def _mixed(logs: Array) -> Array:
    """The quantiles of a mixture, of those of its parts (rows, at the population's levels)."""
    levels = np.array(population.LEVELS)
    grid = np.linspace(logs.min(), logs.max(), _GRID)
    gone_by = np.mean([np.interp(grid, row, levels, left=0.0, right=1.0) for row in logs], axis=0)
    days: Array = np.exp(np.interp(LEVELS, gone_by, grid))
    return days
