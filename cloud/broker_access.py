"""The broker's password file is written from the database: the cloud is the truth of who may connect."""

import os
import secrets
import signal

from sqlmodel import Session

from cloud.devices import registry
from cloud.settings import Settings
from contract.permissions import CLOUD_USERS
from kit import mosquitto_passwords


def write(session: Session, settings: Settings) -> bool:
    """Agents that are not revoked, and the cloud's own names. False: no file is configured, somebody else does it."""
    path = settings.broker_passwords_file
    if path is None:
        return False
    password = settings.broker_password.get_secret_value()
    entries = [
        mosquitto_passwords.entry(user, password, secrets.token_bytes(mosquitto_passwords.SALT_BYTES))
        for user in CLOUD_USERS
    ]
    entries += [agent.broker_entry for agent in registry.everyone(session) if agent.revoked_at is None]
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{entry}\n" for entry in entries))
    if path.exists():
        known = path.stat()
        os.chmod(fresh, known.st_mode & 0o777)  # noqa: PTH101 - the broker reads it, perhaps as another user
        os.chown(fresh, known.st_uid, known.st_gid)
    fresh.replace(path)
    _reload(settings)
    return True


def _reload(settings: Settings) -> None:
    """SIGHUP: Mosquitto reads passwords anew without dropping a connection."""
    if settings.broker_pid_file is None or not settings.broker_pid_file.exists():
        return
    try:
        os.kill(int(settings.broker_pid_file.read_text()), signal.SIGHUP)
    except (ValueError, ProcessLookupError, PermissionError):
        return
