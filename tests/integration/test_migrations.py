"""The schema goes up and down with a household's data in it, and says the same as the models."""

import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from cloud import db
from tests.reviewing import Home
from tests.shared import ROOT


@pytest.fixture
def engine(empty_database_url):
    made = db.engine(empty_database_url)
    yield made
    made.dispose()


def tables(engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def lived_in(engine) -> int:
    """A household lives in it for some days. How many rows that makes."""
    home = Home(engine)
    home.move_in()
    home.trust()
    home.passes(12, use=0.1)
    return rows(engine)


def rows(engine) -> int:
    with engine.connect() as connection:
        return sum(connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) for name in tables(engine))


def test_up_and_down_and_up_again_with_data_in_it(engine, empty_database_url):
    db.upgrade(empty_database_url)
    assert lived_in(engine) > 50

    command.downgrade(db.alembic_config(empty_database_url), "base")
    assert tables(engine) == set()

    db.upgrade(empty_database_url)
    assert lived_in(engine) > 50


def test_going_up_twice_changes_nothing(engine, empty_database_url):
    db.upgrade(empty_database_url)
    before = lived_in(engine)

    db.upgrade(empty_database_url)

    assert rows(engine) == before


def test_the_migrations_make_what_the_models_say(engine, empty_database_url):
    db.upgrade(empty_database_url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, SQLModel.metadata) == []


DEVICE = (
    "INSERT INTO devices (id, household_id, agent_id, local_name, identity, type, reachable, created_at, last_heard_at)"
    " VALUES (:id, :home, 'pi-1', 'printer', :identity, 'printer', :yes, :at, :heard)"
)


def test_a_name_that_two_devices_had_means_the_numbered_one_that_was_heard_last(engine, empty_database_url):
    db.upgrade(empty_database_url)
    home = Home(engine)
    home.move_in()
    command.downgrade(db.alembic_config(empty_database_url), "0002")
    known = {"home": home.household_id, "yes": True, "at": home.now}
    with engine.begin() as connection:
        for name, identity, days in (
            ("own", "uuid:own", 5),
            ("lent", "uuid:lent", 3),
            ("bare", "local:pi-1/printer", 9),
        ):
            heard = {"heard": home.now + timedelta(days=days)}
            connection.execute(sa.text(DEVICE), {"id": name, "identity": identity, **known, **heard})

    db.upgrade(empty_database_url)

    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT local_name, device_id FROM device_names")).all() == [
            ("printer", "own")
        ]


UPGRADE = """
import sys
from alembic import command
from cloud import db
print("ready", flush=True)
sys.stdin.readline()
db.upgrade(sys.argv[1])
"""


@pytest.mark.slow
def test_processes_that_start_together_on_an_empty_database_migrate_it_once(engine, empty_database_url):
    started = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, empty_database_url], cwd=ROOT, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(6)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    said = [process.communicate(timeout=60)[1] for process in started]
    assert said == [""] * 6
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM alembic_version")) == 1
