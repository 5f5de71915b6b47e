"""Mosquitto's password file, written without its tool: `name:$7$rounds$salt$hash`, PBKDF2 with SHA-512.

A password here is 128 random bits or more, so the rounds guard nothing: they are what the broker's own tool writes.
The file is replaced whole: a reader sees old or new. After a change the broker must be told (SIGHUP); it reads the
file only then.
"""

import base64
import hashlib
import os
from pathlib import Path

ROUNDS = 101
_PARTS = 5  # nothing, 7, rounds, salt, hash
SALT_BYTES = 12  # Mosquitto before 2.0.15 reads no other length


def entry(username: str, password: str, salt: bytes) -> str:
    """One line of the file, without its end."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS, dklen=64)
    return f"{username}:$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def is_of(line: str, password: str) -> bool:
    """Whether this line of the file lets in who says this."""
    username, _, coded = line.partition(":")
    parts = coded.split("$")
    return len(parts) == _PARTS and entry(username, password, base64.b64decode(parts[3])) == line


def put(path: Path, line: str) -> None:
    """Add an entry, or take the place of the same user's."""
    username = line.partition(":")[0]
    known = path.read_text().splitlines() if path.exists() else []
    write(path, [*(kept for kept in known if kept.partition(":")[0] != username), line])


def write(path: Path, entries: list[str]) -> None:
    """These users and no others. The broker may read it under another user: whose it is, and for whom, stays.

    Raises OSError, also when whose it is cannot be kept; then the old file stands.
    """
    fresh = path.with_name(path.name + ".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w") as file:  # noqa: PTH123 - its mode
        if path.exists():
            known = path.stat()
            mine = os.fstat(file.fileno())
            if (known.st_uid, known.st_gid) != (mine.st_uid, mine.st_gid):
                os.fchown(file.fileno(), known.st_uid, known.st_gid)
            os.fchmod(file.fileno(), known.st_mode)
        file.write("".join(f"{line}\n" for line in entries))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
