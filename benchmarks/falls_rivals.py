"""What others do with the same recordings: a textbook's state machine, a tuned one, boosted trees.

The trees (LightGBM) are given what one would measure of a peak (`falls_measures.py`) and judged in the folds of people
that ours are judged in. They tell from the probability that gives the best F1 on all of them, which is more than they
could know; the tuned threshold is the best of an independent survey on these very people.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.falls import Told, evaluator
from benchmarks.falls_measures import measures
from benchmarks.rivals import is_here
from edge.falls.train.examples import Examples, examples
from edge.falls.train.recordings import Recording
from edge.falls.train.validation import Recipe
from edge.falls.trigger import TRIGGER_MG

FREE_FALL_G, IMPACT_G, TUNED_G, STILL_G = 0.6, 3.0, 4.0, 0.3
SETTLE_S, STILL_S, AGAIN_S = 1.5, 2.0, 10.0
TREES = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 10,
    "verbose": -1,
    "seed": 0,
}
ROUNDS = 150
Detect = Callable[[Any, float], list[float]]


def rivals(sets: dict[str, list[Any]]) -> dict[str, dict[str, Any]]:
    """By title and set."""
    found: dict[str, dict[str, Any]] = {
        "textbook threshold": dict.fromkeys(sets, textbook),
        "tuned threshold": dict.fromkeys(sets, tuned),
    }
    return found | ({"boosted trees": trees(sets)} if is_here("lightgbm") else {})


def textbook(acc: Any, fs: float) -> list[float]:
    """Free fall, an impact within a second, then two seconds of stillness."""
    return _machine(acc, fs, IMPACT_G, FREE_FALL_G)


def tuned(acc: Any, fs: float) -> list[float]:
    """A harder impact, and no free fall asked for."""
    return _machine(acc, fs, TUNED_G, math.inf)


def _machine(acc: Any, fs: float, impact_g: float, free_fall_g: float) -> list[float]:
    sizes = np.linalg.norm(np.asarray(acc, np.float64), axis=1)
    still, settle, found, quiet_until = round(STILL_S * fs), round(SETTLE_S * fs), [], 0
    for impact in np.flatnonzero(sizes > impact_g):
        known = int(impact) + settle + still
        if known >= len(sizes) or known < quiet_until:
            continue
        falling = sizes[max(0, impact - round(fs)) : impact + 1].min()
        if falling < free_fall_g and sizes[known - still : known].std() < STILL_G:
            found.append(known / fs)
            quiet_until = known + round(AGAIN_S * fs)
    return found


def trees(sets: dict[str, list[Any]]) -> dict[str, Told]:
    """Fitted on what is measured of each peak, people left out."""
    recordings = [recorded(name, trial) for name, trials in sets.items() for trial in trials]
    found = examples(recordings, TRIGGER_MG)
    chances = _left_out(found, [each.person for each in recordings])
    told, first = {}, 0
    for name, trials in sets.items():
        of = (found.recording >= first) & (found.recording < first + len(trials))
        told[name] = (trials, found.recording[of] - first, found.at_s[of], chances[of])
        first += len(trials)
    best = max(np.unique(chances.round(3)), key=lambda least: _f1(told, least))
    return {name: _told(*each, best) for name, each in told.items()}


def recorded(name: str, trial: Any) -> Recording:
    """The scorer's recording as the trainer's."""
    acc_mg = np.rint(trial.acc.astype(np.float64) * 1000).astype(np.int64)
    start_s = trial.impact - 2.0 if math.isnan(trial.fall_start) else min(trial.fall_start, trial.impact)
    return Recording(
        name, f"{name}/{trial.subject}", trial.age_group, trial.activity, trial.fs, acc_mg, trial.is_fall, start_s,
        trial.impact,
    )  # fmt: skip


def _left_out(found: Examples, persons: list[str]) -> NDArray[np.float64]:
    import lightgbm  # noqa: PLC0415 - it may not be here

    names, recipe = sorted(set(persons)), Recipe()
    dealt = np.random.default_rng(recipe.seed).permutation(len(names)) % recipe.folds
    fold = dealt[[names.index(persons[number]) for number in found.recording]]
    measured, chances = measures(found.windows), np.zeros(len(fold))
    for number in range(recipe.folds):
        among = (fold != number) & found.is_taught
        lesson = lightgbm.Dataset(measured[among], found.is_fall[among].astype(float))
        fitted = lightgbm.train(TREES, lesson, num_boost_round=ROUNDS)
        chances[fold == number] = fitted.predict(measured[fold == number])
    return chances


def _told(trials: list[Any], number: Any, at_s: Any, chances: Any, least: float) -> Told:
    times: dict[int, list[float]] = {}
    for each, at, chance in zip(number, at_s, chances, strict=True):
        if chance >= least:
            times.setdefault(int(each), []).append(float(at))
    return Told(trials, times)


def _f1(told: dict[str, Any], least: float) -> float:
    scorer = evaluator()
    scores = [scorer.evaluate(_told(*each, least), each[0])["overall"] for each in told.values()]
    return float(sum(score["f1"] for score in scores if score["falls"]))
