"""A household's days on a virtual clock: the real agent and the real cloud, in this process, from moment to moment."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from contract import permissions
from kit import ids
from kit.clock import ManualClock
from kit.memory_bus import MemoryBroker
from simulator import faults, habits
from simulator.cloud_side import CloudSide
from simulator.faults import Change
from simulator.home import Home
from simulator.machine import Machine
from simulator.move_in import AGENT
from simulator.scenario import FaultKind, Scenario
from simulator.soft_devices import sensors
from simulator.supplier.courier import Courier
from simulator.trade import Trade

AGENT_GRAIN = timedelta(hours=3)  # what an agent does by itself in between changes nothing
JOBS_AT_LEAST = timedelta(hours=12)
JOBS_GRAIN = timedelta(seconds=5)
_MOST_ROUNDS = 10_000
_EVENING = 19.5

OnDay = Callable[[date], None]


@dataclass
class Run:
    """Everything of one run, standing at its first moment."""

    scenario: Scenario
    seed: int
    folder: Path
    home: Home = field(init=False)
    clock: ManualClock = field(init=False)
    broker: MemoryBroker = field(init=False)
    machine: Machine = field(init=False)
    cloud: CloudSide = field(init=False)
    trade: Trade = field(init=False)
    _courier: Courier = field(init=False)
    _faults: deque[Change] = field(default_factory=deque)
    _jobs_at: datetime = field(init=False)
    _answers_at: datetime | None = field(init=False)

    def __post_init__(self) -> None:
        self.home = Home(self.scenario, self.seed)
        self.clock = ManualClock(self.home.now)
        self.broker = MemoryBroker(permissions.allows)
        self.trade = Trade(self.scenario.supplier, self.seed)
        self.cloud = CloudSide.build(self.folder, self.home, self.broker, self.clock, self.trade)
        self._courier = Courier(self.trade.desk, self.trade.sometimes_lost(self.cloud.deliver))
        agent_ids = ids.seeded(self.seed + 1)
        spool = self.folder / "agent"
        self.machine = Machine(AGENT, spool, self.broker, sensors(self.home), self.clock, agent_ids)
        self._jobs_at = self.clock.now()
        self._answers_at = self._evening(self.home.today) if self.scenario.household.answers_proposals else None

    def live(self, days: int, on_day: OnDay = lambda _day: None) -> None:
        """From the move-in to the end of the last day."""
        self._faults = deque(faults.changes(self.scenario, days))
        self.cloud.move_in(self.scenario)
        self.machine.power_on()
        self._converse()
        if not self.cloud.settle(self.scenario):
            raise RuntimeError("the cloud has not heard of all the household's slots")
        last = self.scenario.start + timedelta(days=days)
        end = habits.local_moment(last, 0, ZoneInfo(self.scenario.household.time_zone))
        today = None
        while self.clock.now() < end:
            self._moment()
            if today != self.home.today:
                today = self.home.today
                on_day(today)
            self.clock.advance(max(self._next(end) - self.clock.now(), timedelta(seconds=1)))
        self.home.advance(self.clock.now())
        self._converse()

    def close(self) -> None:
        self.machine.cut_power()
        self.cloud.close()

    def _moment(self) -> None:
        now = self.clock.now()
        self.home.advance(now)
        while self._faults and self._faults[0].at <= now:
            self._befalls(self._faults.popleft())
        for sku, count, at in self.trade.arrived():
            product, packs_each = self.cloud.goods[sku]
            self.home.delivered(product, count * packs_each, at)
        heard = self._converse()
        heard += self._courier.round(now)
        if self._answers_at is not None and self._answers_at <= now:
            self._answers_at = self._evening(self.home.today + timedelta(days=1))
            heard += 0 if self.home.is_away() else self.cloud.answer_proposals()
        if heard or self._jobs_at <= now:
            self.cloud.tick()
            self._converse()
            self._jobs_at = max(self.cloud.next_job(now + JOBS_AT_LEAST), now + JOBS_GRAIN)

    def _evening(self, day: date) -> datetime:
        return habits.local_moment(day, _EVENING, ZoneInfo(self.scenario.household.time_zone))

    def _converse(self) -> int:
        """Agent, broker and ingest, until nobody has anything to say. Returns how much the cloud took in."""
        taken = 0
        for _ in range(_MOST_ROUNDS):
            worked = self.machine.work()
            self.broker.pump()
            now_taken = self.cloud.take_in()
            self.broker.pump()
            taken += now_taken
            if not worked and not now_taken and not self.machine.is_due:
                return taken
        raise RuntimeError("agent and cloud talk without end")

    def _next(self, end: datetime) -> datetime:
        now = self.clock.now()
        moments = [end, self._jobs_at]
        if self._answers_at is not None:
            moments.append(self._answers_at)
        moments += [change.at for change in list(self._faults)[:1]]
        if (due := self.machine.due_at()) is not None:
            moments.append(max(due, now + AGENT_GRAIN))
        if (news := self._courier.next_at()) is not None:
            moments.append(news)
        return min(moments)

    def _befalls(self, change: Change) -> None:
        begins, printer = change.begins, self.home.printer
        match change.kind:
            case FaultKind.AGENT_POWER:
                self.machine.cut_power() if begins else self.machine.power_on()
            case FaultKind.BROKER:
                self.broker.down(forget=True) if begins else self.broker.up()
            case FaultKind.WIFI:
                self.broker.drop(AGENT, stay_away=True) if begins else self.broker.restore(AGENT)
            case FaultKind.PRINTER_OFF:
                printer.on = not begins
            case FaultKind.PRINTER_ASLEEP:
                printer.awake = not begins
            case FaultKind.CARTRIDGE_SHAKEN:
                printer.shake()
