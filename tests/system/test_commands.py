"""The cloud's command line as an engineer uses it: answers on stdout, errors in words, exit codes."""

import json
import os
import re
import subprocess
import sys

import pytest
from sqlmodel import select

from cloud import db
from cloud.__main__ import main
from cloud.devices.tables import Agent
from contract.permissions import CLOUD_USERS, KEEPER
from edge import config as agent_file
from tests.shared import ROOT


@pytest.fixture
def cloud(tmp_path, empty_database_url):
    """`python -m cloud …` on an empty database, which the first command migrates by itself."""
    given = {
        "FOREHAND_DATABASE_URL": empty_database_url,
        "FOREHAND_DATA_DIR": str(tmp_path / "data"),
        "FOREHAND_BROKER_PORT": "1999",
        "FOREHAND_BROKER_PASSWORD": "of-the-cloud",
        "FOREHAND_BROKER_KEEPER_PASSWORD": "of-the-keeper",
        "FOREHAND_CREDENTIAL_KEY": "k" * 32,
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
    assert users(cloud, tmp_path) == {*CLOUD_USERS, KEEPER, "pi-1"}
    assert "never heard" in done(cloud("agents", "list"))

    assert "pi-1 is revoked" in done(cloud("agents", "revoke", "pi-1"))
    engine = db.engine(empty_database_url)
    with db.reading(engine) as session:
        assert session.exec(select(Agent)).one().revoked_at is not None
    engine.dispose()


def users(cloud, folder) -> set[str]:
    done(cloud("broker-file", "broker.json"))
    return {client["username"] for client in json.loads((folder / "broker.json").read_text())["clients"]}


@pytest.fixture
def here(tmp_path, empty_database_url, monkeypatch, capsys):
    """The same in this process: quicker, for many commands."""
    monkeypatch.setenv("FOREHAND_DATABASE_URL", empty_database_url)
    monkeypatch.setenv("FOREHAND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FOREHAND_CREDENTIAL_KEY", "k" * 32)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        code = main(list(words))
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return run


def test_an_agents_file_names_the_broker_as_it_is_reached_from_outside(here, monkeypatch):
    done(here("household", "add", "Ada"))
    monkeypatch.setenv("FOREHAND_AGENTS_BROKER_HOST", "forehand.example")
    monkeypatch.setenv("FOREHAND_AGENTS_BROKER_TLS", "true")

    told = done(here("agents", "add", "pi-1"))

    assert 'host = "forehand.example"' in told
    assert "tls = true" in told


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
    for name in ("Küche", "UPPER", "with space", "a" * 64, "cloud", "cloud-web", "cloud-keeper"):
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
def test_a_brokers_file_that_cannot_be_written_or_would_let_nobody_in_is_told(here, monkeypatch):
    assert "FOREHAND_BROKER_PASSWORD" in refused(here("broker-file", "broker.json"))
    monkeypatch.setenv("FOREHAND_BROKER_PASSWORD", "of-the-cloud")
    monkeypatch.setenv("FOREHAND_BROKER_KEEPER_PASSWORD", "of-the-keeper")

    assert "absent/broker.json cannot be written" in refused(here("broker-file", "absent/broker.json"))


def test_a_schema_that_is_newer_than_the_program_is_told_in_a_line(cloud, empty_database_url):
    done(cloud("household", "add", "Ada"))
    engine = db.engine(empty_database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()

    assert "schema is newer than this program" in refused(cloud("household", "add", "Bob"))


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_without_a_key_no_agent_is_added(here, monkeypatch):
    done(here("household", "add", "Ada"))
    monkeypatch.delenv("FOREHAND_CREDENTIAL_KEY")

    assert "FOREHAND_CREDENTIAL_KEY" in refused(here("agents", "add", "pi-1"))

    assert "pi-1" not in done(here("agents", "list"))


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_an_invitation_leads_to_where_the_pages_are(here, monkeypatch):
    monkeypatch.setenv("FOREHAND_WEB_PORT", "9000")
    done(here("household", "add", "Ada"))

    assert "http://127.0.0.1:9000/welcome/" in done(here("person", "add", "ada@example.org", "--name", "Ada"))
