"""The database's file is for whoever runs the service: it tells when nobody is home."""

import os
import stat

import pytest

from cloud import db
from cloud.__main__ import _prepared
from cloud.settings import Settings


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def write(path):
    """Modes of all its files while it is open."""
    engine = db.engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE home (empty INTEGER)")
    found = {each.name: mode(each) for each in path.parent.iterdir()}
    engine.dispose()
    return found


def test_a_new_database_is_for_its_owner_only(tmp_path, usual_umask):
    assert write(tmp_path / "f.db") == {"f.db": 0o600, "f.db-wal": 0o600, "f.db-shm": 0o600}


def test_an_old_database_is_closed_to_the_others_of_its_machine(tmp_path, usual_umask):
    (tmp_path / "f.db").touch(mode=0o644)

    assert write(tmp_path / "f.db")["f.db"] == 0o640


def test_the_folder_of_all_data_is_made_for_its_owner_only(tmp_path, usual_umask):
    assert _prepared(Settings(data_dir=tmp_path / "data"))

    assert mode(tmp_path / "data") == 0o700
