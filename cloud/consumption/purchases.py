"""When the same thing is bought again, where purchases are all that is known: from the first one on.

A small network that many homes have taught reads the intervals of one home beside what is usual for the product; the
fewer it has seen, the nearer it stays to that. Where a product is not known, the mean of all products takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from cloud.consumption import population
from cloud.consumption.population import Matrix, Network
from cloud.consumption.uses import Array

FILE = Path(__file__).with_name("purchases.npz")
GAINS = (0.15, 0.35)
TRUSTS = (1.0, 4.0)  # intervals of its own that weigh as much as what is usual
MOST_COUNTED = 40


@dataclass(frozen=True)
class Purchases:
    """`products`: names, with a row of `usual` for each; the last row is of all of them."""

    networks: tuple[Network, ...]
    products: tuple[str, ...]
    usual: Array
    homes: int

    def days_to_next(self, quantities: Array, days: Array, quantity: float, product: str) -> Array:
        """Days at population.LEVELS until the next purchase.

        `quantities[n]` was followed by the next purchase `days[n]` (> 0) later, oldest first, any number of them;
        `quantity` has just been bought. Quantities are > 0, in the product's unit.
        """
        told = features(quantities, days, quantity, self.of(product))[None]
        logs = np.mean([network.logs(standard(network, told)) for network in self.networks], axis=0)
        found: Array = np.exp(logs[0].astype(float))
        return found

    def of(self, product: str) -> Array:
        """What is usual for it."""
        row = self.products.index(product) if product in self.products else len(self.products)
        usual: Array = self.usual[row]
        return usual


def usual(quantities: Array, days: Array) -> Array:
    """Of all purchases of a product: mean and deviation of log days and of log quantity, and log of the mean days."""
    log_days, log_quantities = np.log(days), np.log(quantities)
    return np.array(
        [log_days.mean(), log_days.std(), log_quantities.mean(), log_quantities.std() + 0.05, np.log(days.mean())]
    )


def features(quantities: Array, days: Array, quantity: float, common: Array) -> Array:
    """What a forecast may know of one home's purchases; quantities count only beside what is usual."""
    mean, spread, mean_quantity, spread_quantity, _ = common
    logs, amounts = np.log(days) - mean, (np.log(quantities) - mean_quantity) / spread_quantity
    now = (np.log(quantity) - mean_quantity) / spread_quantity
    count = len(logs)
    columns = [*common, np.log1p(min(count, MOST_COUNTED)), now]
    for values in (logs, amounts):
        columns += [values.sum() / (count + trust) for trust in TRUSTS]
        columns += [_smoothed(values, gain) for gain in GAINS]
    columns.append(np.sqrt(((logs - logs.mean()) ** 2).sum() / (count + 2)) if count else 0.0)
    columns += [
        _last(logs, 1),
        _last(logs, 2),
        _last(logs, 3),
        _last(amounts, 1),
        now - amounts.sum() / (count + TRUSTS[1]),
    ]
    columns += [np.median(logs) if count else 0.0, logs.min() if count else 0.0, logs.max() if count else 0.0]
    columns.append((np.log(days.mean()) - mean) * count / (count + 1) if count else 0.0)
    columns.append(spread if not count else spread * 2 / (count + 2))
    return np.array(columns)


def standard(network: Network, told: Array) -> Matrix:
    """What a network reads."""
    return network.standard_told(told).astype(np.float32)


@cache
def shipped() -> Purchases:
    """The one that comes with the program."""
    with np.load(FILE) as file:
        names = tuple(str(name) for name in file["products"])
        return Purchases(population.unpacked("", file), names, file["usual"], int(file["homes"]))


def save(purchases: Purchases, path: Path) -> None:
    """As `shipped` reads it."""
    kept = population.packed("", purchases.networks) | {"products": np.array(purchases.products)}
    np.savez_compressed(path, usual=purchases.usual, homes=purchases.homes, **kept)


def _smoothed(values: Array, gain: float) -> float:
    level = 0.0
    for value in values[-MOST_COUNTED:]:
        level += gain * (value - level)
    return level


def _last(values: Sequence[float] | Array, back: int) -> float:
    return float(values[-back]) if len(values) >= back else 0.0
