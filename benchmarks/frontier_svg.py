"""A plain picture of frontiers, a panel for each sensor: readable in light and dark, and without its colours."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, TOP, BOTTOM = 940, 560, 60, 150
PANEL, LEFT, GAP = 390, 70, 65
COVERS, OUT = (14.0, 32.0), (0.1, 20.0)  # what is drawn: days of cover, stockout days
EVERY_DAYS = 2
OUT_AT = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
STYLE = """
  .paper { fill: #ffffff; } text { font: 14px system-ui, sans-serif; fill: #1f2328; } .small { font-size: 12px; }
  .head { font-weight: 600; } .grid { stroke: #d1d9e0; } .line { fill: none; stroke-width: 1.8; }
  .s0 { stroke: #8c5300; } .f0 { fill: #8c5300; } .s1 { stroke: #6639ba; } .f1 { fill: #6639ba; }
  .s2 { stroke: #0550ae; } .f2 { fill: #0550ae; } .s3 { stroke: #116329; } .f3 { fill: #116329; }
  .s4 { stroke: #cf222e; } .f4 { fill: #cf222e; } .s5 { stroke: #1f2328; } .f5 { fill: #1f2328; }
  .strong { stroke-width: 3.4; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } text { fill: #e6edf3; } .grid { stroke: #30363d; }
    .s0 { stroke: #e3b341; } .f0 { fill: #e3b341; } .s1 { stroke: #d2a8ff; } .f1 { fill: #d2a8ff; }
    .s2 { stroke: #79c0ff; } .f2 { fill: #79c0ff; } .s3 { stroke: #7ee787; } .f3 { fill: #7ee787; }
    .s4 { stroke: #ff7b72; } .f4 { fill: #ff7b72; } .s5 { stroke: #e6edf3; } .f5 { fill: #e6edf3; }
  }"""
DASHES = ("2 4", "7 4", "12 4 2 4", "4 2", "", "")
OURS = "Forehand"

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """`points`: days of cover and stockout days a year."""

    title: str
    points: Sequence[Point]


def drawn(panels: dict[str, list[Line]]) -> str:
    titles = list(dict.fromkeys(line.title for line in _all(panels)))
    parts = [part for n, (name, lines) in enumerate(panels.items()) for part in _panel(n, name, lines, titles)]
    said = "Days of stock held against stockout days a year, for each rule; lower and further left is better."
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
    paper = f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
    most = {title: max(len(line.points) for line in _all(panels) if line.title == title) for title in titles}
    return "\n".join([head, f"<style>{STYLE}</style>", paper, *parts, *_legend(most), "</svg>", ""])


def _all(panels: dict[str, list[Line]]) -> list[Line]:
    return [line for lines in panels.values() for line in lines]


def _panel(number: int, name: str, lines: list[Line], titles: list[str]) -> Iterator[str]:
    left = LEFT + number * (PANEL + GAP)
    yield f'<text class="head" x="{left + PANEL / 2:.0f}" y="30" text-anchor="middle">{name}</text>'
    for days in range(int(COVERS[0]), int(COVERS[1]) + 1, EVERY_DAYS):
        x, y = _at(left, days, OUT[0])
        yield f'<path class="grid" d="M{x:.1f} {TOP}V{y:.1f}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{days}</text>'
    for out in OUT_AT:
        x, y = _at(left, COVERS[0], out)
        yield f'<path class="grid" d="M{x:.1f} {y:.1f}h{PANEL}"/>'
        yield f'<text class="small" x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{out:g}</text>'
    middle = TOP + (HEIGHT - TOP - BOTTOM) / 2
    yield f'<text x="{left + PANEL / 2:.0f}" y="{HEIGHT - BOTTOM + 42}" text-anchor="middle">days of stock held</text>'
    if not number:
        turned = f'transform="rotate(-90 22 {middle:.0f})"'
        yield f'<text x="22" y="{middle:.0f}" text-anchor="middle" {turned}>stockout days a year</text>'
    for line in lines:
        yield from _line(left, line, titles.index(line.title))


def _line(left: int, line: Line, number: int) -> Iterator[str]:
    seen = [_at(left, *point) for point in line.points if _is_inside(point)]
    strong = " strong" if line.title == OURS else ""
    if len(seen) > 1:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in seen)
        yield f'<path class="line s{number}{strong}" stroke-dasharray="{DASHES[number]}" d="M{path}"/>'
    for x, y in seen:
        yield _mark(number, x, y)


def _mark(number: int, x: float, y: float) -> str:
    shapes = (
        f'<circle class="f{number}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
        f'<rect class="f{number}" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>',
        f'<path class="f{number}" d="M{x:.1f} {y - 5:.1f}l5 9h-10z"/>',
        f'<path class="f{number}" d="M{x:.1f} {y + 5:.1f}l5 -9h-10z"/>',
        f'<circle class="f{number}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>',
        f'<path class="f{number}" d="M{x:.1f} {y - 7:.1f}l6 7l-6 7l-6 -7z"/>',
    )
    return shapes[number]


def _legend(most: dict[str, int]) -> Iterator[str]:
    """`most`: points of each rule; a single one is no line."""
    for number, (title, points) in enumerate(most.items()):
        if not points:
            continue
        x, y = LEFT + (number % 3) * 280, HEIGHT - 62 + 28 * (number // 3)
        strong = " strong" if title == OURS else ""
        if points > 1:
            yield f'<path class="line s{number}{strong}" stroke-dasharray="{DASHES[number]}" d="M{x} {y}h34"/>'
        yield _mark(number, x + 17, y)
        yield f'<text x="{x + 44}" y="{y + 5}">{title}</text>'


def _at(left: int, cover: float, out: float) -> Point:
    across = (cover - COVERS[0]) / (COVERS[1] - COVERS[0])
    up = math.log(out / OUT[0]) / math.log(OUT[1] / OUT[0])
    return left + across * PANEL, HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)


def _is_inside(point: Point) -> bool:
    return COVERS[0] <= point[0] <= COVERS[1] and OUT[0] <= point[1] <= OUT[1]
