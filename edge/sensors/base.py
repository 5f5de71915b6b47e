"""What every driver promises: one `poll`, one kind of error, values without a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from contract.fields import Kind, Quality
from contract.messages import DeviceReport


class SensorError(Exception):
    """The device could not be read this time; the next try may succeed."""


@dataclass(frozen=True)
class Level:
    """One measured value of one slot; the agent adds the device's name and the time.

    `value` is None unless `quality` is good or coarse. `basis` says how the value came about. `raw` is the device's own
    answer, for who looks into it; it stays here.
    """

    slot: str
    kind: Kind
    value: float | None
    quality: Quality
    basis: str
    resolution: float | None = None
    serial: str | None = None
    raw: Mapping[str, int | float | str | None] | None = None


@dataclass(frozen=True)
class Poll:
    """What one look at a device gave: what it is, and what it holds."""

    report: DeviceReport
    levels: tuple[Level, ...]


class Sensor(Protocol):
    """A device behind this agent. `device` is its name on the wire."""

    @property
    def device(self) -> str: ...

    def poll(self) -> Poll:
        """Look once; may take some seconds.

        Raises SensorError, and nothing else, when the device cannot be read.
        """
        ...

    def identify(self) -> bool:
        """Make the device show itself. False: it cannot."""
        ...
