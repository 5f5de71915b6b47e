"""Would a gyroscope help? The network with a seventh curve, how quickly the arm turns, beside the one without.

On WEDA-FALL, the one wrist set here that has a gyroscope: people left out, the same folds, with and without tellings by
other wristbands, which turn and slow down both sensors alike. `log loss` is of peaks, after the meaning of votes was
fitted; the shipped model's is of the same people, left out, after it learned from three sets without a gyroscope.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.falls import load_sets
from benchmarks.falls_rivals import recorded
from edge.falls.candidates import Candidates
from edge.falls.model import FOLDER
from edge.falls.train.augmenting import turned_and_slowed
from edge.falls.train.examples import Examples, examples
from edge.falls.train.fitting import fit, log_odds
from edge.falls.train.validation import Recipe, meaning
from edge.falls.trigger import TRIGGER_MG
from edge.falls.window import LENGTH, STEPS, curves

COPIES, EPOCHS_ALONE = (0, 6), 30
FLOOR_RAD_S = 0.05
Floats = NDArray[np.float64]


def table() -> tuple[str, list[tuple[str, ...]]]:
    trials = load_sets("weda")
    found = examples([recorded("weda", trial) for trial in trials], TRIGGER_MG)
    turning = _turning(trials)
    rows: list[tuple[str, ...]] = [("", "tellings", "log loss", "without", "with")]
    for copies in COPIES:
        told = _told(found, turning, copies)
        losses = [_loss(_left_out(told[:, :, :, :count], found, trials), found) for count in (6, 7)]
        rows.append(("WEDA-FALL alone", str(copies), "", *(f"{loss:.4f}" for loss in losses)))
    with np.load(FOLDER / "wrist.votes.npz") as votes:
        of = votes["set_name"] == "weda"
        rows.append(("the shipped model, three sets", "6", "", f"{_loss(votes['vote'][of] / 3072, found):.4f}", "-"))
    return "A gyroscope at the wrist: what it adds (people never seen; three networks vote)", rows


def _turning(trials: list[Any]) -> Floats:
    """How quickly the arm turns around each peak: (M, LENGTH), rad/s."""
    windows = []
    for trial in trials:
        rate = np.linalg.norm(trial.gyro, axis=1)
        rate = np.concatenate((np.full(LENGTH, rate[0]), rate))
        for each in Candidates(trial.fs, TRIGGER_MG).feed(recorded("weda", trial).acc_mg):
            last = each.known_at + LENGTH
            windows.append(rate[last + 1 - LENGTH : last + 1])
    return np.array(windows, np.float64)


def _told(found: Examples, turning: Floats, copies: int) -> NDArray[np.float32]:
    """(1 + copies, M, STEPS, 7), around 0."""
    rng = np.random.default_rng(0)
    both = np.concatenate((found.windows.astype(np.float64), turning[:, :, None]), axis=2)
    each = np.stack([_curves(both), *(_curves(turned_and_slowed(both, rng)) for _ in range(copies))])
    centred: NDArray[np.float32] = ((each - each[0].mean(axis=(0, 1))) / each[0].std(axis=(0, 1))).astype(np.float32)
    return centred


def _curves(both: Floats) -> Floats:
    rate = np.log2(np.maximum(both[:, :, 3], 0) + FLOOR_RAD_S).reshape(len(both), STEPS, 2).mean(axis=2)
    return np.concatenate((curves(np.rint(both[:, :, :3]).astype(np.int64)), 256 * rate[:, :, None]), axis=2)


def _left_out(told: NDArray[np.float32], found: Examples, trials: list[Any]) -> Floats:
    recipe = Recipe()
    names = sorted({trial.subject for trial in trials})
    dealt = np.random.default_rng(recipe.seed).permutation(len(names)) % recipe.folds
    fold = dealt[[names.index(trials[number].subject) for number in found.recording]]
    odds = np.zeros(len(fold))
    for number in range(recipe.folds):
        among, out = (fold != number) & found.is_taught, fold == number
        inputs = told[:, among].reshape(-1, *told.shape[2:])
        epochs = recipe.epochs if len(told) > 1 else EPOCHS_ALONE
        is_fall = np.tile(found.is_fall[among], len(told))
        for voter in range(recipe.networks):
            odds[out] += log_odds(fit(inputs, is_fall, recipe.networks * number + voter, epochs), told[0, out])
    return odds / recipe.networks


def _loss(odds: Floats, found: Examples) -> float:
    votes, is_fall = np.rint(odds[found.is_taught] * 1024).astype(np.int64), found.is_fall[found.is_taught]
    told = np.clip(meaning(votes, is_fall).probability(votes), 1e-6, 1 - 1e-6)
    return float(-np.where(is_fall, np.log(told), np.log(1 - told)).mean())
