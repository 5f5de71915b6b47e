"""The line between a home and the cloud fails in mid-stream, again and again; between two network namespaces.

A longer form with CUTS=20.
"""

import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from tests.shared import needs_program, needs_root, not_to_be_had
from tests.support.processes import until
from tests.system.accounts import account
from tests.system.one_home import Home, Place, running

CUTS = int(os.environ.get("CUTS") or 3)
LONGEST_S = 4.0
DRAINED_S = 20.0
LINES = 128  # side by side, each with networks of its own


@dataclass
class Line:
    """Two cables into a namespace: the one to the cloud fails, the one to the wristband is in the house."""

    number: int

    def __post_init__(self) -> None:
        self.name = f"forehand{self.number}"
        outside, self._within = f"198.18.{2 * self.number}", f"198.18.{2 * self.number + 1}"
        self.cloud, self.band = f"{outside}.1", f"{self._within}.1"
        self.agent, self.others = f"{outside}.2", f"{outside}.3"  # the one that it has, and another

    def make(self) -> None:
        _ip("netns", "add", self.name)
        self.inside("link", "set", "lo", "up")
        for end, here, there in (("c", self.cloud, self.agent), ("b", self.band, f"{self._within}.2")):
            _ip("link", "add", self.name + end, "type", "veth", "peer", "name", f"{end}0", "netns", self.name)
            _ip("addr", "add", f"{here}/29", "dev", self.name + end)
            self.inside("addr", "add", f"{there}/29", "dev", f"{end}0")
            _ip("link", "set", self.name + end, "up")
            self.inside("link", "set", f"{end}0", "up")

    def remove(self) -> None:
        for command in (*(("link", "del", self.name + end) for end in "cb"), ("netns", "del", self.name)):
            with suppress(subprocess.CalledProcessError):
                _ip(*command)

    def cut(self, *, at_home: bool) -> None:
        """One end of the cable is pulled; the other sees that nobody is there."""
        if at_home:
            self.inside("link", "set", "c0", "down")
        else:
            _ip("link", "set", f"{self.name}c", "down")

    def mend(self) -> None:
        self.inside("link", "set", "c0", "up")
        _ip("link", "set", f"{self.name}c", "up")

    def another_address(self) -> None:
        """As from a router that was switched off: what is said to the old one reaches nobody, and nobody says so."""
        self.inside("addr", "del", f"{self.agent}/29", "dev", "c0")
        self.inside("addr", "add", f"{self.others}/29", "dev", "c0")
        self.agent, self.others = self.others, self.agent

    def inside(self, *words: str) -> None:
        _ip("-n", self.name, *words)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def line() -> Iterator[Line]:
    needs_root()
    needs_program("ip")
    made = Line(os.getpid() % LINES)
    try:
        made.make()
    except subprocess.CalledProcessError:
        made.remove()
        not_to_be_had("network namespaces")
    yield made
    made.remove()


@pytest.fixture
def home(line, sqlite_files, tmp_path) -> Iterator[Home]:
    url = sqlite_files.fresh(tmp_path.name, migrated=True)
    within = ("ip", "netns", "exec", line.name)
    with running(tmp_path, url, Place((line.cloud, line.band), within)) as made:
        yield made
    sqlite_files.drop(url)


def _everything_arrived_once(home: Home, seconds: float) -> None:
    home.drains(seconds)
    home.settles()
    found = account(home)
    sys.stdout.write(f"{found.told()}\n")
    assert found.wrongs() == {}, found.told()
    assert not found.declared
    assert found.spooled["alarms"] == home.band.reached
    assert home.agent.says().count("bus_lost") == home.agent.says().count("bus_back"), "an outage is said once"


@pytest.mark.root
@pytest.mark.slow
def test_a_line_that_fails_again_and_again_loses_nothing_and_doubles_nothing(home, line):
    seed = int(os.environ.get("SEED") or secrets.randbelow(10_000))
    chances = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for number in range(CUTS):
        line.cut(at_home=number % 2 == 0)
        home.presses()
        time.sleep(chances.uniform(1.0, LONGEST_S))
        line.mend()
        home.drains(DRAINED_S)
        until(lambda: bool(home.called()), DRAINED_S)
    sys.stdout.write(f"seed {seed}, {CUTS} cuts\n")

    _everything_arrived_once(home, DRAINED_S)


@pytest.mark.root
@pytest.mark.slow
def test_a_broker_that_starts_anew_behind_a_dead_line_leaves_nobody_on_a_connection_that_it_does_not_know(home, line):
    line.cut(at_home=False)
    home.broker.kill()
    home.broker.start()
    home.presses()
    line.mend()

    _everything_arrived_once(home, DRAINED_S)


@pytest.mark.root
@pytest.mark.slow
def test_an_agent_that_starts_anew_behind_a_dead_line_takes_its_place_from_its_old_connection(home, line):
    line.cut(at_home=True)
    home.presses()
    home.agent.kill()
    home.agent.start()
    time.sleep(2)
    line.mend()

    _everything_arrived_once(home, DRAINED_S)


@pytest.mark.root
@pytest.mark.slow
def test_a_home_with_another_address_is_heard_again(home, line):
    line.another_address()
    home.presses()
    began_s = time.monotonic()
    home.drains(DRAINED_S)
    sys.stdout.write(f"half-open for {time.monotonic() - began_s:.1f} s\n")

    _everything_arrived_once(home, DRAINED_S)
