"""What a visitor sees in the terminal: a live picture where there is one, plain lines elsewhere."""

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from simulator.demo.scenes import Line, Story
from simulator.demo.sight import Sight, SupplySeen

_LINES = 14
_FEWEST_ROWS = 4  # of the story, on however small a terminal
_FRAME = 2
_BAR = 12
_LOW = 0.15


@dataclass(frozen=True)
class Places:
    """Where a visitor can look. `notes`: what else they should know."""

    page: str
    sign_in: str
    mail: str
    staff_sign_in: str
    notes: tuple[str, ...] = ()

    @property
    def staff(self) -> str:
        """The staff's log of alarms."""
        return f"{self.page}/sign-in?to=/staff/alarms"


class View(Protocol):
    """Shows what happens. `end` leaves the terminal as it was."""

    def show(self, sight: Sight, lines: list[Line]) -> None: ...

    def end(self) -> None: ...


@dataclass
class PlainView:
    """One line for each thing that happens: for logs, pipes and tests."""

    places: Places
    zone: ZoneInfo
    write: Callable[[str], object] = sys.stdout.write

    def __post_init__(self) -> None:
        for text in _invitation(self.places):
            self._say(text)

    def show(self, sight: Sight, lines: list[Line]) -> None:
        for line in lines:
            self._say(f"{_moment_of(line, self.zone)}  {line.text}")

    def end(self) -> None:
        return

    def _say(self, text: str) -> None:
        self.write(f"{text}\n")
        sys.stdout.flush()


@dataclass
class LiveView:
    """A picture that is drawn anew a few times a second."""

    places: Places
    zone: ZoneInfo
    story: Story
    console: Console = field(default_factory=Console)
    _told: deque[Line] = field(default_factory=lambda: deque(maxlen=_LINES))
    _live: Live = field(init=False)

    def __post_init__(self) -> None:
        self._live = Live(Text("…"), console=self.console, refresh_per_second=8, screen=False)
        self._live.start()

    def show(self, sight: Sight, lines: list[Line]) -> None:
        self._told.extend(lines)
        self._live.update(self._picture(sight))

    def end(self) -> None:
        self._live.stop()

    def _picture(self, sight: Sight) -> RenderableType:
        head = Text("\n".join(_invitation(self.places)), style="dim")
        table = supplies(sight, self.zone)
        taken = sum(len(self.console.render_lines(part, pad=False)) for part in (head, table))
        rows = max(_FEWEST_ROWS, self.console.height - taken - _FRAME - 1)
        done = len(self.story.happened)
        title = f"{_moment(sight.at, self.zone)} · {done} of {len(self.story.scenes)} scenes"
        told = Text("\n").join(newest(self._lines(), rows, self.console))
        return Group(head, table, Panel(told, title=title, title_align="left", border_style="green"))

    def _lines(self) -> list[Text]:
        return [
            Text.assemble((f"{_moment_of(line, self.zone)}  ", "dim"), (line.text, "bold" if line.scene else ""))
            for line in self._told
        ]


def newest(lines: list[Text], rows: int, console: Console) -> list[Text]:
    """The last lines, as many as fit into so many rows of a frame: what is new is never cut off."""
    width = max(1, console.width - 2 * _FRAME)
    fitting: list[Text] = []
    for line in reversed(lines):
        rows -= len(line.wrap(console, width))
        if rows < 0 and fitting:
            break
        fitting.insert(0, line)
    return fitting


def supplies(sight: Sight, zone: ZoneInfo) -> Table:
    """Each supply with its level, the range of its end, and what was last decided."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("supply", "level", "runs out between", "last decision"):
        table.add_column(name)
    for supply in sight.supplies.values():
        table.add_row(supply.product, _bar(supply.level), _range(supply, zone), supply.decision or "")
    return table


def _bar(level: float | None) -> Text:
    if level is None:
        return Text("not known", style="dim")
    full = round(_BAR * max(0.0, min(1.0, level)))
    style = "red" if level < _LOW else "green"
    return Text("█" * full, style=style) + Text("░" * (_BAR - full), style="dim") + Text(f" {level:4.0%}")


def _range(supply: SupplySeen, zone: ZoneInfo) -> str:
    if supply.runs_out is None:
        return ""
    early, _, late = (moment.astimezone(zone) for moment in supply.runs_out)
    return f"{early:%d %b} to {late:%d %b}"


def _invitation(places: Places) -> list[str]:
    return [
        f"The page:  {places.page}   {places.sign_in}",
        f"The staff: {places.staff}   {places.staff_sign_in}",
        f"The mail:  {places.mail}",
        *places.notes,
        "Ctrl-C ends everything.",
    ]


def _moment_of(line: Line, zone: ZoneInfo) -> str:
    moment = _moment(line.at, zone)
    return f"{moment}{line.at::%S}" if line.to_the_second else moment


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %H:%M}"
