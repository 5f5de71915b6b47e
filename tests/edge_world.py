"""One agent at home, a broker in memory, and a cloud that answers as the test wishes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from contract import topics
from contract.decoding import decode, type_of
from contract.fields import Kind, Purpose, Quality
from contract.messages import Desired, DeviceReport, SlotReport, Stored, encode
from contract.topics import Down, Up
from edge.agent import Agent, Devices, Timing
from edge.config import AgentConfig, BrokerConfig
from edge.link import Window
from edge.sensors.base import Level, Poll, SensorError
from edge.spool import Spool
from kit.bus import Delivery, Subscription
from kit.clock import ManualClock
from kit.ids import seeded
from kit.memory_bus import MemoryBroker

ME = "pi-1"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
CONFIG = AgentConfig(agent=ME, broker=BrokerConfig(host="nowhere"))


@dataclass
class FakePrinter:
    """A printer with one slot."""

    device: str = "printer-1"
    level: float = 0.8
    broken: bool = False
    shows_itself: bool = False
    looks: int = 0

    def poll(self) -> Poll:
        self.looks += 1
        if self.broken:
            raise SensorError("it is off")
        slot = SlotReport(slot="1.1", kind=Kind.LEVEL_FRACTION)
        level = Level("1.1", Kind.LEVEL_FRACTION, self.level, Quality.GOOD, "ratio", 0.01)
        return Poll(DeviceReport(device=self.device, type="printer", uuid="u-1", slots=[slot]), (level,))

    def identify(self) -> bool:
        return self.shows_itself


@dataclass
class FakeCloud:
    """Hears everything; answers only while `answers` is set."""

    broker: MemoryBroker
    answers: bool = True
    heard: list[tuple[Up, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bus = self.broker.connect("cloud")
        self.bus.start([Subscription("forehand/v1/+/up/#")], self._hear, lambda: None)

    def say(self, name: Down, message: Struct, *, retain: bool = False) -> None:
        self.bus.publish(topics.down(ME, name), encode(message), retain=retain)

    def wish(self, *purposes: Purpose, consent: int = 1, config: int = 1, poll_s: int = 900) -> None:
        wanted = Desired(config=config, consent=consent, purposes=list(purposes), poll_s=poll_s)
        self.say(Down.DESIRED, wanted, retain=True)

    def of(self, name: Up) -> list[Any]:
        return [message for topic, message in self.heard if topic is name]

    def seqs(self) -> list[int]:
        return [message.seq for message in self.of(Up.READINGS)]

    def store(self, *spans: tuple[int, int], stream: str, lane: str = "readings", **more: Any) -> None:
        self.say(Down.STORED, Stored(stream=stream, lane=lane, ranges=[list(span) for span in spans], **more))

    def _hear(self, delivery: Delivery) -> None:
        address = topics.parse(delivery.topic)
        assert address is not None
        as_type = type_of(address.name)
        message = decode(delivery.payload, as_type) if as_type else msgspec.json.decode(delivery.payload)
        self.heard.append((address.name, message))  # type: ignore[arg-type]
        delivery.ack()
        if self.answers and address.name in {Up.READINGS, Up.ALARMS, Up.RESULTS}:
            self.store((message.seq, message.seq), stream=message.stream, lane=message.lane)


@dataclass
class World:
    """`run` steps the agent and lets the broker deliver, while the clock goes from due time to due time."""

    synchronised: bool = True
    window: Window = field(default_factory=Window)
    printer: FakePrinter = field(default_factory=FakePrinter)
    spool: Spool = field(default_factory=lambda: Spool.in_memory(seeded(1)))

    def __post_init__(self) -> None:
        self.clock = ManualClock(START)
        self.broker = MemoryBroker()
        self.cloud = FakeCloud(self.broker)
        self.start_agent()

    def start_agent(self) -> None:
        timing = Timing(self.clock, lambda: self.synchronised)
        self.agent = Agent(CONFIG, self.broker.connect(ME), self.spool, self.devices(), timing, self.window)
        self.agent.start()

    def devices(self) -> Devices:
        return Devices([self.printer])

    def settle(self) -> None:
        """Until nobody has anything more to say at this moment."""
        for _ in range(500):
            self.broker.pump()
            self.agent.step()
            self.broker.pump()
            if self.agent.next_due_s() > 0:
                return
        raise AssertionError("the agent never rests")

    def run(self, **how_long: float) -> None:
        until = self.clock.now() + timedelta(**how_long)
        self.settle()
        while (left := (until - self.clock.now()).total_seconds()) > 0:
            self.clock.advance(timedelta(seconds=min(left, self.agent.next_due_s() or 0.001)))
            self.settle()
