"""Starts everything, lets the story be told, and ends everything: by Ctrl-C, by SIGTERM, by the clock or by a fault."""

import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from simulator.demo import stage
from simulator.demo.children import ChildError
from simulator.demo.emergency import Hints
from simulator.demo.fall import Fall
from simulator.demo.scenes import SUPPLY_SCENES, Line, Story
from simulator.demo.stage import Stage
from simulator.demo.stand_in import StandIn
from simulator.demo.view import LiveView, PlainView, View
from simulator.demo.wishes import Wishes

DAY_S = 86_400
_LOOK_S = 0.25
_MORNING, _EVENING = 8, 20
_AFTERWARDS = 15  # times as long a day takes once the story is told
_CONTENTS = ("broker", "cloud", "home", "logs", "clock.json")


def run(wishes: Wishes) -> int:
    """0: it was ended by its visitor, or all scenes happened in the given time. 1: not so. 2: it could not begin."""
    ended = threading.Event()
    _end_on_signals(ended)
    folder = fresh(wishes.folder)
    try:
        with ExitStack() as open_ones:
            return _play(wishes, folder, ended, open_ones)
    except ChildError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"The demo cannot run here: {error}\nIts logs are in {folder / 'logs'}.\n")
        return 2


def _play(wishes: Wishes, folder: Path, ended: threading.Event, open_ones: ExitStack) -> int:
    sys.stdout.write("Setting the stage …\n")
    sys.stdout.flush()
    set_up = stage.set_up(wishes, folder, open_ones, ended)
    if set_up is None:
        return 0
    zone = ZoneInfo(set_up.scenario.household.time_zone)
    story, fall = _story(set_up), _fall(set_up, zone, DAY_S / wishes.day_s)
    view: View
    if wishes.plain or wishes.seconds is not None or not sys.stdout.isatty():
        view = PlainView(set_up.places, zone)
    else:
        view = LiveView(set_up.places, zone, story)
    open_ones.callback(view.end)
    open_ones.callback(set_up.clock.change_rate, 1.0)  # else a process that ends first would be missed for days
    set_up.clock.change_rate(DAY_S / wishes.day_s)
    slower = None if wishes.seconds is not None else DAY_S / (_AFTERWARDS * wishes.day_s)
    _watch(set_up, (story, fall), view, _until(wishes.seconds, ended), slower)
    if wishes.seconds is None:
        return 0
    return _summed_up(story)


def _story(set_up: Stage) -> Story:
    scenario, places = set_up.scenario, set_up.places
    if scenario.wristband is None:
        return Story(SUPPLY_SCENES)
    wearer = scenario.household.people[0].name.split()[0]
    hints = Hints(wearer, scenario.wristband.prealarm_s, places.mail, places.staff)
    return Story(hints=hints)


def _fall(set_up: Stage, zone: ZoneInfo, rate: float) -> Fall | None:
    """None: nobody wears a wristband."""
    world, part = set_up.world, set_up.scenario.wristband
    if part is None:
        return None

    def is_up_and_about(at: datetime) -> bool:
        return _MORNING <= at.astimezone(zone).hour < _EVENING and not world.household.home.is_away()

    name = set_up.scenario.household.people[0].name.split()[0]
    return Fall(name, world.band, set_up.clock, StandIn(world.catcher.inbox), is_up_and_about, rate)


def _watch(
    set_up: Stage, told: tuple[Story, Fall | None], view: View, over: Callable[[], bool], slower: float | None
) -> None:
    """`slower`: the clock's rate once the story is told, so that a visitor can look around. None: it runs on."""
    story, fall = told
    while not over():
        set_up.children.check()
        sight = set_up.sight()
        lines = story.look(sight)
        if fall is not None:
            lines += fall.look(sight, story, time.monotonic())
        if slower is not None and not story.missing and (fall is None or fall.is_over):
            set_up.clock.change_rate(slower)
            slower = None
            lines.append(Line(sight.at, "the story is told; time runs slower now, so that you can look around"))
        view.show(sight, lines)


def _until(seconds: float | None, ended: threading.Event) -> Callable[[], bool]:
    until_s = None if seconds is None else time.monotonic() + seconds

    def over() -> bool:
        return ended.wait(_LOOK_S) or (until_s is not None and time.monotonic() >= until_s)

    return over


def _summed_up(story: Story) -> int:
    for scene in story.scenes:
        sys.stdout.write(f"{'✓' if scene in story.happened else '✗'} {scene}\n")
    if story.missing:
        sys.stdout.write(f"{len(story.missing)} scenes did not happen.\n")
    return 1 if story.missing else 0


def fresh(folder: Path) -> Path:
    """An empty folder; what an earlier demo left in it is removed, and nothing else."""
    folder = folder.resolve()
    for name in _CONTENTS:
        left = folder / name
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)
    for name in ("cloud", "home", "logs"):
        (folder / name).mkdir(parents=True)
    return folder


def _end_on_signals(ended: threading.Event) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
