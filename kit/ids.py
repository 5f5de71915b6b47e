"""Ids come in as an argument, so that the same seed gives the same ledger."""

import random
import secrets
from collections.abc import Callable

Ids = Callable[[], str]
"""Each call gives a fresh id: 32 lower-case hexadecimal digits, 128 bits."""


def system() -> str:
    """An id nobody can guess."""
    return secrets.token_hex(16)


def seeded(seed: int) -> Ids:
    """The same ids in the same order for the same seed: for tests and the simulator, never for secrets."""
    source = random.Random(seed)  # noqa: S311 - repeatable on purpose
    return lambda: f"{source.getrandbits(128):032x}"
