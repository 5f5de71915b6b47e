"""When to try again."""

from datetime import timedelta

MAX_ATTEMPTS = 10
LEASE_S = 300
REST = timedelta(minutes=1)
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between machines

_PAUSES = tuple(
    timedelta(seconds=s) for s in (5, 300, 1800, 7200, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
_JITTER = 0.2


def pause_after(attempt: int, chance: float) -> timedelta:
    """How long to wait after the `attempt`-th failure (from 1). `chance` in [0, 1) spreads the crowd by ±20 %.

    The steps are those of the Standard Webhooks specification.
    """
    base = _PAUSES[min(max(attempt, 1), len(_PAUSES)) - 1]
    return base * (1 + _JITTER * (2 * chance - 1))


def urgent_pause_after(attempt: int, chance: float) -> timedelta:
    """As `pause_after`, for what is worth nothing in an hour: a second, then twice as long each time, up to half a
    minute."""
    return timedelta(seconds=min(2 ** min(attempt - 1, 5), 30)) * (1 + _JITTER * (2 * chance - 1))
