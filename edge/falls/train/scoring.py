"""How good are these detections? By recording, by hour, with intervals over people: people differ, recordings less."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.falls.train.recordings import Recording

SAME_ALARM_S = 10.0
_DRAWS = 2_000


@dataclass(frozen=True)
class Outcome:
    """Of one recording. `delay_s` after the impact; None: not found, or no fall."""

    recording: Recording
    is_found: bool
    delay_s: float | None
    alarms: int


@dataclass(frozen=True)
class Figures:
    """`sensitivity` and `f1` are NaN where nobody falls. `f1_interval`: 95 of 100 draws of as many people."""

    falls: int
    others: int
    sensitivity: float
    specificity: float
    f1: float
    f1_interval: tuple[float, float]
    alarms: int
    hours: float
    delay_median_s: float
    delay_p90_s: float


def outcome(recording: Recording, detections: Sequence[float]) -> Outcome:
    hits = [at_s for at_s in detections if recording.is_fall and recording.finds(at_s)]
    alarms = 0 if recording.is_fall else _apart(detections)
    return Outcome(recording, bool(hits), min(hits) - recording.impact_s if hits else None, alarms)


def figures(outcomes: Sequence[Outcome], seed: int = 0) -> Figures:
    falls = [each for each in outcomes if each.recording.is_fall]
    others = [each for each in outcomes if not each.recording.is_fall]
    delays = [each.delay_s for each in falls if each.delay_s is not None]
    return Figures(
        falls=len(falls),
        others=len(others),
        sensitivity=sum(each.is_found for each in falls) / len(falls) if falls else math.nan,
        specificity=sum(not each.alarms for each in others) / len(others) if others else math.nan,
        f1=_f1(_counts(outcomes)),
        f1_interval=_interval(outcomes, seed) if falls else (math.nan, math.nan),
        alarms=sum(each.alarms for each in others),
        hours=sum(each.recording.hours for each in others),
        delay_median_s=float(np.median(delays)) if delays else math.nan,
        delay_p90_s=float(np.percentile(delays, 90)) if delays else math.nan,
    )


def _apart(detections: Sequence[float]) -> int:
    """Detections within ten seconds of an alarm belong to it."""
    alarms, last_s = 0, -math.inf
    for at_s in sorted(detections):
        if at_s - last_s >= SAME_ALARM_S:
            alarms, last_s = alarms + 1, at_s
    return alarms


def _counts(outcomes: Sequence[Outcome]) -> np.ndarray:
    """Found falls, missed falls, other recordings with an alarm."""
    found = sum(each.is_found for each in outcomes)
    missed = sum(each.recording.is_fall and not each.is_found for each in outcomes)
    return np.array([found, missed, sum(each.alarms > 0 for each in outcomes)])


def _f1(counts: np.ndarray) -> float:
    found, missed, wrong = (float(count) for count in counts)
    return 2 * found / (2 * found + missed + wrong) if found + missed else math.nan


def _interval(outcomes: Sequence[Outcome], seed: int) -> tuple[float, float]:
    people = sorted({each.recording.person for each in outcomes})
    counts = np.array([_counts([each for each in outcomes if each.recording.person == person]) for person in people])
    rng = np.random.default_rng(seed)
    drawn = [_f1(counts[rng.integers(0, len(people), len(people))].sum(axis=0)) for _ in range(_DRAWS)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(low), float(high)
