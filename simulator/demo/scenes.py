"""The story that a demo tells, scene by scene: each happens once, and is ticked off."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.demo.emergency import FALL_SCENES, Hints, told_of
from simulator.demo.sight import AlarmSeen, OrderSeen, Sight

SUPPLY_SCENES = (
    "ink_falls",
    "range_narrows",
    "ink_ordered",
    "ink_shipped",
    "ink_arrived",
    "cartridge_changed",
    "loop_starts_again",
    "milk_held",
    "milk_comes_for_the_return",
)
_FALLEN = 0.03
_NARROWER = 0.8  # of the range it began with


@dataclass(frozen=True)
class Line:
    """One sentence of the story, at its moment on the household's clock."""

    at: datetime
    text: str
    scene: str | None = None
    to_the_second: bool = False


@dataclass
class Story:
    """Looks at what stands, again and again, and tells what is new."""

    scenes: tuple[str, ...] = (*SUPPLY_SCENES, *FALL_SCENES)
    hints: Hints = field(default_factory=Hints)
    ink: str = "ink-black"
    milk: str = "milk-1l"
    happened: dict[str, Line] = field(default_factory=dict)
    _first: Sight | None = None
    _widest: float | None = None
    _states: dict[str, str] = field(default_factory=dict)
    _changed_at_level: float | None = None
    _serial: str | None = None
    _told_of_alarm: int = 0

    @property
    def missing(self) -> list[str]:
        return [scene for scene in self.scenes if scene not in self.happened]

    def look(self, sight: Sight) -> list[Line]:
        """What is new since the last look, in the order in which it is told."""
        self._first = self._first or sight
        told: list[Line] = []
        for scene in (self._ink_falls, self._range_narrows, self._cartridge, self._again):
            line = scene(sight)
            if line is not None:
                told.append(line)
        for order in sight.orders:
            told += self._order(order, sight)
        if sight.alarm is not None:
            told += self._alarm(sight.alarm)
        for line in told:
            if line.scene is not None:
                self.happened.setdefault(line.scene, line)
        return told

    def _alarm(self, alarm: AlarmSeen) -> list[Line]:
        fresh = [entry for entry in alarm.log if entry.id > self._told_of_alarm]
        self._told_of_alarm = max((entry.id for entry in fresh), default=self._told_of_alarm)
        told = [(entry.at, said) for entry in fresh if (said := told_of(entry, self.hints)) is not None]
        lines = [Line(at, said.text, said.scene, to_the_second=True) for at, said in told]
        if lines and lines[-1].scene == "alarm_closed":
            self._skip(lines[-1])
        return lines

    def _skip(self, closing: Line) -> None:
        """A visitor who was quick has made some of it needless: nobody waits for that any more."""
        for scene in FALL_SCENES:
            self.happened.setdefault(scene, closing)

    def _once(self, scene: str, sight: Sight, text: Callable[[], str]) -> Line | None:
        return None if scene in self.happened else Line(sight.at, text(), scene)

    def _ink_falls(self, sight: Sight) -> Line | None:
        first = self._first.level(self.ink) if self._first else None
        level = sight.level(self.ink)
        if first is None or level is None or first - level < _FALLEN:
            return None
        return self._once("ink_falls", sight, lambda: f"the black ink falls: {first:.0%} → {level:.0%}")

    def _range_narrows(self, sight: Sight) -> Line | None:
        width = sight.range_days(self.ink)
        if width is None or "cartridge_changed" in self.happened:
            return None
        self._widest = max(width, self._widest or 0.0)
        widest = self._widest
        if width > _NARROWER * widest:
            return None
        return self._once(
            "range_narrows", sight, lambda: f"the range of its last day narrows: {widest:.0f} → {width:.0f} days"
        )

    def _cartridge(self, sight: Sight) -> Line | None:
        supply = sight.supplies.get(self.ink)
        serial = supply.serial if supply else None
        if serial is None or self._serial == serial:
            return None
        before, self._serial = self._serial, serial
        if before is None:
            return None
        self._changed_at_level = sight.level(self.ink)
        text = f"a new cartridge is in the printer ({serial}); the cloud has noticed by its serial number"
        return Line(sight.at, text, "cartridge_changed")

    def _again(self, sight: Sight) -> Line | None:
        full, level = self._changed_at_level, sight.level(self.ink)
        if full is None or level is None or full - level < _FALLEN:
            return None
        return self._once("loop_starts_again", sight, lambda: f"and the ink falls again: {full:.0%} → {level:.0%}")

    def _order(self, order: OrderSeen, sight: Sight) -> list[Line]:
        if self._states.get(order.id) == order.stands:
            return []
        self._states[order.id] = order.stands
        return [Line(sight.at, _told(order), self._scene(order))]

    def _scene(self, order: OrderSeen) -> str | None:
        if order.product == self.ink and order.automatic:
            of_state = {"accepted": "ink_ordered", "shipped": "ink_shipped", "delivered": "ink_arrived"}
            return of_state.get(order.state)
        if order.product == self.milk and order.for_return:
            return "milk_comes_for_the_return" if order.state == "delivered" else "milk_held"
        return None


def _told(order: OrderSeen) -> str:
    what = f"{order.quantity} x {order.product}"
    why = f" ({order.hold_reason})" if order.hold_reason else ""
    day = f" for {order.deliver_on:%a %d %b}" if order.deliver_on else ""
    return f"order of {what}{day}: {order.state}{why}"
