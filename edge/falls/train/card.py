"""The model card: what a model was fitted to, how it judges people it never saw, what it is not good for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from contract.fields import Point
from edge.falls.points import COSTS
from edge.falls.train.recordings import Recording
from edge.falls.train.scoring import Figures, figures, outcome
from edge.falls.train.validation import Recipe, Votes

BINS = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 1.0)

_MADE_OF = ("set", "people", "of them not young", "falls", "other recordings", "hours of these")
_JUDGED = (
    "point",
    "set",
    "sensitivity",
    "specificity",
    "F1 (95 % of draws of people)",
    "alarms",
    "an hour",
    "delay, s (p90)",
)
_MEANT = ("told", "falls among them", "peaks")

_MADE_BY = """\
{networks} small networks in whole numbers, fitted by `python -m edge.falls.train`; validated over {folds} folds of
people: nobody is judged by a network that saw them."""
_PEAKS = """\
Peaks of left-out people, by what was told of them. The share of falls among recorded peaks is {share:.0%}; among the
peaks of a day of life it is very much less."""

LIMITS = """\
## What it is not good for
- Everybody who falls in these recordings is an actor, nearly all young, onto a mattress, and lies still afterwards.
  Falls of frail people differ: a threshold method fell from 96 % on such falls to 57 % on 29 real ones
  (Bagala 2012), and the best field result known is 80 % at 0.17 false alarms a week and person (AIDE-MOI 2019).
- Ordinary activity here is scripted, short and chosen to look like a fall. Alarms an hour of it compare detectors;
  they do not tell how many a day of life brings. Nobody recorded a week.
- A slide from a chair, a slow sinking down, a fall that ends standing: hardly recorded, and found less.
- Licences: WEDA-FALL, SmartFallMM and the copy of SisFall come without one, UMAFall is CC BY 4.0 at its origin. That
  is enough to measure with. A vendor ships a model fitted to recordings that he has the right to.
"""


@dataclass(frozen=True)
class Report:
    """`votes` are left-out ones, `at_s` the moments they would be told, `probability` what they mean."""

    recordings: Sequence[Recording]
    recording: NDArray[np.int64]
    at_s: NDArray[np.float64]
    is_fall: NDArray[np.bool_]
    is_taught: NDArray[np.bool_]
    votes: Votes
    probability: NDArray[np.float64]

    def figures(self, least: int, set_name: str | None = None, age: str | None = None) -> Figures:
        """At one point, of one set, of people of `age` (`older`: all that are not young)."""
        told: dict[int, list[float]] = {}
        for number, at_s, vote in zip(self.recording, self.at_s, self.votes, strict=True):
            if vote >= least:
                told.setdefault(int(number), []).append(float(at_s))
        return figures(
            [
                outcome(each, told.get(number, []))
                for number, each in enumerate(self.recordings)
                if set_name in {None, each.set_name} and (age is None or each.age_group != "young")
            ]
        )

    def reliability(self) -> list[tuple[float, float, int]]:
        """(mean probability, share of falls, peaks) between the limits of BINS."""
        rows = []
        for low, high in pairwise(BINS):
            inside = self.is_taught & (self.probability >= low) & (self.probability < high)
            if inside.any():
                rows.append(
                    (float(self.probability[inside].mean()), float(self.is_fall[inside].mean()), int(inside.sum()))
                )
        return rows


def card(name: str, report: Report, points: dict[Point, int], recipe: Recipe) -> str:
    sets = sorted({each.set_name for each in report.recordings})
    judged = [_row(report, point, points[point], each) for point in Point for each in sets]
    older = "; ".join(f"`{point}` {_older(report, points[point])}" for point in Point)
    starts = ", ".join(f"`{point}` from a probability of {1 / (1 + cost):.2f}" for point, cost in COSTS.items())
    lines = [
        f"# Model card: {name}",
        "",
        _MADE_BY.format(networks=recipe.networks, folds=recipe.folds),
        "",
        "## What it was fitted to",
        *_table(_MADE_OF, _made_of(report, sets)),
        "",
        "## People it never saw",
        *_table(_JUDGED, judged),
        "",
        f"Not young, ordinary activity: {older}.",
        "",
        "## What its probability means",
        _PEAKS.format(share=report.is_fall[report.is_taught].mean()),
        "",
        *_table(_MEANT, [(f"{told:.3f}", f"{true:.3f}", str(count)) for told, true, count in report.reliability()]),
        "",
        f"Points: {starts}.",
        "",
        LIMITS,
    ]
    return "\n".join(lines)


def _made_of(report: Report, sets: Sequence[str]) -> list[tuple[str, ...]]:
    rows = []
    for name in sets:
        within = [each for each in report.recordings if each.set_name == name]
        others = [each for each in within if not each.is_fall]
        older = {each.person for each in within if each.age_group != "young"}
        counts = (len({each.person for each in within}), len(older), len(within) - len(others), len(others))
        rows.append((name, *map(str, counts), f"{sum(each.hours for each in others):.2f}"))
    return rows


def _row(report: Report, point: Point, least: int, name: str) -> tuple[str, ...]:
    seen = report.figures(least, name)
    rate = f"{seen.alarms / seen.hours:.1f}" if seen.hours else "-"
    if not seen.falls:
        return (point, name, "-", f"{seen.specificity:.3f}", "-", str(seen.alarms), rate, "-")
    low, high = seen.f1_interval
    f1 = f"{seen.f1:.3f} ({low:.3f}-{high:.3f})"
    delay = f"{seen.delay_median_s:.2f} ({seen.delay_p90_s:.2f})"
    return (point, name, f"{seen.sensitivity:.3f}", f"{seen.specificity:.3f}", f1, str(seen.alarms), rate, delay)


def _older(report: Report, least: int) -> str:
    seen = report.figures(least, age="older")
    return f"{seen.alarms} alarms in {seen.others} recordings, {seen.hours:.2f} h"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
