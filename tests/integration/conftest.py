"""Worlds that several files of tests begin with."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from cloud import db
from tests.alarms_world import Night
from tests.answers_world import House
from tests.reviewing import Home


@pytest.fixture(autouse=True)
def all_sign_in_quickly(quick_passwords: None) -> None:
    """Everywhere here."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """On each kind of database."""
    made = db.engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def empty(engine: Engine) -> Night:
    """Nobody has moved in yet."""
    return Night(engine)


@pytest.fixture
def night(empty: Night) -> Night:
    """Ada wears her band; Bert and Cara are called for her, then Sam."""
    empty.move_in("Bert", "Cara")
    return empty


@pytest.fixture
def home(engine: Engine) -> Home:
    """Ada's, with one printer that is read but has used nothing yet."""
    made = Home(engine)
    made.move_in()
    return made


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)
