"""Is the wall clock right? A Raspberry Pi starts with the time of its last shutdown, or with 1970."""

import ctypes
from datetime import UTC, datetime
from pathlib import Path

_TIMESYNCD = Path("/run/systemd/timesync")
_OTHER_DAEMONS = (Path("/run/chrony"), Path("/run/chronyd.pid"), Path("/run/ntpd.pid"))
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # struct timex has 208; the kernel writes only those
_PLAUSIBLE_FROM = datetime(2025, 1, 1, tzinfo=UTC)


def is_synchronised() -> bool:
    """Ask who keeps the clock; where nobody does, a plausible year must do."""
    if datetime.now(UTC) < _PLAUSIBLE_FROM:
        return False
    if _TIMESYNCD.is_dir():
        return (_TIMESYNCD / "synchronized").exists()
    if _kernel_says_so():
        return True
    return not any(path.exists() for path in _OTHER_DAEMONS)


def _kernel_says_so() -> bool:
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR
