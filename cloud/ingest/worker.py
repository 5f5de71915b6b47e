"""The ingest role: take what is queued, commit, acknowledge, answer; and again."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from cloud import db
from cloud.devices import inbox
from cloud.flows import intake
from cloud.flows.intake import Reply
from cloud.ingest.rate import TokenBuckets
from contract import topics
from contract.fields import Refusal
from contract.topics import Up
from kit.bus import Bus, BusDownError, Delivery, Subscription
from kit.clock import Clock
from kit.ids import Ids

MOST_AT_ONCE = 500
# One transaction takes no more than this: an alarm may have to wait for its end. What costs time are the readings, and
# how many agents they come from.
MOST_BYTES_TOGETHER = 120_000
MOST_AGENTS_TOGETHER = 40
FORGET_EVERY = 1_000
RETRY_AFTER_S = 1.0
STUCK_AFTER_S = 60.0  # no step takes so long: whoever does not come back within it, does not come back

log = structlog.get_logger()

T = TypeVar("T")


@dataclass
class Counters:
    """What `/metrics` shows of this process."""

    messages: int = 0
    commits: int = 0
    over_limit: int = 0
    poisonous: int = 0


@dataclass(frozen=True)
class _Taken:
    """Out of the queue, and not yet acknowledged."""

    delivery: Delivery
    is_within_limit: bool


DIVIDED = frozenset({Up.READINGS, Up.RESULTS})  # what is retained, and alarms, everybody hears
READINGS_AND_STATE = (Up.STATE, Up.REPORTED, Up.READINGS, Up.RESULTS)
ALARMS = (Up.ALARMS,)


@dataclass
class Ingest:
    """One bus connection and one worker; several processes may run beside each other.

    Alarms have one of their own. `on_commit` is called after each commit. `out`: where answers leave, if not on `bus`.
    `shares`: readings are divided between all that do. Then `bus` keeps no session: what waits for one that is away
    would be kept from the others.
    """

    engine: Engine
    bus: Bus
    clock: Clock
    ids: Ids
    names: tuple[Up, ...] = READINGS_AND_STATE
    on_commit: Callable[[], None] = lambda: None
    out: Bus | None = None
    shares: bool = False
    monotonic_s: Callable[[], float] = time.monotonic
    counters: Counters = field(default_factory=Counters)
    _queue: "queue.Queue[Delivery]" = field(default_factory=queue.Queue)
    _in_hand: list[_Taken] = field(default_factory=list)
    _buckets: TokenBuckets = field(default_factory=TokenBuckets)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _database_down: bool = False
    _moved_s: float = 0.0

    def connect(self) -> None:
        """Begin to receive; what arrives waits in the queue until `step` or the worker takes it."""
        self.bus.start([self._subscription(name) for name in self.names], self._on_message, self._forget_void)

    def _subscription(self, name: Up) -> Subscription:
        group = topics.INGEST_GROUP if self.shares and name in DIVIDED else None
        return Subscription(topics.every_up(name), group)

    def start(self) -> None:
        """Connect, and work on a thread of its own."""
        self._moved_s = self.monotonic_s()
        self.connect()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand. What is queued stays unacknowledged and comes again."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.bus.stop()

    def is_healthy(self) -> bool:
        """Work goes on, messages come, and the database takes them."""
        return self._is_working() and self.bus.is_healthy() and not self._database_down

    def _is_working(self) -> bool:
        if self._thread is None:
            return True
        return self._thread.is_alive() and self.monotonic_s() - self._moved_s < STUCK_AFTER_S

    def counted(self) -> dict[str, float]:
        """For `/metrics`."""
        return {f"ingest_{name}": float(value) for name, value in vars(self.counters).items()}

    def step(self, wait_s: float = 0.0) -> int:
        """Handle what is queued, agent by agent, in short transactions. Returns how many messages that were.

        Whatever it raises, what was taken and is not committed stays in hand for the next step.
        """
        if not self._in_hand:
            self._in_hand = self._take(wait_s)
        count = len(self._in_hand)
        while self._in_hand:
            together, rest = _portion(self._in_hand)
            replies = self._commit([taken.delivery for taken in together if taken.is_within_limit])
            self._in_hand = rest
            for taken in together:
                taken.delivery.ack()
            for reply in replies:
                self._publish(reply)
            self.counters.messages += len(together)
            self._moved_s = self.monotonic_s()
        return count

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._moved_s = self.monotonic_s()
            try:
                self.step(wait_s=0.5)
            except Exception:
                log.exception("ingest_step_failed")
                self._stopping.wait(RETRY_AFTER_S)

    def _on_message(self, delivery: Delivery) -> None:
        if self._queue.qsize() % FORGET_EVERY == FORGET_EVERY - 1:  # also where connections break before they stand
            self._forget_void()
        self._queue.put(delivery)

    def _forget_void(self) -> None:
        """What came over a connection that is gone comes again over the new one. Else each would add to the queue."""
        with self._queue.mutex:
            kept = [delivery for delivery in self._queue.queue if not delivery.is_void()]
            self._queue.queue.clear()
            self._queue.queue.extend(kept)

    def _take(self, wait_s: float) -> list[_Taken]:
        taken: list[_Taken] = []
        try:
            taken.append(self._judged(self._queue.get(timeout=wait_s) if wait_s else self._queue.get_nowait()))
            while len(taken) < MOST_AT_ONCE:
                taken.append(self._judged(self._queue.get_nowait()))
        except queue.Empty:
            pass
        return taken

    def _judged(self, delivery: Delivery) -> _Taken:
        """Each topic has its own bucket: a long drain of readings swallows no birth, no report and no alarm."""
        allowed = self._buckets.allows(delivery.topic, self.clock.up_ms())
        self.counters.over_limit += not allowed
        return _Taken(delivery, is_within_limit=allowed)

    def _commit(self, arrived: list[Delivery]) -> list[Reply]:
        """All in one transaction; if that fails for a reason in the data, one by one, and the culprit is set aside."""
        if not arrived:
            return []
        try:
            return self._patiently(lambda: self._commit_together(arrived))
        except Exception as error:
            if self._is_outage(error):
                raise  # told to stop meanwhile
            log.exception("ingest_batch_failed", messages=len(arrived))
        return [reply for delivery in arrived for reply in self._commit_alone(delivery)]

    def _patiently(self, act: Callable[[], T]) -> T:
        """As often as it takes while the database is away, until the worker is stopped."""
        while True:
            try:
                done = act()
            except SQLAlchemyError as error:
                if not self._is_outage(error) or self._stopping.wait(RETRY_AFTER_S):
                    raise
            else:
                if self._database_down:
                    self._database_down = False
                    log.info("database_is_back")
                return done

    def _commit_together(self, arrived: list[Delivery]) -> list[Reply]:
        with db.transaction(self.engine, is_urgent=Up.ALARMS in self.names) as session:
            replies = intake.on_messages(session, self.ids, arrived, self.clock.now())
        self.counters.commits += 1
        self.on_commit()
        return replies

    def _commit_alone(self, delivery: Delivery) -> list[Reply]:
        try:
            return self._patiently(lambda: self._commit_together([delivery]))
        except Exception as error:
            if self._is_outage(error):
                raise
            log.exception("ingest_message_failed", topic=delivery.topic)
            detail = type(error).__name__
        self._patiently(lambda: self._set_aside(delivery, detail))
        self.counters.poisonous += 1
        return []

    def _set_aside(self, delivery: Delivery, detail: str) -> None:
        address = topics.parse(delivery.topic)
        agent_id = address.agent if address else ""
        why = (Refusal.MALFORMED, f"could not be stored: {detail}")
        with db.transaction(self.engine) as session:
            inbox.set_aside(session, agent_id, delivery.topic, delivery.payload, why, self.clock.now())

    def _is_outage(self, error: Exception) -> bool:
        """The database is away or busy (try again), unlike a row it will never take."""
        outage = isinstance(error, SQLAlchemyError) and db.is_outage(error)
        if outage and not self._database_down:
            self._database_down = True
            log.error("database_is_away", error=type(error).__name__)
        return outage

    def _publish(self, reply: Reply) -> None:
        """After an outage one connection may stand before the other: an agent that is not answered waits for long."""
        for bus in (self.out or self.bus, self.bus):
            try:
                bus.publish(reply.topic, reply.payload, retain=reply.retain)
            except BusDownError:
                continue  # by no connection: the agent sends again, and is answered again
            return


def _portion(in_hand: list[_Taken]) -> tuple[list[_Taken], list[_Taken]]:
    """What goes into the next transaction, and the rest. What one agent said stays in its order."""
    agents: set[str] = set()
    together: list[_Taken] = []
    rest: list[_Taken] = []
    size = 0
    for taken in in_hand:
        agent = taken.delivery.topic.rpartition("/up/")[0]
        if size < MOST_BYTES_TOGETHER and (agent in agents or len(agents) < MOST_AGENTS_TOGETHER):
            agents.add(agent)
            size += len(taken.delivery.payload)
            together.append(taken)
        else:
            rest.append(taken)
    return together, rest
