"""Does a probability of 0.8 mean eight falls in ten? Of people who were left out; a table, and a picture of it.

`python -m benchmarks.falls_reliability docs/images/falls_reliability.svg` writes the picture.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.falls import evaluator
from edge.falls.model import FOLDER, shipped
from edge.falls.train.card import BINS

MODELS = ("wrist", "waist")
SIDE, MARGIN, GAP = 360, 70, 60
AT = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
STYLE = """
  .paper { fill: #ffffff; } text { font: 14px system-ui, sans-serif; fill: #1f2328; } .small { font-size: 12px; }
  .head { font-weight: 600; } .grid { stroke: #d1d9e0; } .true { stroke: #656d76; stroke-dasharray: 4 4; }
  .line { fill: none; stroke: #0550ae; stroke-width: 2.4; } .dot { fill: #0550ae; } .span { stroke: #0550ae; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } text { fill: #e6edf3; } .grid { stroke: #30363d; } .true { stroke: #8b949e; }
    .line { stroke: #79c0ff; } .dot { fill: #79c0ff; } .span { stroke: #79c0ff; }
  }"""


@dataclass(frozen=True)
class Bin:
    """Peaks that were told alike: mean probability, share of falls with its 95 % interval, how many."""

    told: float
    falls: float
    low: float
    high: float
    peaks: int


def bins(model: str) -> list[Bin]:
    scorer, rows = evaluator(), []
    with np.load(FOLDER / f"{model}.votes.npz") as votes:
        taught, is_fall, vote = votes["is_taught"], votes["is_fall"], votes["vote"]
    told = np.array([shipped(model).probability(int(each)) for each in vote])
    for low, high in pairwise(BINS):
        inside = taught & (told >= low) & ((told < high) | ((high == 1) & (told == 1)))
        if count := int(inside.sum()):
            falls = int(is_fall[inside].sum())
            low_share, high_share = scorer.wilson(falls, count)
            rows.append(Bin(float(told[inside].mean()), falls / count, max(0.0, low_share), high_share, count))
    return rows


def table() -> tuple[str, list[tuple[str, ...]]]:
    rows: list[tuple[str, ...]] = [("", "told", "falls among them", "95 %", "peaks")]
    for model in MODELS:
        for each in bins(model):
            interval = f"{each.low:.3f}-{each.high:.3f}"
            rows.append((model, f"{each.told:.3f}", f"{each.falls:.3f}", interval, str(each.peaks)))
    return "What the probability of a fall means (recorded peaks of people never seen)", rows


def drawn() -> str:
    width, height = 2 * MARGIN + 2 * SIDE + GAP, SIDE + 2 * MARGIN
    said = (
        "The probability told against the share of falls, with 95 % intervals; on the dashed line it is what it says."
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{said}">'
    paper = f'<rect class="paper" width="{width}" height="{height}" rx="8"/>'
    panels = [part for n, model in enumerate(MODELS) for part in _panel(MARGIN + n * (SIDE + GAP), model)]
    return "\n".join([head, f"<style>{STYLE}</style>", paper, *panels, "</svg>", ""])


def _panel(left: int, model: str) -> Iterator[str]:
    yield f'<text class="head" x="{left + SIDE / 2:.0f}" y="40" text-anchor="middle">at the {model}</text>'
    for share in AT:
        x, y = _at(left, share, share)
        yield f'<path class="grid" d="M{x:.1f} {MARGIN}v{SIDE}M{left} {y:.1f}h{SIDE}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{MARGIN + SIDE + 18}" text-anchor="middle">{share:g}</text>'
        yield f'<text class="small" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{share:g}</text>'
    yield f'<path class="true" d="M{left} {MARGIN + SIDE}l{SIDE} {-SIDE}"/>'
    yield f'<text x="{left + SIDE / 2:.0f}" y="{MARGIN + SIDE + 42}" text-anchor="middle">probability told</text>'
    middle = MARGIN + SIDE / 2
    turned = f'transform="rotate(-90 {left - 42} {middle:.0f})"'
    yield f'<text x="{left - 42}" y="{middle:.0f}" text-anchor="middle" {turned}>falls among them</text>'
    seen = [(_at(left, each.told, each.falls), each) for each in bins(model)]
    yield f'<path class="line" d="M{"L".join(f"{x:.1f} {y:.1f}" for (x, y), _ in seen)}"/>'
    for (x, y), each in seen:
        low, high = _at(left, each.told, each.low)[1], _at(left, each.told, each.high)[1]
        yield f'<path class="span" d="M{x:.1f} {low:.1f}V{high:.1f}"/>'
        yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def _at(left: int, told: float, falls: float) -> tuple[float, float]:
    return left + told * SIDE, MARGIN + SIDE - falls * SIDE


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawn())
