"""The cloud's command line as an engineer uses it: answers on stdout, errors in words, exit codes."""

import os
import re
import subprocess
import sys
import threading

import pytest
from sqlmodel import select

from cloud import db
from cloud.__main__ import main
from cloud.devices.tables import Agent
from contract.permissions import CLOUD_USERS
from edge import config as agent_file
from kit.mosquitto import Mosquitto
from kit.mqtt import PahoBus
from tests.shared import ROOT


@pytest.fixture
def cloud(tmp_path, empty_database_url):
    """`python -m cloud …` on an empty database, which the first command migrates by itself."""
    given = {
        "FOREHAND_DATABASE_URL": empty_database_url,
        "FOREHAND_DATA_DIR": str(tmp_path / "data"),
        "FOREHAND_BROKER_PORT": "1999",
        "FOREHAND_BROKER_PASSWORD": "of-the-cloud",
        "FOREHAND_BROKER_PASSWORDS_FILE": str(tmp_path / "passwords"),
    }

    def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        env = {**os.environ, **given, **more, "PYTHONPATH": str(ROOT)}
        return subprocess.run([sys.executable, "-m", "cloud", *words], cwd=tmp_path, env=env, capture_output=True,
                              text=True, timeout=60, check=False)  # fmt: skip

    return run


def done(answer: "subprocess.CompletedProcess[str]") -> str:
    assert (answer.returncode, answer.stderr) == (0, ""), answer.stderr
    return answer.stdout


def refused(answer: "subprocess.CompletedProcess[str]") -> str:
    """What it says, in one line, without a traceback."""
    assert (answer.returncode, answer.stdout) == (2, ""), answer
    assert answer.stderr.count("\n") == 1, answer.stderr
    return answer.stderr


@pytest.mark.slow
def test_from_an_empty_database_to_an_agent_that_may_connect_and_one_that_may_not(cloud, tmp_path, empty_database_url):
    assert "household Ada" in done(cloud("household", "add", "Ada", "--time-zone", "Europe/Berlin"))
    welcome = done(cloud("person", "add", "ada@example.org", "--name", "Ada"))
    assert re.search(r"http://127\.0\.0\.1:8000/welcome/\S{20,}", welcome)
    assert done(cloud("catalogue", "load")) == done(cloud("catalogue", "load"))
    (tmp_path / "agent.toml").write_text(done(cloud("agents", "add", "pi-1")))

    config = agent_file.load(tmp_path / "agent.toml")
    assert (config.agent, config.broker.port, config.broker.username) == ("pi-1", 1999, "pi-1")
    assert users(tmp_path) == {*CLOUD_USERS, "pi-1"}
    assert "never heard" in done(cloud("agents", "list"))

    assert "pi-1 is revoked" in done(cloud("agents", "revoke", "pi-1"))
    assert users(tmp_path) == set(CLOUD_USERS)
    engine = db.engine(empty_database_url)
    with db.reading(engine) as session:
        assert session.exec(select(Agent)).one().revoked_at is not None
    engine.dispose()


def users(folder) -> set[str]:
    return {line.partition(":")[0] for line in (folder / "passwords").read_text().splitlines()}


@pytest.fixture
def here(tmp_path, empty_database_url, monkeypatch, capsys):
    """The same in this process: quicker, for many commands."""
    monkeypatch.setenv("FOREHAND_DATABASE_URL", empty_database_url)
    monkeypatch.setenv("FOREHAND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        code = main(list(words))
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return run


def test_what_cannot_be_done_is_said_in_a_line_and_changes_nothing(here, tmp_path):
    cloud = here
    (tmp_path / "broken.toml").write_text("[[products]]\nslug = 3\n")

    assert "python -m cloud household add" in refused(cloud("agents", "add", "pi-1"))
    assert "Europe/Berlin" in refused(cloud("household", "add", "Ada", "--time-zone", "Mars/Olympus"))
    assert "ISO 4217" in refused(cloud("household", "add", "Ada", "--currency", "€"))
    assert "cannot read" in refused(cloud("catalogue", "load", "absent.toml"))
    assert "slug" in refused(cloud("catalogue", "load", "broken.toml"))
    assert "there is no agent pi-9" in refused(cloud("agents", "revoke", "pi-9"))
    done(cloud("household", "add", "Ada"))
    assert "no e-mail address" in refused(cloud("person", "add", "nowhere", "--name", "Ada"))
    for name in ("Küche", "UPPER", "with space", "a" * 64, "cloud", "cloud-web", "cloud-ingest-2"):
        assert "cannot be an agent's name" in refused(cloud("agents", "add", name))
    done(cloud("agents", "add", "pi-1"))
    assert "choose another name" in refused(cloud("agents", "add", "pi-1"))
    done(cloud("household", "add", "Bob"))
    assert "--household" in refused(cloud("agents", "add", "pi-2"))
    assert "pi-2" not in done(cloud("agents", "list"))


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_settings_that_cannot_be_used_are_named(cloud):
    assert "FOREHAND_WEB_PORT" in refused(cloud("agents", "list", FOREHAND_WEB_PORT="soon"))
    assert cloud("agents", "add").returncode == 2


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_a_file_of_passwords_that_cannot_be_written_is_told_and_adds_no_agent(here, monkeypatch, tmp_path):
    done(here("household", "add", "Ada"))
    monkeypatch.setenv("FOREHAND_BROKER_PASSWORDS_FILE", str(tmp_path / "absent" / "passwords"))

    assert "FOREHAND_BROKER_PASSWORDS_FILE" in refused(here("agents", "add", "pi-1"))

    assert "pi-1" not in done(here("agents", "list"))


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_an_invitation_leads_to_where_the_pages_are(here, monkeypatch):
    monkeypatch.setenv("FOREHAND_WEB_PORT", "9000")
    done(here("household", "add", "Ada"))

    assert "http://127.0.0.1:9000/welcome/" in done(here("person", "add", "ada@example.org", "--name", "Ada"))


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
@pytest.mark.slow
def test_a_new_agents_password_opens_the_broker_and_a_revoked_ones_does_not(cloud, tmp_path, broker: Mosquitto):
    where = {
        "FOREHAND_BROKER_PASSWORDS_FILE": str(broker.directory / "passwords"),
        "FOREHAND_BROKER_PORT": str(broker.port),
    }
    done(cloud("household", "add", "Ada"))
    (tmp_path / "agent.toml").write_text(done(cloud("agents", "add", "pi-1", **where)))
    broker.reload()
    assert lets_in(tmp_path)

    done(cloud("agents", "revoke", "pi-1", **where))
    broker.reload()
    assert not lets_in(tmp_path)


def lets_in(folder) -> bool:
    """Whether the broker takes what agent.toml says."""
    broker = agent_file.load(folder / "agent.toml").broker
    bus = PahoBus("pi-1", broker.host, broker.port, broker.username, broker.password)
    connected = threading.Event()
    bus.start([], lambda _delivery: None, connected.set)
    try:
        return connected.wait(3)
    finally:
        bus.stop()
