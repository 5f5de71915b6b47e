"""The jobs role: on every tick, whoever holds the lease does what is due."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from cloud import db
from cloud.jobs import lease
from cloud.jobs.tables import TaskRun
from kit.clock import Clock

LEASE = "jobs"
LEASE_LASTS = timedelta(seconds=60)

log = structlog.get_logger()


@dataclass(frozen=True)
class Task:
    """Something to do again and again. `run` opens its own short transactions; twice does no harm."""

    name: str
    every: timedelta
    run: Callable[[datetime], None]


@dataclass
class Jobs:
    """`tick` is all there is: a `Ticker` calls it in a service, the simulator calls it by itself."""

    engine: Engine
    clock: Clock
    holder: str
    tasks: list[Task]
    lease_lasts: timedelta = LEASE_LASTS
    _ticked_s: float | None = None  # monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _was_down: bool = False

    def tick(self, now: datetime) -> bool:
        """Do what is due. False: another process holds the lease, or the database is away."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            return self._tick(now)
        finally:
            self._lock.release()

    def ticked_within(self, seconds: float) -> bool:
        """The last tick that reached the database is no older than that, in real time."""
        return self._ticked_s is not None and time.monotonic() - self._ticked_s < seconds

    def release(self, now: datetime) -> None:
        """On a clean stop: another process need not wait for the lease to run out."""
        with db.transaction(self.engine) as session:
            lease.give_back(session, LEASE, self.holder, now)

    def _tick(self, now: datetime) -> bool:
        try:
            with db.transaction(self.engine) as session:
                token = lease.take(session, LEASE, self.holder, now, self.lease_lasts)
        except SQLAlchemyError as error:
            if not self._was_down:
                log.warning("jobs_database_is_away", error=type(error).__name__)
            self._was_down = True
            return False
        self._was_down = False
        self._ticked_s = time.monotonic()
        if token is None:
            return False
        for task in self.tasks:
            if self._is_due(task, token, now):
                self._run(task, now)
        return True

    def _is_due(self, task: Task, token: int, now: datetime) -> bool:
        if not task.every:
            return True  # at every tick, and this tick has just renewed the lease
        with db.transaction(self.engine) as session:
            row = session.get(TaskRun, task.name)
            if row is not None and row.started_at <= now < row.started_at + task.every:
                return False  # a start in the future means that the clock stepped back: run
            if not lease.still_holds(session, LEASE, token):
                return False
            failures = 0 if row is None else row.failures
            session.merge(TaskRun(name=task.name, started_at=now, failures=failures))
            return True

    def _run(self, task: Task, now: datetime) -> None:
        try:
            task.run(now)
        except Exception:
            log.exception("task_failed", task=task.name)
            with db.transaction(self.engine) as session:
                row = session.get(TaskRun, task.name) or TaskRun(name=task.name, started_at=now)
                row.failures += 1
                session.add(row)
