"""A movement drawn on the server, as SVG: magnitude over time, the axes lightly, the impact marked, rest shaded.

Below it, in two rows, what the wristband saw in it: each part has a stroke of its own, not a colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from cloud.views.movement import Movement, Part
from contract.alarms import MarkKind

WIDE, TALL, TALLER = 640.0, 300.0, 340.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 630.0, 28.0, 250.0
MOST_POINTS = 400  # of one line; more cannot be seen apart
_ROWS_Y, _SHORTEST = (312.0, 328.0), 5.0  # a free fall lasts a third of a second
_LOWER = frozenset({MarkKind.TURNED, MarkKind.GOT_UP})  # they go on while the others change
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200)
_MOST_LINES = 7


@dataclass(frozen=True)
class Words:
    """In the reader's language."""

    title: str
    description: str
    impact: str
    still: str
    seconds: str


@dataclass(frozen=True)
class _Frame:
    lasts_s: float
    low: float  # g, at the bottom
    high: float

    def x(self, second: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, second / self.lasts_s))

    def y(self, g: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (g - self.low) / (self.high - self.low)


def movement(seen: Movement, words: Words) -> Markup:
    """Its size is the page's; the lines differ in stroke, not in colour alone."""
    axes = (seen.x, seen.y, seen.z)
    low = min(0.0, *(min(axis) for axis in axes))
    frame = _Frame(seen.lasts_s, float(-ceil(-low)), float(max(2, ceil(seen.peak_g))))
    parts = [
        *(_rest(frame, start, end, words.still) for start, end in seen.still),
        *_grid(frame, words.seconds),
        *(_line(frame, axis, seen.fs_hz, f"axis axis-{name}") for name, axis in zip("xyz", axes, strict=True)),
        *_impact(frame, seen, words.impact),
        _line(frame, seen.magnitude, seen.fs_hz, "size"),
        *(_part(frame, part) for part in seen.parts),
    ]
    return Markup(
        '<svg class="movement" viewBox="0 0 640 {:.0f}" role="img"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(TALLER if seen.parts else TALL, words.title, words.description, Markup("").join(parts))


def key(name: str) -> Markup:
    """A sample for the legend: `size`, `axis-x`, `axis-y`, `axis-z`, `still`, `impact`, or `part-` and its kind."""
    drawn = {
        **{f"part-{kind}": Markup('<path class="part part-{}" d="M0 6 H22"/>').format(kind) for kind in MarkKind},
        "still": Markup('<rect class="still" width="22" height="12"/>'),
        "impact": Markup('<path class="impact" d="M6 0 h10 l-5 9 z"/>'),
        "size": Markup('<path class="size" d="M0 6 H22"/>'),
    }
    line = Markup('<path class="axis {}" d="M0 6 H22"/>').format(name)
    return Markup('<svg class="movement-key" viewBox="0 0 22 12" aria-hidden="true">{}</svg>').format(
        drawn.get(name, line)
    )


def _grid(frame: _Frame, seconds: str) -> list[Markup]:
    line = Markup('<path class="grid" d="M{:.1f} {:.1f} {}"/><text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    drawn = []
    step = _step(frame.high - frame.low)
    for g in range(ceil(frame.low / step) * step, int(frame.high) + 1, step):
        y = frame.y(g)
        drawn.append(line.format(_LEFT, y, f"H{_RIGHT:.0f}", _LEFT - 6, y + 5, "end", _signed(g)))
    for second in range(0, int(frame.lasts_s) + 1, _step(frame.lasts_s)):
        x = frame.x(second)
        drawn.append(line.format(x, _BOTTOM, "v5", x, _BOTTOM + 22, "middle", second))
    drawn.append(Markup('<text x="{}" y="18" text-anchor="end">g</text>').format(_LEFT - 6))
    drawn.append(Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(_RIGHT, TALL - 5, seconds))
    return drawn


def _signed(g: int) -> str:
    return str(g).replace("-", "\N{MINUS SIGN}")


def _step(span: float) -> int:
    return next((step for step in _STEPS if span / step <= _MOST_LINES), _STEPS[-1])


def _rest(frame: _Frame, start: float, end: float, word: str) -> Markup:
    left, right = frame.x(start), frame.x(end)
    shade = Markup('<rect class="still" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
        left, _TOP, right - left, _BOTTOM - _TOP
    )
    label = Markup('<text class="what" x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    return shade + label.format((left + right) / 2, _BOTTOM - 6, word)


def _impact(frame: _Frame, seen: Movement, word: str) -> list[Markup]:
    """A line with a head: a shape of its own, also without colours."""
    if seen.impact_s is None:
        return []
    x = frame.x(seen.impact_s)
    return [
        Markup('<path class="impact-line" d="M{:.1f} {} V{}"/>').format(x, _TOP, _BOTTOM),
        Markup('<path class="impact" d="M{:.1f} {} h12 l-6 10 z"/>').format(x - 6, _TOP - 8),
        Markup('<text class="what" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
            *((x + 10, _TOP - 8, "start") if x < WIDE * 0.75 else (x - 10, _TOP - 8, "end")), word
        ),
    ]


def _part(frame: _Frame, part: Part) -> Markup:
    left = frame.x(part.start_s)
    right = min(WIDE, max(left + _SHORTEST, frame.x(part.end_s)))
    return Markup('<path class="part part-{}" d="M{:.1f} {:.0f} H{:.1f}"/>').format(
        part.kind, left, _ROWS_Y[part.kind in _LOWER], right
    )


def _line(frame: _Frame, values: Sequence[float], fs_hz: float, kind: str) -> Markup:
    points = " ".join(f"{frame.x(n / fs_hz):.1f},{frame.y(value):.1f}" for n, value in thinned(values))
    return Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def thinned(values: Sequence[float], most: int = MOST_POINTS) -> list[tuple[int, float]]:
    """Number and value of what is drawn: of each piece the least and the greatest, so that no peak is lost."""
    if len(values) <= most:
        return list(enumerate(values))
    size = ceil(2 * len(values) / most)
    kept: list[tuple[int, float]] = []
    for start in range(0, len(values), size):
        piece = range(start, min(start + size, len(values)))
        ends = {min(piece, key=values.__getitem__), max(piece, key=values.__getitem__)}
        kept += [(n, values[n]) for n in sorted(ends)]
    return kept
