"""The broker's password file is written from the database: the cloud is the truth of who may connect."""

import fcntl
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from cloud import db
from cloud.devices import registry
from cloud.settings import Settings
from contract.permissions import CLOUD_USERS
from kit import mosquitto_passwords

log = structlog.get_logger()


def write(session: Session, settings: Settings) -> bool:
    """Agents that are not revoked, and the cloud's own names. False: no file is configured, somebody else does it.

    Raises OSError when it cannot be written.
    """
    path = settings.broker_passwords_file
    if path is None:
        return False
    password = settings.broker_password.get_secret_value()
    entries = [
        mosquitto_passwords.entry(user, password, secrets.token_bytes(mosquitto_passwords.SALT_BYTES))
        for user in CLOUD_USERS
    ]
    mosquitto_passwords.write(path, [*entries, *_of_agents(session)])
    reload(settings)
    return True


def reconcile(session: Session, settings: Settings) -> bool:
    """Write the file anew where it says something else of agents than the database. True: it did.

    Raises OSError when it cannot be read or written.
    """
    path = settings.broker_passwords_file
    if path is None:
        return False
    password = settings.broker_password.get_secret_value()
    if not password:
        return False  # the cloud's own names would get in with nothing
    known = path.read_text().splitlines() if path.exists() else []
    ours = [line for line in known if line.partition(":")[0] in CLOUD_USERS]
    is_ours = [line.partition(":")[0] for line in ours] == list(CLOUD_USERS) and all(
        mosquitto_passwords.is_of(line, password) for line in ours
    )
    is_theirs = [line for line in known if line not in ours] == _of_agents(session)
    return not (is_ours and is_theirs) and write(session, settings)


def tell(engine: Engine, settings: Settings) -> None:
    """After a commit, and now and then: the broker knows what the database says. Whoever comes second waits.

    A file that cannot be written is said, and tried again.
    """
    path = settings.broker_passwords_file
    if path is None:
        return
    try:
        with turn(settings), db.reading(engine) as session:
            if reconcile(session, settings):
                log.info("broker_told")
    except (OSError, SQLAlchemyError) as error:
        log.error("broker_not_told", file=path.name, error=type(error).__name__)  # noqa: TRY400


@contextmanager
def turn(settings: Settings) -> Iterator[None]:
    """One at a time, in all processes of this machine: from reading the database, or changing it, until it is written.

    Raises OSError.
    """
    path = settings.broker_passwords_file
    if path is None or not path.parent.is_dir():
        yield
        return
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _of_agents(session: Session) -> list[str]:
    standing = [agent for agent in registry.everyone(session) if agent.revoked_at is None]
    return [agent.broker_entry for agent in standing if agent.broker_entry]


def reload(settings: Settings) -> None:
    """SIGHUP: Mosquitto reads passwords anew without dropping a connection. Nothing, when it does not run."""
    if settings.broker_pid_file is None:
        return
    try:
        pid = int(settings.broker_pid_file.read_text())
        if _is_mosquitto(pid):
            os.kill(pid, signal.SIGHUP)
    except (ValueError, OSError):
        return


def _is_mosquitto(pid: int) -> bool:
    """A stale file names who has the number now, and SIGHUP would end it. Where nobody tells, the file is believed."""
    if not Path("/proc/self/comm").exists():
        return True
    return Path(f"/proc/{pid}/comm").read_text().strip() == "mosquitto"
