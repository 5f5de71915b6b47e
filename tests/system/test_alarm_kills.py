"""Agents, Mosquitto, ingest, jobs and web are killed at random while alarms are raised and answered.

Longer with KILLS=10, again with the SEED that it printed.
"""

import os
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from cloud import db
from kit.mosquitto import Mosquitto, configure, free_port
from simulator.mail import MailCatcher
from tests.shared import ROOT, needs_program
from tests.support.processes import Child, until
from tests.system.alarm_homes import Band, environment, furnish
from tests.system.alarm_people import NOBODY_THERE, People, SlowInbox
from tests.system.alarm_verdict import Record, attempt_of, wrongs

KILLS = int(os.environ.get("KILLS") or 2)  # of each process of the cloud; twice as many of what starts quickly
PASSWORD = "of-the-cloud"
LONGEST_PAUSE_S, LONGEST_IDLE_S = 2.0, 10.0
READY_S = 120.0
QUIET_S = 120.0


@dataclass
class Victim:
    """Something to kill in the middle of its work. `starts`: how often it was ready; `work`: what it has done."""

    name: str
    ends: Callable[[], None]
    begins: Callable[[], None]
    starts: Callable[[], int]
    work: Callable[[], int]
    times: int = KILLS
    killed: int = 0

    def die(self, chances: random.Random) -> None:
        done = self.work()
        with suppress(AssertionError):  # what it waits for may itself be dead
            until(lambda: self.work() > done, LONGEST_IDLE_S)
        time.sleep(LONGEST_PAUSE_S * chances.random() ** 2)  # mostly soon: it is still busy
        before = self.starts()
        self.ends()
        self.killed += 1
        time.sleep(chances.uniform(0.0, 0.3))
        self.begins()
        until(lambda: self.starts() > before, READY_S)


@dataclass
class Stage:
    """Everything that runs."""

    engine: Engine
    seed: int
    bands: list[Band]
    people: People
    victims: list[Victim]
    children: list[Child]

    def kill_all_of_them(self) -> None:
        """Each on a schedule of its own, so that they also die together."""
        with ThreadPoolExecutor(len(self.victims)) as pool:
            ends = [pool.submit(self._again_and_again, number) for number in range(len(self.victims))]
        for end in ends:
            end.result()

    def _again_and_again(self, number: int) -> None:
        chances = _chances(self.seed + number)
        for _ in range(self.victims[number].times):
            self.victims[number].die(chances)


@pytest.fixture
def stage(database_url, tmp_path):
    """PostgreSQL with its roles in processes of their own; SQLite with all of them in one."""
    apart = database_url.startswith("postgresql")
    seed = int(os.environ.get("SEED") or secrets.randbelow(10_000))
    broker = Mosquitto(tmp_path / "broker", free_port(), needs_program("mosquitto"))
    configure(broker.directory, broker.port)
    catcher = MailCatcher(inbox=SlowInbox(_chances(seed)))
    catcher.start()
    web_port, login = free_port(), (broker.port, PASSWORD)
    bands, staff = furnish(database_url, tmp_path, login)
    env = environment(tmp_path, database_url, login, (web_port, catcher.smtp_url)) | {"PYTHONPATH": str(ROOT)}
    clouds = [_cloud(tmp_path, env, role) for role in (("ingest", "jobs", "web") if apart else (None,))]
    agents = [
        Child(
            ("edge", "--config", str(tmp_path / band.agent_id / "agent.toml")), env, tmp_path / f"{band.agent_id}.log"
        )
        for band in bands
    ]
    engine = db.engine(database_url)
    people = People(catcher.inbox, f"http://127.0.0.1:{web_port}", engine, staff, _chances(seed + 1))
    victims = [*(_process(cloud, people) for cloud in clouds), _broker(broker, bands), _agents(agents, bands, seed)]
    made = Stage(engine, seed, bands, people, victims, [*agents, *clouds])
    broker.start()
    for child in made.children:
        child.start()
    people.start()
    yield made
    sys.stdout.write(f"seed {seed}\n")  # shown when the test fails
    people.stop()
    for child in made.children:
        child.stop()
        sys.stdout.write(f"{child.log.name}:\n{child.says()[-3000:]}\n")
    for band in bands:
        band.close()
    broker.stop()
    catcher.stop()
    engine.dispose()


def _cloud(work: Path, env: dict[str, str], role: str | None) -> Child:
    user = f"cloud-{role}" if role else "cloud"
    words = ("cloud", role) if role else ("cloud",)
    return Child(words, {**env, "FOREHAND_BROKER_USERNAME": user}, work / f"{user}.log")


def _process(child: Child, people: People) -> Victim:
    """One role has worked when something was heard, sent or said by a page; all of them, when somebody was answered."""

    def answered() -> int:
        return sum(people.heard.values()) - people.heard[NOBODY_THERE]

    does: dict[str, Callable[[], int]] = {
        "cloud-ingest": lambda: child.says().count('"alarm_heard"'),
        "cloud-jobs": lambda: len(people.letters),
    }
    work = does.get(child.log.stem, answered)
    return Victim(child.log.stem, child.kill, child.start, lambda: child.says().count('"started"'), work)


def _broker(broker: Mosquitto, bands: list[Band]) -> Victim:
    """Its `start` returns when it listens. It has worked when the cloud has confirmed what an agent has spooled."""
    starts: list[None] = []

    def begin() -> None:
        broker.start()
        starts.append(None)

    def confirmed() -> int:
        return sum(band.spooled() - band.waiting() for band in bands)

    return Victim("broker", broker.kill, begin, lambda: len(starts), confirmed, 2 * KILLS)


def _agents(agents: list[Child], bands: list[Band], seed: int) -> Victim:
    """Now this one, now that one."""
    chances = _chances(seed + 2)
    chosen: list[Child] = []

    def end() -> None:
        chosen[:] = [chances.choice(agents)]
        chosen[0].kill()

    def begin() -> None:
        chosen[0].start()

    def ready() -> int:
        return sum(agent.says().count("agent_started") for agent in agents)

    return Victim("agent", end, begin, ready, lambda: sum(band.reached for band in bands), 2 * KILLS)


def _chances(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def _press_while(stage: Stage, busy: Callable[[], bool]) -> None:
    """Each wearer calls for help now and then, and again when nothing happened."""

    def press(number: int) -> None:
        chances = _chances(stage.seed + 10 + number)
        while busy():
            stage.bands[number].press()
            time.sleep(chances.uniform(0.5, 3.0))

    with ThreadPoolExecutor(len(stage.bands)) as pool:
        ends = [pool.submit(press, number) for number in range(len(stage.bands))]
    for end in ends:
        end.result()


def _until_quiet(stage: Stage) -> None:
    """Nothing is killed any more: who is called from now on says at once how it ended, and then everybody goes."""
    stage.people.is_diligent = True
    end = time.monotonic() + QUIET_S
    _close_all(stage, end)
    stage.people.stop()
    # The last word of somebody who left is still told to the others.
    while not Record.of(stage.engine).is_quiet() and time.monotonic() < end:
        time.sleep(0.2)
    stage.people.read()


def _close_all(stage: Stage, end: float) -> None:
    while time.monotonic() < end:
        record = Record.of(stage.engine)
        if record.is_quiet() and not any(band.waiting() for band in stage.bands):
            return
        for alarm in record.open():
            with suppress(IndexError):  # nobody was told yet
                stage.people.close(alarm.number)
        time.sleep(0.5)


@pytest.mark.slow
def test_each_alarm_reaches_somebody_and_ends_only_by_a_person_whatever_is_killed(stage, record_property):
    for band in stage.bands:
        until(band.press)
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(stage.kill_all_of_them)
        _press_while(stage, lambda: not killing.done())
    killing.result()
    began_s = time.monotonic()
    _until_quiet(stage)
    quiet_s = time.monotonic() - began_s

    record, people = Record.of(stage.engine), stage.people
    told = {
        "seed": stage.seed, "pressed": sum(band.reached for band in stage.bands), "alarms": len(record.alarms),
        "mails": len(people.letters), "duplicates": len(people.letters) - len(set(map(attempt_of, people.letters))),
        "kills": {victim.name: victim.killed for victim in stage.victims}, "quiet_s": round(quiet_s, 1),
        "states": dict(Counter(alarm.state for alarm in record.alarms.values())), "heard": dict(people.heard),
    }  # fmt: skip
    for name, value in told.items():
        record_property(name, value)
    sys.stdout.write(f"{told}\n")
    assert wrongs(record, stage.bands, people.letters, people.taken) == [], told
    assert told["alarms"] >= len(stage.bands), told


@pytest.mark.slow
def test_a_fall_whose_agent_dies_is_raised_by_its_silence_whatever_is_killed_meanwhile(stage):
    band, agent = stage.bands[0], stage.children[0]
    until(band.is_heard)
    until(band.falls)
    until(lambda: band.waiting() == 0)
    agent.kill()
    for victim in stage.victims:
        if victim.name.startswith("cloud"):
            victim.ends()
            victim.begins()
    until(lambda: any(letter.is_call for letter in stage.people.letters), READY_S)
    agent.start()
    _until_quiet(stage)

    record = Record.of(stage.engine)
    assert [(alarm.kind, alarm.raised_by) for alarm in record.alarms.values()] == [("fall", "silence")]
    assert wrongs(record, stage.bands, stage.people.letters, stage.people.taken) == []
