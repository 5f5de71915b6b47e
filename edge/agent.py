"""The agent: hear, look, spool, send. One thread; time, ids, bus and sensors come in as arguments."""

import math
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from contract import decoding, limits, topics
from contract.decoding import Refused
from contract.fields import Purpose, State
from contract.messages import AgentState, Command, Desired, Readings, Result, Stored, encode
from contract.topics import Down, Up
from edge import batches, obeying, wishes
from edge.alarm_lane import AlarmLane
from edge.aside import Aside, inline
from edge.config import AgentConfig
from edge.guards import Guards
from edge.link import Link, Window
from edge.polling import Look, Poller
from edge.reporting import Moment, Reporter
from edge.second_way import Clocks, Outlet, SecondWay
from edge.sensors.base import Sensor
from edge.sensors.wearable import Wearable
from edge.spool import READINGS, Spool
from edge.spool_room import SpoolFullError
from kit import ids
from kit.bus import Bus, Delivery, Subscription, Will
from kit.clock import Clock
from kit.ids import Ids
from kit.service_manager import NOBODY, ServiceManager

log = structlog.get_logger()

VERSION = "0.1.0"
SETTLE_MS = 600_000
FLUSH_S = 2.0
HEARD_AT_ONCE = 5  # messages in one step: each may cost a write to the disk, and an alarm waits for all of them
HEARTBEAT_MS = 900_000  # of a home with a wristband
TICK_S = 0.05  # between looks at a clock that runs fast
_CONNECTED = object()


@dataclass(frozen=True)
class Timing:
    """`synchronised` says whether `clock` shows the right time.

    `network` measures how long answers take, where a demo's time runs fast and the network does not. None: `clock`.
    """

    clock: Clock
    synchronised: Callable[[], bool]
    network: Clock | None = None


@dataclass(frozen=True)
class Devices:
    """What is here: sensors to look at, where they may be slow `aside`, and wearables to listen to.

    `ids` are for their alarms; `outlet` is for those that the cloud says nothing to.
    """

    sensors: list[Sensor]
    wearables: list[Wearable] = field(default_factory=list)
    aside: Aside = inline
    ids: Ids = ids.system
    outlet: Outlet = field(default_factory=Outlet)


class Agent:
    """One identity, one connection, some devices.

    `start` once, then `step` whenever `wake` is set or `next_due_s` has passed; `stop` says goodbye.
    `run` does all of it.
    """

    def __init__(
        self,
        config: AgentConfig,
        bus: Bus,
        spool: Spool,
        devices: Devices,
        timing: Timing,
        window: Window | None = None,
    ) -> None:
        clock = timing.clock
        self._config = config
        self._bus = bus
        spool.belong_to(config.agent)
        self._spool = spool
        self._clock = clock
        self._network = timing.network or clock
        self._synchronised = timing.synchronised
        self._inbound: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.wake = threading.Event()
        self._poller = Poller(devices.sensors, clock, devices.aside, self.wake.set)
        self._guards = Guards(devices.wearables, devices.ids, clock, AlarmLane(spool, self._moment))
        clocks = Clocks(clock, self._network)
        self._second_way = SecondWay(config.agent, spool, self._guards, devices.outlet, clocks)
        self._link = Link(config.agent, bus, spool, self._network, window or Window())
        heartbeat_ms = HEARTBEAT_MS if devices.wearables else None
        self._reporter = Reporter(VERSION, spool, self._link, self._network, heartbeat_ms)
        self._settle_ms = self._network.up_ms() + SETTLE_MS
        self._session = 0

    def start(self) -> None:
        """Begin a session: connect, with the last will that ends it."""
        known_s = int(self._clock.now().timestamp()) if self._synchronised() else 0
        self._session = self._spool.next_session(at_least=known_s)
        self._guards.start(self.wake.set)
        self._second_way.start(self.wake.set)
        self._bus.start(
            [Subscription(topics.every_down(self._config.agent))],
            on_message=self._hear,
            on_connect=lambda: self._hear(_CONNECTED),
            will=Will(topics.up(self._config.agent, Up.STATE), self._state(State.LOST)),
        )

    def step(self) -> None:
        """One round: what was heard, every wearable, one device that is due, everything there is to send."""
        self._handle_inbound()
        self._guards.work(self._spool.desired)
        self._second_way.work()
        self._look()
        self._reporter.work(self._poller.reports + self._guards.reports(self._spool.desired), self._moment())
        self._link.work()
        if self._network.up_ms() >= self._settle_ms:
            self._settle_ms = self._network.up_ms() + SETTLE_MS
            self._spool.settle()

    def next_due_s(self) -> float:
        """How long nothing needs doing, unless something is heard. At least 0."""
        if not self._inbound.empty():
            return 0.0
        return min(_left_s(self._clock, [self._poller.due_ms(), self._guards.due_ms()]), self._network_due_s())

    def _network_due_s(self) -> float:
        parts = (self._link, self._reporter, self._second_way)
        return _left_s(self._network, [self._settle_ms, *(part.due_ms() for part in parts)])

    def run(self, stop: threading.Event, manager: ServiceManager = NOBODY) -> None:
        """Until `stop` is set (set `wake` too, to be quick about it). `manager` hears of each round."""
        self.start()
        manager.ready()
        while not stop.is_set():
            self.wake.clear()
            self.step()
            manager.alive()
            at_most_s = manager.sign_every_s or math.inf
            if self._network is self._clock:
                self._clock.wait(self.wake, min(at_most_s, self.next_due_s()))
            else:
                self._network.wait(self.wake, min(at_most_s, TICK_S, self._network_due_s()))
        manager.ending()
        self.stop(FLUSH_S)

    def stop(self, flush_s: float = 0.0) -> None:
        """Say goodbye, giving it so long to leave. What is spooled waits for the next start."""
        self._link.say(Up.STATE, self._state(State.SLEEPING), retain=True)
        until = time.monotonic() + flush_s
        while self._bus.in_flight() and time.monotonic() < until:
            time.sleep(0.02)
        self._bus.stop()
        self._guards.stop()

    def _hear(self, what: object) -> None:
        """On the bus's thread."""
        self._inbound.put(what)
        self.wake.set()

    def _handle_inbound(self) -> None:
        for _ in range(HEARD_AT_ONCE):
            try:
                what = self._inbound.get_nowait()
            except queue.Empty:
                return
            if isinstance(what, Delivery):
                self._handle(what)
            else:
                self._link.connected()
                self._link.say(Up.STATE, self._state(State.READY), retain=True)
                self._reporter.forget()

    def _handle(self, delivery: Delivery) -> None:
        address = topics.parse(delivery.topic)
        if address is None or address.agent != self._config.agent or not isinstance(address.name, Down):
            delivery.ack()
            return
        handlers: dict[Down, Callable[[bytes], None]] = {
            Down.STORED: lambda body: self._on_stored(decoding.decode(body, Stored)),
            Down.DESIRED: lambda body: self._on_desired(decoding.decode(body, Desired)),
            Down.COMMANDS: lambda body: self._on_command(decoding.decode(body, Command)),
        }
        try:
            handlers[address.name](delivery.payload)
        except Refused as refused:
            log.warning("message_not_understood", topic=delivery.topic, reason=refused.reason, detail=refused.detail)
        except SpoolFullError:
            if address.name is not Down.STORED:  # that is said again anyway
                log.warning("message_not_handled", topic=delivery.topic)
            return  # not acknowledged: it comes again with the next connection
        delivery.ack()

    def _on_stored(self, answer: Stored) -> None:
        self._second_way.refused(answer)
        self._link.stored(answer)

    def _on_desired(self, wish: Desired) -> None:
        self._link.cloud_spoke()
        current = self._spool.desired
        wanted = wishes.merged(current, wish)
        if wanted is None:
            log.info("wish_changes_nothing", config=wish.config, consent=wish.consent)
            return
        self._spool.accept(wanted, wishes.not_granted(wanted))
        self._link.forget_dropped()
        log.info(
            "wish_accepted",
            config=wanted.config,
            consent=wanted.consent,
            purposes=sorted(p.value for p in wanted.purposes),
        )
        if current is None or current.poll_s != wanted.poll_s:
            self._poller.repace(wanted.poll_s)
        if Purpose.SUPPLY in wanted.purposes and (current is None or Purpose.SUPPLY not in current.purposes):
            self._poller.hurry()

    def _on_command(self, command: Command) -> None:
        if self._spool.desired is None or not self._spool.is_new_command(command.id):
            return  # before the first wish nothing but state and report leaves; a repeat was answered already
        moment = self._moment()
        done, detail = obeying.obey(command, moment, self._poller, self._guards, self._spool.desired)

        def build(seq: int) -> bytes:
            return encode(
                Result(
                    stream=self._spool.stream, seq=seq, boot=moment.boot, command=command.id,
                    done=done, detail=detail, at_ms=moment.at_ms,
                )
            )  # fmt: skip

        self._spool.put_result(command.id, build)

    def _look(self) -> None:
        desired = self._spool.desired
        look = self._poller.next_look(desired.poll_s if desired else self._config.poll_s)
        if look is None or desired is None or Purpose.SUPPLY not in desired.purposes:
            return
        for start in range(0, len(look.levels), limits.MAX_READINGS_PER_MESSAGE):
            self._spool_part(look, start, desired.consent)

    def _spool_part(self, look: Look, start: int, consent: int) -> None:
        moment = self._moment()
        readings = batches.readings(look, start, moment)

        def build(seq: int) -> bytes:
            return encode(
                Readings(
                    stream=self._spool.stream, seq=seq, boot=moment.boot, purpose=Purpose.SUPPLY, consent=consent,
                    anchor=moment.anchor, readings=readings,
                )
            )  # fmt: skip

        with suppress(SpoolFullError):  # it says so, and declares these as lost when it can
            self._spool.put(READINGS, Purpose.SUPPLY, build)

    def _moment(self) -> Moment:
        now_ms = int(self._clock.now().timestamp() * 1000)
        return Moment(self._spool.boot, self._clock.up_ms(), now_ms if self._synchronised() else None)

    def _state(self, state: State) -> bytes:
        return encode(AgentState(state=state, session=self._session))


def _left_s(clock: Clock, dues_ms: list[int | None]) -> float:
    now_ms = clock.up_ms()
    return min((max(0, due - now_ms) / 1000 for due in dues_ms if due is not None), default=math.inf)
