"""The Pi in the household's cupboard: the real agent on it, its power, and its clock that must first learn the time."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from edge.agent import Agent, Devices, Timing
from edge.config import AgentConfig, BrokerConfig
from edge.sensors.base import Sensor
from edge.spool import Spool
from edge.spool_file import Setup
from kit.clock import Clock
from kit.ids import Ids
from kit.memory_bus import MemoryBroker

SYNCHRONISED_AFTER = timedelta(minutes=7)  # a Pi has no clock of its own: the network tells it the time
_BALLAST_BYTES = 0  # there is room on this disk


@dataclass
class BootClock:
    """The same wall time as everywhere, and a monotonic time that begins with this boot."""

    base: Clock
    booted_ms: int

    def now(self) -> datetime:
        return self.base.now()

    def up_ms(self) -> int:
        return self.base.up_ms() - self.booted_ms

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return self.base.wait(event, seconds)


@dataclass
class Machine:
    """Off until `power_on`. What the spool has on its disk survives a cut, nothing else does."""

    agent_id: str
    folder: Path
    broker: MemoryBroker
    sensors: list[Sensor]
    clock: Clock
    ids: Ids
    agent: Agent | None = None
    boots: int = 0
    _spool: Spool | None = field(default=None, repr=False)

    def power_on(self) -> None:
        if self.agent is not None:
            return
        self.boots += 1
        since = self.clock.now()
        setup = Setup(self.folder, f"boot-{self.boots}", ballast_bytes=_BALLAST_BYTES)
        self._spool = Spool.open(setup, self.ids)
        self.broker.restore(self.agent_id)
        self.agent = Agent(
            AgentConfig(agent=self.agent_id, broker=BrokerConfig(host="memory")),
            self.broker.connect(self.agent_id, self.agent_id),
            self._spool,
            Devices(self.sensors),
            Timing(
                BootClock(self.clock, self.clock.up_ms()),
                synchronised=lambda: self.clock.now() >= since + SYNCHRONISED_AFTER,
            ),
        )
        self.agent.start()

    def cut_power(self) -> None:
        """No goodbye: the broker says the last will."""
        if self._spool is None:
            return
        self.broker.drop(self.agent_id, stay_away=True)
        self._spool.close()
        self.agent = self._spool = None

    def step(self) -> bool:
        """Let the agent work. False: it is off."""
        if self.agent is None:
            return False
        self.agent.wake.clear()
        self.agent.step()
        return True

    def work(self) -> bool:
        """Step as long as there is something to do. False: there was nothing."""
        worked = False
        while self.is_due:
            worked = self.step()
        return worked

    def due_at(self) -> datetime | None:
        """When it next has something to do by itself. None: it is off."""
        if self.agent is None:
            return None
        return self.clock.now() + timedelta(seconds=self.agent.next_due_s())

    @property
    def is_due(self) -> bool:
        """It has heard something, or has something to do by itself."""
        return self.agent is not None and (self.agent.wake.is_set() or self.agent.next_due_s() <= 0)
