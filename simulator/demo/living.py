"""A simulated family that lives at its real pace, with a real agent of its own at a cloud that runs somewhere."""

import signal
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from edge import enrolling
from edge.config import ENROLLED
from edge.enrolling import EnrolError
from kit.clock import SystemClock
from simulator import scenario_loading
from simulator.demo import agent_file
from simulator.demo.band import Band
from simulator.demo.children import ChildError, Children
from simulator.demo.household import Household
from simulator.home import Home
from simulator.randomness import stream
from simulator.scenario import Scenario

FALLS, GETS_UP = signal.SIGUSR1, signal.SIGUSR2
_LOOK_S = 0.5

Invitation = tuple[str, str, Path | None]  # the page's address, a claim code, an authority to trust


@dataclass(frozen=True)
class Given:
    """What is asked for."""

    folder: Path
    scenario: Path
    seed: int
    poll_s: int


def run(given: Given, invitation: Invitation | None) -> int:
    """Until SIGINT or SIGTERM. 1: its agent ended. 2: it could not begin. Raises ScenarioError."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    scenario = scenario_loading.load(given.scenario)
    try:
        name = _enrolled(given.folder, invitation)
    except EnrolError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with ExitStack() as open_ones:
        try:
            children = _live(given, scenario, open_ones)
            sys.stdout.write(f"{name} lives. A fall: kill -USR1; getting up: kill -USR2; its agent: {given.folder}\n")
            sys.stdout.flush()
            while not ended.wait(_LOOK_S):
                children.check()
        except ChildError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


def _live(given: Given, scenario: Scenario, open_ones: ExitStack) -> Children:
    """From now on, until what is open is closed. Raises ChildError."""
    today = datetime.now(ZoneInfo(scenario.household.time_zone)).date()
    home = Home(scenario_loading.moved(scenario, today), given.seed)
    household = Household(home, SystemClock(), given.folder / agent_file.WEIGHTS)
    household.start()
    open_ones.callback(household.stop)
    band = Band(stream(given.seed, "wristband"))
    band.start()
    open_ones.callback(band.stop)
    _fall_on_signals(band)
    _write_devices(given, scenario, household, band)
    children = Children(given.folder)
    open_ones.callback(children.stop)
    children.start("agent", [sys.executable, "-m", "edge", "--config", str(given.folder / "agent.toml")])
    return children


def _enrolled(folder: Path, invitation: Invitation | None) -> str:
    """Who its agent is. Raises EnrolError."""
    if invitation is None:
        if not (folder / ENROLLED).exists():
            raise EnrolError(f"{folder} has no agent yet: give the page's address and a claim code.")
        return folder.name
    url, code, authority = invitation
    enrolling.prepare(folder)
    enrolled = enrolling.ask(url, code, enrolling.client(authority))
    enrolling.keep(enrolled, folder, authority)
    return enrolled.agent


def _write_devices(given: Given, scenario: Scenario, household: Household, band: Band) -> None:
    """Anew each time: the ports are others."""
    devices = agent_file.devices(scenario, household.printer_address, band.address)
    text = f'# Written by `python -m simulator home`.\nstate_dir = "state"\npoll_s = {given.poll_s}\n\n{devices}'
    (given.folder / "agent.toml").write_text(text)


def _fall_on_signals(band: Band) -> None:
    signal.signal(FALLS, lambda *_: band.fall())
    signal.signal(GETS_UP, lambda *_: band.get_up())
