"""The C client's example beside the real cloud on SQLite, while broker and cloud are killed: stored once each."""

import os
import subprocess
import time
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from cloud import db
from cloud.consent.service import Answer
from cloud.devices.inbox_tables import GapRow, InboxMessage, ReadingRow, SetAside
from cloud.devices.tables import Device, Slot
from cloud.flows import permissions
from cloud.people.tables import Household, Person
from kit import ids
from kit.mosquitto import ACCESS, Mosquitto, configure, free_port
from tests.firmware_c import program
from tests.shared import ROOT, needs_program
from tests.support.processes import Child, command, until

ME = "scale-1"
COUNT = 300
EVERY_MS = 25


@dataclass
class Stage:
    """Everything that runs."""

    engine: Engine
    broker: Mosquitto
    cloud: Child
    password: str
    flash: Path

    def rows(self, kind) -> list:
        with db.reading(self.engine) as session:
            return list(session.exec(select(kind)))

    def scale(self) -> "subprocess.Popen[str]":
        words = [program("example_host"), ME, "127.0.0.1", self.broker.port, self.flash, EVERY_MS, COUNT]
        return subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "FH_PASSWORD": self.password},
        )  # fmt: skip


@pytest.fixture
def stage(tmp_path, sqlite_url):
    program("example_host")
    broker = Mosquitto(tmp_path / "broker", free_port(), needs_program("mosquitto"))
    configure(broker.directory, broker.port)
    env = _environment(tmp_path, sqlite_url, broker.port)
    command(env, "household", "add", "Ada")
    command(env, "person", "add", "ada@example.org", "--name", "Ada")
    password = tomllib.loads(command(env, "agents", "add", ME))["broker"]["password"]
    command(env, "broker-file", str(broker.directory / ACCESS))
    engine = db.engine(sqlite_url)
    _allow_supply(engine)
    cloud = Child(("cloud",), env, tmp_path / "cloud.log")
    broker.start()
    cloud.start()
    yield Stage(engine, broker, cloud, password, tmp_path / "flash")
    cloud.stop()
    broker.stop()
    engine.dispose()


def _environment(work: Path, url: str, broker_port: int) -> dict[str, str]:
    given = {
        "DATABASE_URL": url,
        "DATA_DIR": str(work / "data"),
        "BROKER_PORT": str(broker_port),
        "BROKER_USERNAME": "cloud",
        "BROKER_PASSWORD": "of-the-cloud",
        "BROKER_KEEPER_PASSWORD": "of-the-keeper",
        "CREDENTIAL_KEY": "k" * 32,
        "WEB_PORT": str(free_port()),
    }
    return {**os.environ, **{f"FOREHAND_{name}": value for name, value in given.items()}, "PYTHONPATH": str(ROOT)}


def _allow_supply(engine: Engine) -> None:
    with db.transaction(engine) as session:
        home, person = session.exec(select(Household)).one(), session.exec(select(Person)).one()
        said = Answer("supply", True, "Use: supply", "1", "en", person.id, "page")
        permissions.answer(session, ids.system, home.id, said, datetime.now(UTC))


@pytest.mark.slow
def test_a_scale_in_c_is_stored_once_each_and_named_by_its_serial(stage):
    scale = stage.scale()
    until(lambda: len(stage.rows(InboxMessage)) > 30)
    stage.broker.kill()
    time.sleep(0.3)
    stage.broker.start()
    until(lambda: len(stage.rows(InboxMessage)) > 90)
    stage.cloud.kill()
    time.sleep(0.3)
    stage.cloud.start()

    said, _ = scale.communicate(timeout=120)
    assert (scale.returncode, said.count("kept ")) == (0, COUNT)
    assert sorted(row.seq for row in stage.rows(InboxMessage)) == list(range(1, COUNT + 1))
    assert Counter(row.seq for row in stage.rows(ReadingRow)) == dict.fromkeys(range(1, COUNT + 1), 1)
    assert (stage.rows(GapRow), stage.rows(SetAside)) == ([], [])
    assert [device.identity for device in stage.rows(Device)] == ["serial:scale:SC-0042"]
    assert [(slot.name, slot.last_value) for slot in stage.rows(Slot)] == [("milk", 1000 - COUNT + 1)]
