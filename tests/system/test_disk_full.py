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
MEGABYTES_OF_A_SERVER = 48  # a PostgreSQL database that is empty, and some
BACK_S = 15.0


@pytest.fixture
def agent_on_it(sqlite_files, tmp_path) -> Iterator[tuple[Home, SmallDisk]]:
    """The agent's spool lies on a small disk."""
    url = sqlite_files.fresh(tmp_path.name, migrated=True)
    with (
        small_disk(tmp_path / "disk", MEGABYTES) as disk,
        running(tmp_path, url, Place(state=disk.at / "state")) as made,
    ):
        yield made, disk
    sqlite_files.drop(url)


def _ran_through(home: Home) -> None:
    """By themselves: nothing was started again."""
    for child in (home.agent, home.cloud):
        assert child.process is not None
        assert child.process.poll() is None, child.says()[-3000:]


def _said_once(child: Child, outage: str, end: str) -> None:
    """Each outage, not each try: a disk that is full may have room for a moment, and two ingests speak.

    Not each filling is an outage: what a database has once taken of the disk, it can use.
    """
    said, ended = child.says().count(outage), child.says().count(end)
    assert said == ended, child.says()[-3000:]
    assert 0 < said <= 4 * FILLS, child.says()[-3000:]


@pytest.mark.root
@pytest.mark.slow
def test_an_agent_whose_disk_is_full_goes_on_and_declares_what_it_could_not_keep(agent_on_it):
    (home, disk), pressed = agent_on_it, 0
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
    until(lambda: bool(home.called()), BACK_S)


@pytest.fixture
def sqlite_on_it(sqlite_files, tmp_path) -> Iterator[tuple[SmallDisk, str]]:
    with small_disk(tmp_path / "disk", MEGABYTES) as made:
        template = sqlite_files.fresh(tmp_path.name, migrated=True)
        shutil.copyfile(template.removeprefix("sqlite:///"), made.at / "cloud.db")
        sqlite_files.drop(template)
        yield made, f"sqlite:///{made.at / 'cloud.db'}"


@pytest.fixture
def postgresql_on_it(postgres_server) -> Iterator[tuple[SmallDisk, str]]:
    """Its tables; where the server can reach them."""
    with small_disk(postgres_server.directory.parent / "disk", MEGABYTES_OF_A_SERVER) as made:
        yield made, postgres_server.fresh_on(made.at, "small")
        made.free()
        postgres_server.clear("small")


@pytest.fixture(params=["sqlite", "postgresql"])
def cloud_on_it(request, tmp_path) -> Iterator[tuple[Home, SmallDisk]]:
    """The cloud's database lies on a small disk."""
    disk, url = request.getfixturevalue(f"{request.param}_on_it")
    with running(tmp_path, url) as made:
        yield made, disk


@pytest.mark.root
@pytest.mark.slow
def test_a_cloud_whose_disk_is_full_takes_everything_when_there_is_room_again(cloud_on_it):
    home, disk = cloud_on_it
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
    until(lambda: bool(home.called()), BACK_S)
