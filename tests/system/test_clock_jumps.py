"""The wall clocks of agent and cloud jump, forwards and backwards, by hours and by days, in mid-stream.

A longer form with JUMPS=20.
"""

import os
import random
import secrets
import sys
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlmodel import select

from cloud import db
from cloud.devices.tables import Agent
from cloud.jobs.runner import LEASE
from cloud.jobs.tables import Lease
from tests.support.faked_clock import DAY_S, FakedClock, faked_clock
from tests.support.processes import until
from tests.system.accounts import account
from tests.system.one_home import Home, Place, running

JUMPS = int(os.environ.get("JUMPS") or 4)
HOUR_S = 3600
FIRST = (5 * HOUR_S, -3 * HOUR_S, 9 * DAY_S, -20 * DAY_S)  # how far off the clock then is; later ones are by chance
BACK_S = 15.0


@pytest.fixture
def clocks(tmp_path) -> dict[str, FakedClock]:
    return {name: faked_clock(tmp_path / f"{name}.clock") for name in ("agent", "cloud")}


@pytest.fixture
def home(clocks, sqlite_files, tmp_path) -> Iterator[Home]:
    url = sqlite_files.fresh(tmp_path.name, migrated=True)
    with running(tmp_path, url, Place(agent_env=clocks["agent"].env, cloud_env=clocks["cloud"].env)) as made:
        yield made
    sqlite_files.drop(url)


def _jumps() -> list[int]:
    seed = int(os.environ.get("SEED") or secrets.randbelow(10_000))
    sys.stdout.write(f"seed {seed}\n")
    chances = random.Random(seed)  # noqa: S311 - repeatable on purpose
    return [FIRST[n] if n < len(FIRST) else chances.randint(-20 * DAY_S, 20 * DAY_S) for n in range(JUMPS)]


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["agent", "cloud"])
def test_a_clock_that_jumps_in_mid_stream_loses_nothing_and_holds_up_nothing(home, clocks, whose):
    for off_s in _jumps():
        clocks[whose].is_off_by(off_s)
        home.presses()
        home.drains(BACK_S)
        home.goes_on(BACK_S)
        _jobs_go_on(home)
    home.settles()

    found = account(home)
    sys.stdout.write(f"{JUMPS} jumps: {found.told()}\n")
    assert found.wrongs() == {}, found.told()
    assert not found.declared
    assert found.spooled["alarms"] == home.band.reached
    until(lambda: bool(home.called()), BACK_S)


@pytest.mark.slow
def test_an_alarm_raised_before_a_clock_is_set_back_still_calls_one_after_the_other(home, clocks):
    home.presses()
    until(lambda: bool(home.called()), BACK_S)
    clocks["cloud"].is_off_by(-2 * DAY_S)

    until(lambda: len(home.called()) > 1, BACK_S)


@pytest.mark.slow
def test_an_agent_that_starts_anew_after_its_clock_was_set_back_is_not_taken_for_an_old_one(home, clocks):
    until(lambda: _session(home)[0] == "ready", BACK_S)
    before = _session(home)[1]
    home.agent.kill()
    clocks["agent"].is_off_by(-2 * DAY_S)
    home.agent.start()

    until(lambda: _session(home) == ("ready", before + 1), BACK_S)
    home.goes_on(BACK_S)


def _session(home: Home) -> tuple[str, int]:
    with db.reading(home.engine) as session:
        return session.exec(select(Agent.state, Agent.session)).one()


@pytest.mark.slow
def test_jobs_whose_holder_died_before_the_clock_was_set_back_are_taken_over(home, clocks):
    home.cloud.kill()
    before = _token(home)
    clocks["cloud"].is_off_by(-2 * DAY_S)
    home.cloud.start()

    until(lambda: _token(home) > before, BACK_S)


def _jobs_go_on(home: Home) -> None:
    before = _ticked_at(home)
    until(lambda: _ticked_at(home) != before, BACK_S)


def _ticked_at(home: Home) -> datetime | None:
    """When the jobs last looked, by their clock."""
    with db.reading(home.engine) as session:
        return session.exec(select(Lease.ticked_at).where(Lease.name == LEASE)).one()


def _token(home: Home) -> int:
    with db.reading(home.engine) as session:
        return session.exec(select(Lease.token).where(Lease.name == LEASE)).one()
