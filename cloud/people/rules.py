"""Who may sign in, and when it is time to wait."""

import hashlib
from datetime import datetime, timedelta

SIGN_IN_LASTS = timedelta(days=30)
IDLE_ENDS_AFTER = timedelta(days=7)
INVITE_LASTS = timedelta(days=7)
FREE_TRIES = 5
LONGEST_LOCK = timedelta(minutes=15)
SHORTEST_PASSWORD, LONGEST_PASSWORD, FEWEST_CHARACTERS = 12, 200, 5


def fingerprint(secret: str) -> str:
    """What the table keeps of a long random secret: 64 hexadecimal digits (SHA-256)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def plain_email(email: str) -> str:
    return email.strip().lower()


def lock_after(failed_count: int) -> timedelta:
    """How long an account rests after that many wrong passwords in a row."""
    if failed_count < FREE_TRIES:
        return timedelta(0)
    return min(LONGEST_LOCK, timedelta(seconds=2 ** min(failed_count - FREE_TRIES + 3, 12)))


def is_live(expires_at: datetime, seen_at: datetime, now: datetime) -> bool:
    return now < expires_at and now - seen_at < IDLE_ENDS_AFTER


def password_problem(password: str) -> str | None:
    """A code, or None: good enough. Length beats composition rules (NIST SP 800-63B)."""
    if len(password) < SHORTEST_PASSWORD:
        return "too_short"
    if len(password) > LONGEST_PASSWORD:
        return "too_long"
    if len(set(password)) < FEWEST_CHARACTERS:
        return "too_simple"
    return None
