"""Alarms have a loop of their own: no forecast, no order and no slow mail server is ever in front of them."""

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from cloud import db, outbox
from cloud.emergencies import timers
from cloud.outbox.senders import Job, Sender
from kit.clock import Clock
from kit.ids import Ids

LOOK_EVERY_S = 0.05
LEASE_S = 20.0  # a channel that takes longer has failed; whoever was killed while sending is repeated then
AT_ONCE = 32  # sends side by side; so many hanging ones, for their time-out of 15 s, hold up the others
REST_MS = 1000

log = structlog.get_logger()


@dataclass
class Alarms:
    """Any number of processes may run this: rows are locked, and nothing is done twice. `step` is all there is."""

    engine: Engine
    clock: Clock
    ids: Ids
    senders: Mapping[str, Sender]
    chances: random.Random
    lease_s: float = LEASE_S
    wake: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _is_down: bool = False
    _under_way: set[str] = field(default_factory=set)
    _resting: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        """One thread for the timers, one that hands out what is to be sent."""
        for work in (self._keep_time, self._keep_sending):
            thread = threading.Thread(target=work, name=work.__name__.strip("_"), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopping.set()
        self.wake.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def is_healthy(self) -> bool:
        return not self._is_down and all(thread.is_alive() for thread in self._threads)

    def step(self, now: datetime) -> int:
        """Everything that is due, in this thread. Returns how much that was."""
        return self.run_timers(now) + outbox.send_due(
            self.engine, self.senders, self.clock, self.chances, lease_s=self.lease_s, is_urgent=True
        )

    def run_timers(self, now: datetime) -> int:
        """Each alarm in a transaction of its own: one that cannot be handled rests a moment, and delays no other.

        Raises sqlalchemy.exc.SQLAlchemyError when the database is away.
        """
        up_ms = self.clock.up_ms()
        self._resting = {alarm_id: until for alarm_id, until in self._resting.items() if until > up_ms}
        with db.reading(self.engine) as session:
            due = timers.due(session, now)
        return sum(self._run_timer(alarm_id, now) for alarm_id in due if alarm_id not in self._resting)

    def _run_timer(self, alarm_id: str, now: datetime) -> bool:
        try:
            with db.transaction(self.engine, is_urgent=True) as session:
                return timers.run(session, self.ids, alarm_id, now)
        except Exception as error:
            if isinstance(error, SQLAlchemyError) and db.is_outage(error):
                raise
            log.exception("alarm_timer_failed", alarm_id=alarm_id)
            self._resting[alarm_id] = self.clock.up_ms() + REST_MS
            return False

    def _keep_time(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            self._guarded(lambda: self.run_timers(self.clock.now()))

    def _keep_sending(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="alarm-sender") as pool:
            while not self._stopping.is_set():
                self._guarded(lambda: self._hand_out(pool))
                self.wake.wait(LOOK_EVERY_S)
                self.wake.clear()

    def _hand_out(self, pool: ThreadPoolExecutor) -> None:
        """What waits is claimed at once and sent side by side: a channel that hangs holds up nobody else."""
        with db.reading(self.engine) as session:
            if not outbox.is_due(session, self.senders, self.clock.now(), lease_s=self.lease_s):
                return
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return
        with db.transaction(self.engine, is_urgent=True) as session:
            jobs = outbox.claim(session, self.senders, self.clock.now(), limit=room, lease_s=self.lease_s)
        for job in jobs:
            self._under_way.add(job.id)
            pool.submit(self._send, job)

    def _send(self, job: Job) -> None:
        try:
            outbox.send_one(self.engine, self.senders, job, self.clock, self.chances.random(), is_urgent=True)
        finally:
            self._under_way.discard(job.id)

    def _guarded(self, act: Callable[[], object]) -> None:
        """Nothing ends these threads. An outage is told once."""
        try:
            act()
        except SQLAlchemyError as error:
            if not self._is_down:
                log.warning("alarms_database_is_away", error=type(error).__name__)
            self._is_down = True
            self._stopping.wait(1.0)
        except Exception:
            log.exception("alarms_loop_failed")
            self._stopping.wait(1.0)
        else:
            self._is_down = False
