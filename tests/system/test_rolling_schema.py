"""Another version that adds to the schema comes role by role on PostgreSQL, while the readings go on: none is lost."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from benchmarks.alarm_stage import PASSWORD, furnish
from cloud import db
from kit.mosquitto import ACCESS, Mosquitto, configure, free_port
from tests.shared import ROOT, needs_program
from tests.support import schemas
from tests.support.homes import allow
from tests.support.processes import Child, until

SCALES = 12  # each is read once a second
AGAIN = '"event": "database_is_away"'  # the database ended one of two that waited for each other; it was tried again
NEXT = '''
"""what the next version adds, also to the tables that every message touches"""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("readings", sa.Column("note", sa.String(length=40), nullable=True))
    op.create_index("ix_readings_note", "readings", ["note"])
    for table in ("inbox", "agents", "slots", "leases"):
        op.add_column(table, sa.Column("looked_at", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("slot_id", sa.String(length=32), sa.ForeignKey("slots.id"), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError
'''


@dataclass
class Stage:
    """`roles` by name; each with a port that tells whether it is ready."""

    work: Path
    engine: sa.Engine
    roles: dict[str, Child]
    agent: Child

    def asks(self, question: str) -> list[tuple]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(question))]

    def stored(self) -> int:
        return self.asks("SELECT count(*) FROM inbox WHERE lane = 'readings'")[0][0]

    def is_ready(self, name: str) -> bool:
        port = self.roles[name].env["FOREHAND_WEB_PORT" if name == "web" else "FOREHAND_STATUS_PORT"]
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/readyz").is_success
        except httpx2.TransportError:
            return False


@pytest.fixture
def stage(postgres_url, tmp_path):
    broker = Mosquitto(tmp_path / "broker", free_port(), needs_program("mosquitto"))
    configure(broker.directory, broker.port)
    env = _environment(tmp_path, postgres_url, broker.port)
    db.upgrade(postgres_url)
    engine = db.engine(postgres_url)
    agent = Child(("edge", "--config", str(_furnished(tmp_path, env, broker))), env, tmp_path / "agent.log")
    allow(engine, "supply")
    roles = {name: _role(tmp_path, env, name) for name in ("web", "ingest", "ingest-2", "jobs")}
    broker.start()
    for child in (*roles.values(), agent):
        child.start()
    yield Stage(tmp_path, engine, roles, agent)
    for child in (agent, *roles.values()):
        child.stop()
        sys.stdout.write(f"{child.log.name}:\n{child.says()[-2000:]}\n")  # shown when the test fails
    broker.stop()
    engine.dispose()


def _environment(work: Path, url: str, broker_port: int) -> dict[str, str]:
    given = {
        "DATABASE_URL": url,
        "DATA_DIR": str(work / "data"),
        "BROKER_PORT": str(broker_port),
        "BROKER_PASSWORD": PASSWORD,
        "INGEST_SHARES": "true",
    }
    return {**os.environ, **{f"FOREHAND_{name}": value for name, value in given.items()}, "PYTHONPATH": str(ROOT)}


def _furnished(work: Path, env: dict[str, str], broker: Mosquitto) -> Path:
    """One home whose agent reads scales. Returns where agent.toml is."""
    (password,) = furnish(env, 0, broker.directory / ACCESS, agents=1).values()
    (work / "weights.csv").write_text("grams\n" + "\n".join(str(1500 - n) for n in range(1000)) + "\n")
    scales = "".join(
        f'[[devices]]\nname = "scale-{n}"\ntype = "scale"\naddress = "weights.csv"\nmax_g = 2000\n'
        for n in range(SCALES)
    )
    at = f'host = "127.0.0.1"\nport = {broker.port}\npassword = "{password}"\n'
    (work / "agent.toml").write_text(f'agent = "home-0"\n[broker]\n{at}{scales}')
    return work / "agent.toml"


def _role(work: Path, env: dict[str, str], name: str) -> Child:
    own = {"BROKER_USERNAME": f"cloud-{name}", "WEB_PORT": str(free_port()), "STATUS_PORT": str(free_port())}
    given = {f"FOREHAND_{key}": value for key, value in own.items()}
    return Child(("cloud", name.partition("-")[0]), env | given, work / f"{name}.log")


@pytest.fixture
def next_version(tmp_path):
    """As it is here, with a revision more."""
    folder = tmp_path / "next"
    for package in ("cloud", "contract", "kit"):
        shutil.copytree(ROOT / package, folder / package)
    revision = folder / "cloud" / "migrations" / "versions" / "next_version.py"
    revision.write_text(NEXT.strip().format(newest=schemas.revisions()[-1]) + "\n")
    return folder


@pytest.mark.slow
def test_roles_of_this_version_work_on_while_the_next_one_adds_to_the_schema_and_takes_their_places(
    stage, next_version
):
    until(lambda: all(stage.is_ready(name) for name in stage.roles) and stage.stored() > SCALES)

    _migrated_by(next_version, stage)
    _all_work(stage)
    for name, role in stage.roles.items():
        role.stop()
        role.folder = next_version
        role.start()
        until(lambda name=name: stage.is_ready(name))
    _all_work(stage)

    _nothing_is_missing(stage)
    assert _errors(stage) == []


def _migrated_by(version: Path, stage: Stage) -> None:
    migrates = Child(("cloud", "migrate"), stage.roles["jobs"].env, stage.work / "migrate.log", version)
    migrates.start()
    assert migrates.process is not None
    assert migrates.process.wait(60) == 0, migrates.says()
    assert stage.asks("SELECT version_num FROM alembic_version") == [("next",)]


def _all_work(stage: Stage) -> None:
    """Readings are committed, tasks begun, and every role says that it is ready."""
    before, (began,) = stage.stored(), stage.asks("SELECT now()")
    until(lambda: stage.stored() > before + 2 * SCALES)
    until(lambda: stage.asks("SELECT max(started_at) FROM task_runs") > [began])
    assert [name for name in stage.roles if not stage.is_ready(name)] == []


def _nothing_is_missing(stage: Stage) -> None:
    """The agent reads no more, and sends what it holds."""
    stage.agent.stop()
    config = stage.work / "agent.toml"
    config.write_text(config.read_text().partition("[[devices]]")[0])
    stage.agent.start()
    with closing(sqlite3.connect(f"file:{stage.work / 'state' / 'spool.db'}?mode=ro", uri=True)) as spool:
        until(lambda: spool.execute("SELECT count(*) FROM messages").fetchone() == (0,))
        (following,) = spool.execute("SELECT next_seq FROM lanes WHERE lane = 'readings'").fetchone()
    kept = stage.asks("SELECT seq FROM inbox WHERE lane = 'readings' ORDER BY seq")
    assert kept == [(n,) for n in range(1, following)]
    assert stage.asks("SELECT count(*), count(DISTINCT (seq, position)) FROM readings") == [(following - 1,) * 2]
    assert stage.asks("SELECT count(*) FROM set_aside") == stage.asks("SELECT count(*) FROM gaps") == [(0,)]


def _errors(stage: Stage) -> list[str]:
    """What any role, old or new, has said of a statement that the database did not take, and never would."""
    lines = [line for role in stage.roles.values() for line in role.says().splitlines()]
    return [line for line in lines if ("Error" in line or '"level": "error"' in line) and AGAIN not in line]
