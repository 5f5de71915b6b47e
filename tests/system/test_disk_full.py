"""A disk fills up in mid-stream, up to the last byte, and is freed again: the agent's, and the cloud's.

A longer form with FILLS=10.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator

import pytest

from tests.support.disks import SmallDisk, small_disk
from tests.support.processes import Child, until
from tests.system.accounts import account
from tests.system.one_home import Home, Place, running

FILLS = int(os.environ.get("FILLS") or 2)
FULL_S = 3.0
MEGABYTES = 24  # the agent's ballast, twice, and some
BACK_S = 15.0


@pytest.fixture
def disk(tmp_path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", MEGABYTES) as made:
        yield made


@pytest.fixture
def home_on_it(disk, sqlite_files, tmp_path) -> Iterator[Home]:
    """The agent's spool lies on the small disk."""
    url = sqlite_files.fresh(tmp_path.name, migrated=True)
    with running(tmp_path, url, Place(state=disk.at / "state")) as made:
        yield made
    sqlite_files.drop(url)


def _ran_through(home: Home) -> None:
    """By themselves: nothing was started again."""
    for child in (home.agent, home.cloud):
        assert child.process is not None
        assert child.process.poll() is None, child.says()[-3000:]


def _said_once(child: Child, outage: str, end: str) -> None:
    """Each outage, not each try: a disk that is full may have room for a moment, and two ingests speak."""
    said, ended = child.says().count(outage), child.says().count(end)
    assert said == ended, child.says()[-3000:]
    assert FILLS <= said <= 4 * FILLS, child.says()[-3000:]


@pytest.mark.root
@pytest.mark.slow
def test_an_agent_whose_disk_is_full_goes_on_and_declares_what_it_could_not_keep(home_on_it, disk):
    home, pressed = home_on_it, 0
    for _ in range(FILLS):
        disk.fill()
        time.sleep(FULL_S)
        home.band.press()
        pressed += 1
        disk.free()
        until(lambda wanted=pressed: home.spooled("alarms") == wanted, BACK_S)
        home.goes_on(BACK_S)
    _ran_through(home)
    _said_once(home.agent, "disk_full", "disk_has_room")
    home.settles()

    found = account(home)
    sys.stdout.write(f"{FILLS} times full: {found.told()}\n")
    assert found.wrongs() == {}, found.told()
    assert found.spooled["alarms"] == pressed
    assert not any(lane == "alarms" for lane, _ in found.declared)
    until(lambda: home.calls() > 0, BACK_S)


@pytest.fixture
def home_of_a_cloud_on_it(disk, sqlite_files, tmp_path) -> Iterator[Home]:
    """The cloud's SQLite database lies on the small disk."""
    template = sqlite_files.fresh(tmp_path.name, migrated=True).removeprefix("sqlite:///")
    shutil.copyfile(template, disk.at / "cloud.db")
    with running(tmp_path, f"sqlite:///{disk.at / 'cloud.db'}") as made:
        yield made
    sqlite_files.drop(f"sqlite:///{template}")


@pytest.mark.root
@pytest.mark.slow
def test_a_cloud_whose_disk_is_full_takes_everything_when_there_is_room_again(home_of_a_cloud_on_it, disk):
    home = home_of_a_cloud_on_it
    for number in range(FILLS):
        disk.fill()
        until(lambda wanted=number + 1: home.cloud.says().count("database_is_away") >= wanted, BACK_S)
        home.presses()
        time.sleep(FULL_S)
        disk.free()
        home.drains(BACK_S)
    _ran_through(home)
    _said_once(home.cloud, '"database_is_away"', '"database_is_back"')
    home.settles()

    found = account(home)
    sys.stdout.write(f"{FILLS} times full: {found.told()}\n")
    assert found.wrongs() == {}, found.told()
    assert not found.declared
    assert found.spooled["alarms"] == home.band.reached
    until(lambda: home.calls() > 0, BACK_S)
