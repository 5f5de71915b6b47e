"""A wristband: JSON lines from a recording, the network or a serial line; the buzzer's pattern goes back."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from contract.messages import DeviceReport
from edge.falls.steps import Pattern
from edge.sensors.wearable import Heard
from kit.clock import Clock

log = structlog.get_logger()

SILENT_MS = 10_000
BATTERY_STEP = 0.05


class LineSource(Protocol):
    """Where the lines come from. Nothing blocks, and nothing raises."""

    def start(self, arrived: Callable[[], None]) -> None: ...

    def take(self) -> list[Heard]: ...

    def due_ms(self) -> int | None:
        """When to look without being called. None: `arrived` is called."""
        ...

    def say(self, line: bytes) -> bool:
        """False: nothing goes back this way, or not now."""
        ...

    def stop(self) -> None: ...


class Wristband:
    """Remembers what the wristband last said of itself.

    `network` measures silence, where a demo's time runs fast and the wristband does not. None: `clock`.
    """

    def __init__(
        self, device: str, source: LineSource, clock: Clock, serial: str | None = None, network: Clock | None = None
    ) -> None:
        self._device = device
        self._source = source
        self._clock = clock
        self._network = network or clock
        self._serial = serial
        self._heard_ms: int | None = None
        self._worn: bool | None = None
        self._battery: float | None = None
        self._was_reachable = False

    @property
    def device(self) -> str:
        return self._device

    def start(self, arrived: Callable[[], None]) -> None:
        self._source.start(arrived)

    def take(self) -> list[Heard]:
        return [self._heard(each) for each in self._source.take()]

    def due_ms(self) -> int | None:
        """The last look at a wristband that falls silent is the one that says so."""
        dues = [self._source.due_ms()]
        if self._was_reachable and self._heard_ms is not None:
            dues.append(self._clock.up_ms() + max(0, self._heard_ms + SILENT_MS - self._network.up_ms()))
        return min((due for due in dues if due is not None), default=None)

    def report(self) -> DeviceReport:
        """Whether a silent wristband is worn is not known."""
        reachable = self._heard_ms is not None and self._network.up_ms() - self._heard_ms < SILENT_MS
        if reachable != self._was_reachable:
            log.info("wristband_heard" if reachable else "wristband_silent", device=self._device)
        self._was_reachable = reachable
        return DeviceReport(
            device=self._device,
            type="wristband",
            serial=self._serial,
            reachable=reachable,
            worn=self._worn if reachable else None,
            battery_fraction=self._battery,
        )

    def buzz(self, pattern: Pattern) -> bool:
        said = self._source.say(json.dumps({"buzz": pattern.value}).encode() + b"\n")
        log.info("buzz", device=self._device, pattern=pattern.value, said=said)
        return said

    def stop(self) -> None:
        self._source.stop()

    def _heard(self, heard: Heard) -> Heard:
        heard_ms = heard.up_ms if self._network is self._clock else self._network.up_ms()
        begins = heard.begins or self._heard_ms is None or heard_ms - self._heard_ms >= SILENT_MS
        self._heard_ms = heard_ms
        if begins or heard.frame.worn is not None:
            self._worn = heard.frame.worn  # one that tells only changes may have been put on while nobody heard it
        if heard.frame.battery_fraction is not None:
            self._battery = _steady(self._battery, heard.frame.battery_fraction)
        return replace(heard, begins=begins)


def _steady(told: float | None, fraction: float) -> float:
    """In steps, and no to and fro at the edge of one: each change is told to the cloud."""
    if told is not None and abs(fraction - told) < BATTERY_STEP:
        return told
    return round(round(fraction / BATTERY_STEP) * BATTERY_STEP, 2)
