"""The schema goes up and down with a household's data in it, and says the same as the models."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from cloud import db
from tests.reviewing import Home


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
