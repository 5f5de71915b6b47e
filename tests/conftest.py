"""Fixtures that many tests share: a real broker, fresh databases."""

import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from contract.permissions import CLOUD_USERS
from kit.mosquitto import Mosquitto, free_port
from tests.shared import needs_program
from tests.support import compiled
from tests.support.brokers import MemoryWorld, RealWorld, World, let_in
from tests.support.databases import Databases, PostgresServer, SqliteFiles

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest and tempfile make folders of their own in it
ROOM_BYTES = 2**31
USERS = ("pi-1", "pi-2", *CLOUD_USERS)
_numbers = itertools.count(1)


def pytest_configure() -> None:
    """What tests write is kept in memory where there is room: a database of ours waits for the disk at every commit."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
        os.environ.setdefault("TMPDIR", str(MEMORY))
        tempfile.tempdir = None  # asked anew
    compiled.share()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Side by side, whole programs run first: they wait more than they work."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: "system" not in item.path.parts)


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """A program that a test ran in this process has set up the logs as it likes them."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where many sign in, comparing is not slow. That it is slow in use has tests of its own."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("cloud.people.service._HASHER", quick)


@pytest.fixture
def broker(tmp_path: Path, passwords: dict[str, str]) -> Iterator[Mosquitto]:
    """A real Mosquitto with the shipped configuration; USERS may connect."""
    made = Mosquitto(tmp_path / "mosquitto", free_port(), needs_program("mosquitto"))
    let_in(made, passwords)
    yield made
    made.stop()


@pytest.fixture
def passwords() -> dict[str, str]:
    """What each of USERS says to the broker."""
    return {user: secrets.token_urlsafe(16) for user in USERS}


@pytest.fixture
def real_world(broker: Mosquitto, passwords: dict[str, str]) -> Iterator[RealWorld]:
    made = RealWorld(broker, passwords)
    yield made
    made.stop_all()


@pytest.fixture(params=["memory", "mqtt5", "mqtt311"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The stand-in and the real thing: they pass the same tests."""
    if request.param == "memory":
        yield MemoryWorld()
        return
    made: RealWorld = request.getfixturevalue("real_world")
    made.protocol = 5 if request.param == "mqtt5" else 311
    yield made


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """In a folder of its own: another run of pytest would take the server's user the way into pytest's."""
    with tempfile.TemporaryDirectory(prefix="forehand-postgres-", ignore_cleanup_errors=True) as folder:
        made = PostgresServer(Path(folder) / "data")
        made.start()
        yield made
        made.stop()


@pytest.fixture
def sqlite_url(sqlite_files: SqliteFiles) -> Iterator[str]:
    """An empty SQLite database."""
    yield from _given(sqlite_files, migrated=False)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database."""
    yield from _given(postgres_server, migrated=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """For what migrates by itself."""
    yield from _given(_databases(request), migrated=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database with every table, on both kinds."""
    yield from _given(_databases(request), migrated=True)


def _databases(request: pytest.FixtureRequest) -> Databases:
    made: Databases = request.getfixturevalue("sqlite_files" if request.param == "sqlite" else "postgres_server")
    return made


def _given(databases: Databases, *, migrated: bool) -> Iterator[str]:
    url = databases.fresh(f"forehand_{next(_numbers)}", migrated=migrated)
    yield url
    databases.drop(url)
