"""A password as Mosquitto keeps it: `name:$7$rounds$salt$hash`, PBKDF2 with SHA-512.

A password here is 128 random bits or more, so the rounds guard nothing: they are what the broker's own tool writes.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

ROUNDS = 101
_PARTS = 5  # nothing, 7, rounds, salt, hash
SALT_BYTES = 12  # Mosquitto before 2.0.15 reads no other length


@dataclass(frozen=True)
class Parts:
    """Salt and digest are in base64."""

    rounds: int
    salt: str
    digest: str


def entry(username: str, password: str, salt: bytes) -> str:
    """What the broker needs to know of this password."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS, dklen=64)
    return f"{username}:$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def taken_apart(line: str) -> Parts:
    """Raises ValueError for what is no entry."""
    parts = line.partition(":")[2].split("$")
    if len(parts) != _PARTS:
        raise ValueError("an entry is name:$7$rounds$salt$hash")
    return Parts(int(parts[2]), parts[3], parts[4])


def is_of(line: str, password: str) -> bool:
    """Whether this entry lets in who says this."""
    username = line.partition(":")[0]
    return hmac.compare_digest(line, entry(username, password, base64.b64decode(taken_apart(line).salt)))
