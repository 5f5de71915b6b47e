"""A thread that only ticks: what is due stands in rows, who works stands in a lease.

It waits by a clock that never steps back: one that planned by the wall clock would stand still for as long as that was
set back.
"""

import threading
from dataclasses import dataclass, field

import structlog

from cloud.jobs.runner import Jobs

log = structlog.get_logger()


@dataclass
class Ticker:
    """Every `every_s` of real time; a tick that takes longer is followed by the next, not by those that it missed."""

    jobs: Jobs
    every_s: float
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when the tick under way has ended."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self.every_s):
            try:
                self.jobs.tick(self.jobs.clock.now())
            except Exception:  # nothing ends this thread
                log.exception("jobs_tick_failed")
