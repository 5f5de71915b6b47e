"""Fits the weights of `edge/falls/score.py` to the visible people of WEDA-FALL, UMAFall and SmartFallMM; prints them.

`python -m benchmarks.falls_weights`: first what it scores for people left out of the fit, then the weights of all. It
is the script that made them, no benchmark; licences stand beside the weights. Logistic regression on each feature and
its square.
Whoever fits again on other recordings says so beside the weights.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.falls import SETS, load_sets
from edge.falls.features import AFTER_S, BEFORE_S, Features, features
from edge.falls.peaks import Peaks
from edge.falls.score import THRESHOLD

PENALTY = 0.5
FOLDS = 6
KNOWN_PERCENT = (0.5, 99.5)  # beyond these the recordings say nothing, and a square would say too much
NEAR_S = 1.2  # a peak so near to the annotated impact is the fall
Array = NDArray[np.float64]


def peaks(trial: Any) -> list[tuple[float, Features]]:
    """(time of the decision, features) of every peak of one recording, by the very code that runs on the Pi."""
    after, before = round(AFTER_S * trial.fs), round(BEFORE_S * trial.fs)
    samples = [(float(x), float(y), float(z)) for x, y, z in trial.acc]
    finder, found = Peaks(trial.fs, after), []
    for index, sample in enumerate(samples):
        if finder.add(math.hypot(*sample)):
            first = max(0, index - after - before)
            found.append((index / trial.fs, features(samples[first : index + 1], index - after - first, trial.fs)))
    return found


@dataclass(frozen=True)
class Examples:
    """One row for each peak. `trial` says of which recording, `person` of whom."""

    rows: Array
    is_fall: NDArray[np.bool_]
    trial: NDArray[np.int64]
    person: list[str]


def examples(trials: list[tuple[str, Any]]) -> Examples:
    """Peaks after a fall's impact are nobody's example."""
    rows, falls, numbers, persons = [], [], [], []
    for number, (name, trial) in enumerate(trials):
        for at_s, found in peaks(trial):
            off_s = at_s - AFTER_S - trial.impact if trial.is_fall else -math.inf
            if off_s < NEAR_S:
                rows.append(found)
                falls.append(abs(off_s) < NEAR_S)
                numbers.append(number)
                persons.append(f"{name} {trial.subject}")
    return Examples(np.array(rows), np.array(falls), np.array(numbers), persons)


def fitted(rows: Array, falls: Array) -> Array:
    """Weights of the features, of their squares, and the constant."""
    wide = np.hstack([rows, rows**2])
    centre, scale = wide.mean(0), wide.std(0) + 1e-9
    design = np.hstack([(wide - centre) / scale, np.ones((len(wide), 1))])

    def loss(weights: Array) -> tuple[float, Array]:
        margin = design @ weights
        slope = design.T @ (1 / (1 + np.exp(-margin)) - falls) + 2 * PENALTY * np.append(weights[:-1], 0)
        return np.logaddexp(0, margin * (1 - 2 * falls)).sum() + PENALTY * (weights[:-1] ** 2).sum(), slope

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 5000}).x
    return np.append(found[:-1] / scale, found[-1] - (found[:-1] * centre / scale).sum())


def unseen(given: Examples) -> NDArray[np.bool_]:
    """What each peak is taken for by weights that have not seen its person."""
    names = sorted(set(given.person))
    order = np.random.default_rng(1).permutation(len(names))
    fold = np.array([order[names.index(person)] % FOLDS for person in given.person])
    taken = np.zeros(len(given.rows), bool)
    for number in range(FOLDS):
        weights = fitted(given.rows[fold != number], given.is_fall[fold != number].astype(float))
        held = given.rows[fold == number]
        taken[fold == number] = np.hstack([held, held**2]) @ weights[:-1] + weights[-1] > THRESHOLD
    return taken


def told(name: str, trials: list[tuple[str, Any]], given: Examples, taken: NDArray[np.bool_]) -> str:
    """Recordings, not peaks: what the evaluator would count for people who were not seen."""
    right, wrong = set(given.trial[taken & given.is_fall]), set(given.trial[taken & ~given.is_fall])
    falls = [n for n, (each, trial) in enumerate(trials) if each == name and trial.is_fall]
    others = [n for n, (each, trial) in enumerate(trials) if each == name and not trial.is_fall]
    hits, alarms = len(right & set(falls)), len(wrong & set(others))
    f1 = 2 * hits / (hits + alarms + len(falls)) if falls else math.nan
    return f"{name}: {hits}/{len(falls)} falls found, {alarms}/{len(others)} others alarmed, F1 {f1:.3f}"


def main() -> None:
    trials = [(name, trial) for name in SETS for trial in load_sets(name)]
    given = examples(trials)
    taken = unseen(given)
    print(f"{len(taken)} peaks; people whom the weights had not seen:")
    for name in SETS:
        print(f"  {told(name, trials, given, taken)}")
    low, high = np.percentile(given.rows, KNOWN_PERCENT, axis=0)
    weights = fitted(np.clip(given.rows, low, high), given.is_fall.astype(float))
    count = len(Features._fields)
    print(f"CONSTANT = {weights[-1]:.4f}")
    for n, name in enumerate(Features._fields):
        print(f'    "{name}": Weight({low[n]:.3f}, {high[n]:.3f}, {weights[n]:.4f}, {weights[count + n]:.4f}),')


if __name__ == "__main__":
    main()
