"""The demo's picture fits into the terminal, and what is new is never cut off."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from simulator.demo.scenes import Line, Story
from simulator.demo.sight import Sight, SupplySeen
from simulator.demo.view import LiveView, Places

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
PLACES = Places(
    "http://127.0.0.1:38369", "ada@example.org, password forehand-try-out", "http://127.0.0.1:42971/",
    "staff@example.org, same password, in a private window",
)  # fmt: skip
LONG = "the alarm is raised. The staff's log, with a clock that counts: http://127.0.0.1:38369/staff/alarms, number"


def shown(columns: int, rows: int) -> str:
    console = Console(file=io.StringIO(), width=columns, height=rows, force_terminal=True, color_system=None)
    view = LiveView(PLACES, ZoneInfo("Europe/Berlin"), Story(), console)
    seen = SupplySeen("ink-black", 0.4, None, (AT, AT, AT), "waiting: enough left")
    sight = Sight(AT, {f"ink-{n}": seen for n in range(5)}, [])
    view.show(sight, [Line(AT, f"{LONG} {number}") for number in range(20)])
    lines = console.render_lines(view._picture(sight), pad=False)
    view.end()
    return "\n".join("".join(part.text for part in line) for line in lines)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (80, 50), (140, 30), (60, 40)])
def test_the_newest_line_is_whole_and_the_picture_fits(columns, rows):
    picture = shown(columns, rows)

    assert len(picture.splitlines()) < rows
    assert "number 19" in " ".join(picture.replace("│", " ").split())
    assert PLACES.page in picture


def test_on_a_large_terminal_older_lines_stay():
    assert "number 8 " in " ".join(shown(140, 80).replace("│", " ").split())


def test_on_a_tiny_terminal_the_newest_line_is_still_there():
    assert "number 19" in " ".join(shown(60, 10).replace("│", " ").split())
