"""Each person is judged by networks that never saw them; from those votes come probability, points and figures."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.fields import Point
from edge.falls.network import LOGIT_BITS, Network
from edge.falls.points import COSTS
from edge.falls.train.augmenting import augmented
from edge.falls.train.examples import Examples
from edge.falls.train.fitting import fit
from edge.falls.train.quantising import Ranges, quantised
from edge.falls.window import curves

Votes = NDArray[np.int64]


@dataclass(frozen=True)
class Recipe:
    """`networks` vote; each is fitted to the windows and `copies` tellings of each by other wristbands."""

    networks: int = 3
    copies: int = 6
    epochs: int = 12
    folds: int = 8
    seed: int = 0


@dataclass(frozen=True)
class Shown:
    """The windows as curves, first as they are, then told by other wristbands: (1 + copies, M, STEPS, CURVES)."""

    curves: NDArray[np.int16]
    is_fall: NDArray[np.bool_]
    is_taught: NDArray[np.bool_]
    person: NDArray[np.int64]


def shown(examples: Examples, persons: Sequence[str], recipe: Recipe) -> Shown:
    """`persons`: of each recording."""
    rng = np.random.default_rng(recipe.seed)
    each = [curves(examples.windows), *(curves(augmented(examples.windows, rng)) for _ in range(recipe.copies))]
    names = sorted(set(persons))
    person = np.array([names.index(persons[number]) for number in examples.recording])
    return Shown(np.stack(each).astype(np.int16), examples.is_fall, examples.is_taught, person)


def fitted(seen: Shown, among: NDArray[np.bool_], recipe: Recipe, seed: int) -> Network:
    """One network, of the windows that are `among` those to learn from."""
    taught = among & seen.is_taught
    ranges = Ranges(seen.curves[0, taught].astype(np.int64))
    inputs = np.concatenate([ranges.inputs(telling[taught].astype(np.int64)) for telling in seen.curves])
    is_fall = np.tile(seen.is_fall[taught], len(seen.curves))
    return quantised(fit(inputs, is_fall, seed, recipe.epochs), ranges, inputs)


def folds(seen: Shown, recipe: Recipe) -> NDArray[np.int64]:
    """Of each window: people are dealt out, never their recordings."""
    people = int(seen.person.max()) + 1
    dealt = np.random.default_rng(recipe.seed).permutation(people) % recipe.folds
    fold: NDArray[np.int64] = dealt[seen.person]
    return fold


def left_out(seen: Shown, recipe: Recipe, workers: int, tell: Callable[[str], None]) -> Votes:
    """For each window the votes of networks that saw nobody of its fold."""
    fold = folds(seen, recipe)
    votes = np.zeros(len(fold), np.int64)
    jobs = [(number, voter) for number in range(recipe.folds) for voter in range(recipe.networks)]
    with ProcessPoolExecutor(workers, initializer=_remember, initargs=(seen, recipe)) as pool:
        for (number, voter), network in zip(jobs, pool.map(_fitted_without, jobs), strict=True):
            out = fold == number
            votes[out] += network(seen.curves[0, out].astype(np.int64))
            tell(f"fold {number + 1} of {recipe.folds}, network {voter + 1} of {recipe.networks}")
    return votes


def all_in(seen: Shown, recipe: Recipe, workers: int) -> tuple[Network, ...]:
    """The networks that are shipped: fitted to everybody."""
    with ProcessPoolExecutor(workers, initializer=_remember, initargs=(seen, recipe)) as pool:
        return tuple(pool.map(_fitted_without, [(-1, voter) for voter in range(recipe.networks)]))


_kept: list[tuple[Shown, Recipe]] = []


def _remember(seen: Shown, recipe: Recipe) -> None:
    _kept[:] = [(seen, recipe)]


def _fitted_without(job: tuple[int, int]) -> Network:
    (seen, recipe), (number, voter) = _kept[0], job
    return fitted(seen, folds(seen, recipe) != number, recipe, recipe.seed + 100 * (number + 1) + voter)


@dataclass(frozen=True)
class Meaning:
    """What votes mean: log odds = slope * vote + offset (Platt 1999), fitted to the left-out votes."""

    slope: float
    offset: float

    def probability(self, votes: Votes) -> NDArray[np.float64]:
        meant: NDArray[np.float64] = 1 / (1 + np.exp(-(self.slope * votes / _ONE + self.offset)))
        return meant

    def vote(self, probability: float) -> int:
        """The least that has it."""
        odds = np.log(probability / (1 - probability))
        return int(np.ceil((odds - self.offset) / self.slope * _ONE))

    def percents(self) -> tuple[int, ...]:
        return tuple(self.vote((percent + 0.5) / 100) for percent in range(100))

    def points(self) -> dict[Point, int]:
        return {point: self.vote(1 / (1 + cost)) for point, cost in COSTS.items()}


_ONE = 1 << LOGIT_BITS


def meaning(votes: Votes, is_fall: NDArray[np.bool_]) -> Meaning:
    """Newton's steps on the log likelihood, with the faintest pull towards none."""
    columns = np.stack((votes / _ONE, np.ones(len(votes))), axis=1)
    found = np.zeros(2)
    for _ in range(50):
        meant = 1 / (1 + np.exp(-columns @ found))
        slope = columns.T @ (meant - is_fall) + 1e-6 * found
        curve = (columns * (meant * (1 - meant))[:, None]).T @ columns + 1e-6 * np.eye(2)
        found = found - np.linalg.solve(curve, slope)
    return Meaning(float(found[0]), float(found[1]))
