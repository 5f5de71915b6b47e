"""Expand a stranger's calendar in a child process that may be killed: 2 s of CPU, 256 MB, nothing inherited.

`python -m cloud.calendars.expand` reads one JSON request on stdin and writes one JSON answer on stdout.
"""

import base64
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from cloud.calendars.ics import Ask, Found, Refused, read

CPU_S = 2
MEMORY_BYTES = 256 * 1024 * 1024
WALL_S = 20.0
SERIES_CPU_S = 0.25
_ROOT = Path(__file__).resolve().parents[2]

log = structlog.get_logger()


def in_child(body: bytes, ask: Ask) -> Found | Refused:
    """An Expander for calendars that nobody vouches for. A child that dies or hangs: `too_costly`."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cloud.calendars.expand"],
            input=_request(body, ask), capture_output=True, timeout=WALL_S, cwd=_ROOT,
            env={"PYTHONPATH": str(_ROOT)}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Refused("too_costly")
    if done.returncode != 0:
        log.warning("calendar_expansion_died", returncode=done.returncode)
        return Refused("too_costly")
    return _answer(json.loads(done.stdout))


def main() -> None:
    """The child: limits first, then the stranger's bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = int(used.ru_utime + used.ru_stime) + CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = json.loads(sys.stdin.buffer.read())
    ask = Ask(
        zone=request["zone"],
        starts_at=datetime.fromisoformat(request["starts_at"]),
        ends_at=datetime.fromisoformat(request["ends_at"]),
        words=tuple(request["words"]),
        all_events=request["all_events"],
    )
    sys.stdout.write(json.dumps(_plain(read(base64.b64decode(request["body"]), ask, series_budget))))


@contextmanager
def series_budget() -> Iterator[None]:
    """One series may use a quarter of a second; a rule that never matches must not cost the whole feed."""
    signal.signal(signal.SIGVTALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_VIRTUAL, SERIES_CPU_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _request(body: bytes, ask: Ask) -> bytes:
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "zone": ask.zone,
            "starts_at": ask.starts_at.isoformat(),
            "ends_at": ask.ends_at.isoformat(),
            "words": ask.words,
            "all_events": ask.all_events,
        }
    ).encode()


def _plain(found: Found | Refused) -> dict[str, Any]:
    if isinstance(found, Refused):
        return {"refused": found.code}
    absences = [[start.isoformat(), end.isoformat()] for start, end in found.absences]
    return {"absences": absences, "quarantined": found.quarantined, "events": found.events}


def _answer(plain: dict[str, Any]) -> Found | Refused:
    if "refused" in plain:
        return Refused(plain["refused"])
    absences = tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in plain["absences"])
    return Found(absences, tuple(plain["quarantined"]), plain["events"])


if __name__ == "__main__":
    main()
