"""The broker's password file is written from the database: the cloud is the truth of who may connect."""

import os
import secrets
import signal
from pathlib import Path

from sqlmodel import Session

from cloud.devices import registry
from cloud.settings import Settings
from contract.permissions import CLOUD_USERS
from kit import mosquitto_passwords


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
    entries += [agent.broker_entry for agent in registry.everyone(session) if agent.revoked_at is None]
    mosquitto_passwords.write(path, entries)
    reload(settings)
    return True


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
