"""How likely it is that a parcel comes too late, as many homes have taught it: the chance that decides when to order.

Whoever waits a day longer with an order risks one day: the one on which the parcel would have been there. The networks
answer just that, for a lead time: will something be wanted on its last day that is no longer there? One ensemble reads
what exact sensors say, the other one knows coarse ones (`sensed`), and what their error is worth in days of use.
"""

from collections.abc import Sequence
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
        for part in population.in_parts(len(near)):
            rows = near[part]
            found[rows] = _chance(networks, told[rows], days[rows], leads[rows])
        return found


def coarsely(told: Array, gap: Array, error: Array) -> Array:
    """What `told` says, and what a coarse sensor adds: how far the last reading lies from the smoothed course, and how
    far a reading errs; both in days of the scale."""
    near = np.clip(gap, -FARTHEST_GAP, FARTHEST_GAP)
    return np.concatenate([told, near[:, None], np.log(error)[:, None]], axis=1)


def read(network: Network, told: Array, days: Array, leads: Array) -> Matrix:
    """What a network reads."""
    return np.concatenate([network.standard_told(told), _more(days, leads)], axis=1).astype(np.float32)


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


def _chance(networks: Sequence[Network], told: Array, days: Array, leads: NDArray[np.intp]) -> Array:
    """The mean over networks and leads. What slots are like is read once for all leads, and by networks that were
    taught together once for all of them."""
    more = [_more(days, leads[:, n]).astype(np.float32) for n in range(leads.shape[1])]
    before, chance = None, np.zeros(len(days))
    for network in networks:
        if before is None or not network.is_standard_as(before):
            before, standard = network, network.standard_told(told).astype(np.float32)
        like = standard @ network.first[: told.shape[1]] + network.first_bias
        for each in more:
            raw = network.above(like + each @ network.first[told.shape[1] :])[:, 0].astype(float)
            chance += 1 / (1 + np.exp(-raw))
    return chance / (len(networks) * len(more))


def _more(days: Array, leads: Array | NDArray[np.intp]) -> Array:
    """What is read beside what slots are like."""
    log_days, log_leads = np.log(np.maximum(days, LEAST_DAYS)), np.log(leads)
    return np.stack([log_days, log_days - log_leads, log_leads], axis=1)
