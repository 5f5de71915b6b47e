"""What is told of the wristband itself, by day, to whoever looks after it: never an alarm. Pure."""

from enum import StrEnum

LOW_BELOW, WELL_FROM = 0.2, 0.3  # a battery that wavers at one threshold would be told again and again
OFF_MS = 300_000  # washing one's hands is no news


class Notice(StrEnum):
    """As `reported` names them."""

    LOW_BATTERY = "low_battery"
    OFF_WRIST = "off_wrist"


class LowBattery:
    """Low below one level, well again from a higher one."""

    def __init__(self) -> None:
        self.is_low = False

    def charge(self, fraction: float) -> None:
        if fraction < LOW_BELOW:
            self.is_low = True
        elif fraction >= WELL_FROM:
            self.is_low = False


class OffWrist:
    """Off for some minutes, by the wristband's own word."""

    def __init__(self) -> None:
        self._since_ms: int | None = None
        self.is_off = False

    def wear(self, *, worn: bool | None, up_ms: int) -> None:
        if worn is not False:
            self._since_ms, self.is_off = None, False
        elif self._since_ms is None:
            self._since_ms = up_ms

    def due_ms(self) -> int | None:
        return None if self._since_ms is None or self.is_off else self._since_ms + OFF_MS

    def at(self, up_ms: int) -> None:
        due_ms = self.due_ms()
        self.is_off = self.is_off or (due_ms is not None and up_ms >= due_ms)
