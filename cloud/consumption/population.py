"""When a stock is gone, as many homes have taught it: a small network that reads what is remembered of one slot.

It was trained on daily use of all kinds (`python -m scripts.population`) to lose as little as possible by the pinball
loss of the depletion day. It knows nothing of whose use it is: only ratios, the same in any unit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.uses import Array, Uses

FILE = Path(__file__).with_name("population.npz")
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
MIDDLE = LEVELS.index(0.5)
FARTHEST = 5.0  # standard deviations: beyond, nothing was seen in training
AT_ONCE = 1_000  # slots
LEAST_DAYS = 14  # of exposure: before, there is too little to read

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """Two layers of equal width, the second on top of the first; its answers are in order by construction."""

    mean: Matrix
    spread: Matrix
    first: Matrix
    first_bias: Matrix
    second: Matrix
    second_bias: Matrix
    last: Matrix
    last_bias: Matrix

    def logs(self, told: Matrix) -> Matrix:
        """For each row the quantiles at LEVELS of log(days until empty / days by the scale)."""
        return in_order(self.raw(told))

    def raw(self, told: Matrix) -> Matrix:
        """One row of answers for each row."""
        return self.above(told @ self.first + self.first_bias)

    def above(self, first: Matrix) -> Matrix:
        """What follows from the sums of the first layer, which are used up."""
        below = _silu(first)
        between = below @ self.second
        between += self.second_bias
        below += _silu(between)
        return np.asarray(below @ self.last + self.last_bias, dtype=np.float32)

    def standard(self, told: Array, cover: Array) -> Matrix:
        """What it reads: `told` by Uses, and the stock in days of the scale."""
        return np.concatenate([self.standard_told(told), np.log(cover)[:, None]], axis=1).astype(np.float32)

    def standard_told(self, told: Array) -> Array:
        """Like those that it was taught by: around nothing, and none too far from it."""
        rows: Array = np.clip((told - self.mean) / self.spread, -FARTHEST, FARTHEST)
        return rows

    def is_standard_as(self, other: "Network") -> bool:
        """Networks that were taught together read the same."""
        return np.array_equal(self.mean, other.mean) and np.array_equal(self.spread, other.spread)


@dataclass(frozen=True)
class Population:
    """Several networks, trained from different beginnings, that agree by their mean. `homes`: how many taught them."""

    networks: tuple[Network, ...]
    homes: int

    def days_until_empty(self, uses: Uses, stock: Array, weekday: int | None = None) -> Array:
        """One row for each slot: exposure days at LEVELS. `stock` > 0, in the units of `uses`."""
        return self.days_from(uses.told(weekday), stock / uses.scale())

    def days_from(self, told: Array, cover: Array) -> Array:
        """The same from what `Uses.told` says, and from the stock in days of its scale."""
        logs = np.concatenate([self._logs(told[rows], cover[rows]) for rows in in_parts(len(cover))])
        days: Array = cover[:, None] * np.exp(logs.astype(float))
        return days

    def _logs(self, told: Array, cover: Array) -> Matrix:
        first, read = self.networks[0], self.networks[0].standard(told, cover)
        logs: Matrix = np.mean(
            [
                network.logs(read if network.is_standard_as(first) else network.standard(told, cover))
                for network in self.networks
            ],
            axis=0,
        )
        return logs


def in_parts(rows: int) -> Iterator[slice]:
    """So many at once that what is computed of them stays at the processor's hand; at least one part."""
    return (slice(start, start + AT_ONCE) for start in range(0, max(rows, 1), AT_ONCE))


def at_levels(days: Array, levels: Sequence[float]) -> Array:
    """From LEVELS to others, on the scale of log days; beyond the outermost, the outermost."""
    logs = np.log(days)
    return np.exp(np.stack([_interpolated(logs, level) for level in levels], axis=1))


def _interpolated(logs: Array, level: float) -> Array:
    after = min(max(int(np.searchsorted(LEVELS, level)), 1), len(LEVELS) - 1)
    low, high = LEVELS[after - 1], LEVELS[after]
    share = min(1.0, max(0.0, (level - low) / (high - low)))
    between: Array = (1 - share) * logs[:, after - 1] + share * logs[:, after]
    return between


@cache
def shipped() -> Population:
    """The one that comes with the program."""
    with np.load(FILE) as file:
        return Population(unpacked("", file), int(file["homes"]))


def save(population: Population, path: Path) -> None:
    """As `shipped` reads it."""
    kept: dict[str, Any] = {"homes": population.homes} | packed("", population.networks)
    np.savez_compressed(path, **kept)


def packed(name: str, networks: Sequence[Network]) -> dict[str, Any]:
    """To be kept in a file beside others."""
    kept: dict[str, Any] = {f"{name}networks": len(networks)}
    for n, network in enumerate(networks):
        kept.update({f"{name}{part}_{n}": getattr(network, part) for part in Network.__dataclass_fields__})
    return kept


def unpacked(name: str, file: Any) -> tuple[Network, ...]:
    """As `packed` has named them."""
    fields = Network.__dataclass_fields__
    count = int(file[f"{name}networks"])
    return tuple(Network(**{part: file[f"{name}{part}_{n}"] for part in fields}) for n in range(count))


def in_order(raw: Matrix) -> Matrix:
    """The first number is the middle; the others are steps away from it, below and above."""
    middle = raw[:, :1]
    steps: Matrix = np.logaddexp(np.float32(0), raw[:, 1:])
    below = middle - np.cumsum(steps[:, MIDDLE - 1 :: -1], axis=1)[:, ::-1]
    above = middle + np.cumsum(steps[:, MIDDLE:], axis=1)
    return np.concatenate([below, middle, above], axis=1)


def _silu(x: Matrix) -> Matrix:
    """In the place of `x`."""
    made = np.negative(x)
    np.exp(made, out=made)
    made += 1
    return np.divide(x, made, out=x)
