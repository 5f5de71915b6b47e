"""A home with a wristband: the world of the agent, and a wearable that says what the test wants."""

from dataclasses import dataclass, field
from typing import Any

from contract.alarms import AlarmEvent
from contract.fields import Purpose
from contract.messages import Desired, DeviceReport
from contract.topics import Down, Up
from edge.agent import Devices
from edge.falls.steps import Pattern
from edge.second_way import Outlet
from edge.sensors.wearable import Frame, Heard, Wearable
from kit.ids import seeded
from tests import movements
from tests.edge_world import World

SAFETY, MOVEMENT, SUPPLY = Purpose.SAFETY, Purpose.MOVEMENT, Purpose.SUPPLY
SUSPECTED, CONFIRMED, CANCELLED, EVIDENCE, UPDATE = AlarmEvent
BUNCH = 10


@dataclass
class FakeWristband:
    """Says what it is told to say, and remembers how it buzzed."""

    device: str = "wristband-1"
    worn: bool | None = True
    battery_fraction: float | None = 0.8
    buzzes: list[Pattern] = field(default_factory=list)
    ready: list[Heard] = field(default_factory=list)

    def start(self, arrived: Any) -> None:
        self.arrived = arrived

    def take(self) -> list[Heard]:
        taken, self.ready = self.ready, []
        return taken

    def due_ms(self) -> int | None:
        return None

    def report(self) -> DeviceReport:
        return DeviceReport(
            device=self.device, type="wristband", worn=self.worn, battery_fraction=self.battery_fraction
        )

    def buzz(self, pattern: Pattern) -> bool:
        self.buzzes.append(pattern)
        return True

    def stop(self) -> None:
        pass


class WornWorld(World):
    """The wearer lives at the pace of the clock; `wearables` replaces the stand-in by real drivers."""

    def __init__(self, wearables: Any = None, outlet: Outlet | None = None, **more: Any) -> None:
        self.band = FakeWristband()
        self.outlet = outlet or Outlet()
        self._wearables = wearables
        super().__init__(**more)

    def devices(self) -> Devices:
        wearables: list[Wearable] = self._wearables(self.clock) if self._wearables else [self.band]
        return Devices([self.printer], wearables, ids=seeded(9), outlet=self.outlet)

    def allow(self, *purposes: Purpose, consent: int = 1, prealarm_s: int = 30, poll_s: int = 900) -> None:
        wish = Desired(config=1, consent=consent, purposes=list(purposes), prealarm_s=prealarm_s, poll_s=poll_s)
        self.cloud.say(Down.DESIRED, wish, retain=True)
        self.settle()

    def hear(self, **said: Any) -> None:
        self.band.ready.append(Heard(self.clock.up_ms(), Frame(**said)))
        self.settle()

    def live(self, samples: list[movements.Sample]) -> None:
        for start in range(0, len(samples), BUNCH):
            bunch = samples[start : start + BUNCH]
            self.run(seconds=len(bunch) / movements.FS)
            self.hear(fs_hz=movements.FS, acc_mg=movements.in_turn(bunch))

    def fall(self) -> None:
        """Until it is suspected."""
        self.live(movements.standing(4) + movements.falling() + movements.lying(1.6))

    def alarms(self) -> list[Any]:
        """As the cloud has heard them, repeats left out."""
        return list({(alarm.stream, alarm.seq): alarm for alarm in self.cloud.of(Up.ALARMS)}.values())

    def events(self) -> list[AlarmEvent]:
        return [alarm.event for alarm in self.alarms()]

    def band_reports(self) -> list[DeviceReport]:
        """What the last report says of wristbands."""
        return [device for device in self.cloud.of(Up.REPORTED)[-1].devices if device.type == "wristband"]
