"""How likely it is that a parcel comes too late, as many homes have taught it: the chance that decides when to order.

Whoever waits a day longer with an order risks one day: the one on which the parcel would have been there. The networks
answer just that, for a lead time: will something be wanted on its last day that is no longer there? One ensemble reads
what exact sensors say, the other one knows coarse ones (`sensed`), and what their error is worth in days of use.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cloud.consumption import population
from cloud.consumption.population import Matrix, Network
from cloud.consumption.uses import Array

FILE = Path(__file__).with_name("shortage.npz")
LEAST_DAYS, MOST_DAYS = 0.3, 40.0  # of stock, by the scale: less is as good as nothing, more lasts
FARTHEST_GAP = 20.0


@dataclass(frozen=True)
class Shortage:
    """`exact`, `coarse`: networks that agree by the mean of their chances. `homes`: how many taught them."""

    exact: tuple[Network, ...]
    coarse: tuple[Network, ...]
    homes: int

    def chance(self, told: Array, days: Array, leads: NDArray[np.intp], *, is_coarse: bool = False) -> Array:
        """For each row, the mean over its `leads` (days, >= 1; shape (rows, leads)) of the chance of a shortage.

        `told`: by Uses, with what `coarsely` adds where `is_coarse`; `days`: what is there and what is on its way, in
        days of the scale.
        """
        networks = self.coarse if is_coarse else self.exact
        found = np.zeros(len(days))
        near = np.flatnonzero(days < MOST_DAYS)
        if len(near):
            columns = range(leads.shape[1])
            each = [
                _chance(network, told[near], days[near], leads[near, n]) for n in columns for network in networks
            ]  # fmt: skip
            found[near] = np.mean(each, axis=0)
        return found


def coarsely(told: Array, gap: Array, error: Array) -> Array:
    """What `told` says, and what a coarse sensor adds: how far the last reading lies from the smoothed course, and how
    far a reading errs; both in days of the scale."""
    near = np.clip(gap, -FARTHEST_GAP, FARTHEST_GAP)
    return np.concatenate([told, near[:, None], np.log(error)[:, None]], axis=1)


def read(network: Network, told: Array, days: Array, leads: Array) -> Matrix:
    """What a network reads."""
    log_days, log_leads = np.log(np.maximum(days, LEAST_DAYS)), np.log(leads)
    more = np.stack([log_days, log_days - log_leads, log_leads], axis=1)
    return np.concatenate([network.standard_told(told), more], axis=1).astype(np.float32)


@cache
def shipped() -> Shortage:
    """The one that comes with the program."""
    with np.load(FILE) as file:
        exact, coarse = (population.unpacked(f"{name}_", file) for name in ("exact", "coarse"))
        return Shortage(exact, coarse, int(file["homes"]))


def save(shortage: Shortage, path: Path) -> None:
    """As `shipped` reads it."""
    kept = population.packed("exact_", shortage.exact) | population.packed("coarse_", shortage.coarse)
    np.savez_compressed(path, homes=shortage.homes, **kept)


def _chance(network: Network, told: Array, days: Array, leads: Array) -> Array:
    raw = network.raw(read(network, told, days, leads))[:, 0].astype(float)
    chance: Array = 1 / (1 + np.exp(-raw))
    return chance
