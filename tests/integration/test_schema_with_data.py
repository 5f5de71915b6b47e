"""Every table has rows; the schema goes down step by step and up again: what a step does not drop is still there."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

from cloud import db
from cloud.devices import registry
from tests.alarms_world import Night
from tests.reviewing import Home
from tests.support import schemas
from tests.support.processes import until

STEPS = schemas.revisions()
ODD_NAME = {
    "agent_id": "'agents.id'", "local_name": "'device_names.local_name'", "device_id": "'devices.id'"
}  # fmt: skip
"""The only one that its device does not bear: the names are made anew from what the devices say of themselves."""
_numbers = itertools.count(1)


@dataclass
class Lived:
    """A database at the newest revision. `way_up`: its schema after each revision, while nothing was in it."""

    url: str
    way_up: dict[str, schemas.Schema]
    home: Home

    @property
    def engine(self) -> Engine:
        return self.home.engine

    def down(self, revision: str) -> None:
        command.downgrade(db.alembic_config(self.url), revision)

    def rows(self) -> schemas.Rows:
        return schemas.rows(self.engine)

    def schema(self) -> schemas.Schema:
        return schemas.schema(self.engine)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def original(request):
    """Made once; each test gets a copy."""
    databases = request.getfixturevalue("sqlite_files" if request.param == "sqlite" else "postgres_server")
    url = databases.fresh("forehand_lived", migrated=False)
    engine, way_up = db.engine(url), {}
    for revision in STEPS:
        db.upgrade(url, revision)
        way_up[revision] = schemas.schema(engine)
    made = Lived(url, way_up, _lived_in(engine))
    engine.dispose()
    yield databases, made
    databases.drop(url)


def _lived_in(engine: Engine) -> Home:
    """Ada's home orders ink; in another one somebody has fallen. Then a row of everything that there is."""
    home = Home(engine)
    home.move_in()
    home.trust()
    home.passes(12, use=0.1)
    home.away(home.now.date(), home.now.date())
    night = Night(engine, agent="pi-2")
    night.move_in("Bert", "Cara")
    night.falls()
    night.evidence()
    night.passes(timedelta(hours=1))
    schemas.fill(engine)
    return home


@pytest.fixture
def lived(original):
    databases, made = original
    url = databases.copy(made.url, f"forehand_lived_{next(_numbers)}")
    engine = db.engine(url)
    home = replace(made.home, engine=engine)
    home.review = lambda: None
    yield Lived(url, made.way_up, home)
    engine.dispose()
    databases.drop(url)


def test_no_table_and_no_column_is_without_a_value(lived):
    found = lived.rows()

    assert found.keys() == {table.name for table in schemas.tables()}
    for name, rows in found.items():
        assert rows, name
        assert [column for column in rows[0] if all(row[column] == "None" for row in rows)] == [], name


def test_each_step_down_loses_what_its_revision_had_added_and_nothing_else(lived):
    for before, revision in reversed(list(pairwise(STEPS))):
        held = lived.rows()

        lived.down(before)

        assert lived.schema() == lived.way_up[before], revision
        kept = schemas.common(lived.way_up[revision], lived.way_up[before])
        assert schemas.only(lived.rows(), kept) == schemas.only(held, kept), revision


def test_after_the_way_down_and_up_again_all_that_was_never_dropped_is_there_and_the_home_lives_on(lived):
    oldest, newest = lived.way_up[STEPS[0]], lived.way_up[STEPS[-1]]
    never_dropped = schemas.common(oldest, newest)
    assert len(never_dropped) > 30
    held = lived.rows()

    lived.down(STEPS[0])
    db.upgrade(lived.url)

    assert lived.schema() == newest
    found = lived.rows()
    assert schemas.only(found, never_dropped) == schemas.only(held, never_dropped)
    assert [name for name in held["device_names"] if name not in found["device_names"]] == [ODD_NAME]
    lived.home.passes(1)
    after = lived.rows()
    assert [len(after[name]) - len(found[name]) for name in ("readings", "slots", "devices")] == [4, 0, 0]


def test_an_agent_that_nobody_has_claimed_is_shut_out_on_the_way_down_and_no_other(lived):
    before = _shut_out(lived)
    with db.transaction(lived.engine) as session:
        registry.announce(session, registry.NewAgent("pi-3", lived.home.household_id, "Hall"), lived.home.now)

    lived.down("0006")

    assert _shut_out(lived) - before == {"pi-3"}


def _shut_out(lived: Lived) -> set[str]:
    return {row["id"].strip("'") for row in lived.rows()["agents"] if row["revoked_at"] != "None"}


@pytest.mark.parametrize("original", ["postgresql"], indirect=True)  # SQLite lets nobody in beside a change
def test_a_change_that_meets_others_at_work_lets_them_pass_and_comes_when_they_have_ended(lived):
    """One has read wearers and wants agents, the change has agents and wants wearers: each would wait for the other."""
    lived.down("0004")
    held = lived.rows()

    with ThreadPoolExecutor(1) as beside, lived.engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM wearers")
        change = beside.submit(db.upgrade, lived.url)
        until(lambda: _is_changing(lived, "agents"))
        reader.exec_driver_sql("SET deadlock_timeout = '20s'")
        reader.exec_driver_sql("SELECT count(*) FROM agents")
        assert not change.done()
        reader.rollback()
        change.result(30)

    assert lived.schema() == lived.way_up[STEPS[-1]]
    assert len(lived.rows()["agents"]) == len(held["agents"])


def _is_changing(lived: Lived, table: str) -> bool:
    """Somebody holds it for themselves."""
    asked = sa.text(
        "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation "
        "WHERE relname = :name AND mode = 'AccessExclusiveLock' AND granted"
    )
    with lived.engine.connect() as connection:
        return bool(connection.execute(asked, {"name": table}).scalar())


def test_the_migrations_and_the_models_make_the_same_schema_to_the_last_index_and_check(lived):
    lived.down("base")
    assert lived.schema() == {}

    SQLModel.metadata.create_all(lived.engine)

    made, newest = lived.schema(), lived.way_up[STEPS[-1]]
    assert made.keys() == newest.keys()
    for name, table in made.items():
        assert table == newest[name], name
