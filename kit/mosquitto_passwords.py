"""Mosquitto's password file, written without its tool: `name:$7$rounds$salt$hash`, PBKDF2 with SHA-512.

A password here is 128 random bits or more, so the rounds guard nothing: they are what the broker's own tool writes.
After a change the broker must be told (SIGHUP); it reads the file only then.
"""

import base64
import hashlib
import os
from pathlib import Path

ROUNDS = 101
SALT_BYTES = 12  # Mosquitto before 2.0.15 reads no other length


def entry(username: str, password: str, salt: bytes) -> str:
    """One line of the file, without its end."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS, dklen=64)
    return f"{username}:$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def put(path: Path, line: str) -> None:
    """Add an entry, or take the place of the same user's. The file is replaced whole: a reader sees old or new."""
    username = line.partition(":")[0]
    _write(path, [*(kept for kept in _lines(path) if kept.partition(":")[0] != username), line])


def remove(path: Path, username: str) -> None:
    """Harmless when there is no such user."""
    _write(path, [kept for kept in _lines(path) if kept.partition(":")[0] != username])


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _write(path: Path, lines: list[str]) -> None:
    fresh = path.with_name(path.name + ".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w") as file:  # noqa: PTH123 - its mode
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
        if path.exists():  # the broker reads it under its own user: keep whose it is
            owner = path.stat()
            os.fchmod(file.fileno(), owner.st_mode)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
    fresh.replace(path)
