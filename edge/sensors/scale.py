"""A weight scale below a container: grams of what is in it."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from contract.fields import Kind, Quality
from contract.messages import DeviceReport, SlotReport
from edge.sensors.base import Level, Poll, SensorError

MAX_FILE_BYTES = 10_000_000


class WeightSource(Protocol):
    """What lies on the scale now, in grams.

    Raises SensorError when the scale gives no weight.
    """

    def grams(self) -> float: ...


@dataclass(frozen=True)
class ScaleSetup:
    """What is known of one scale. `container_g` is the empty container, `tare_g` what the bare scale shows."""

    slot: str = "1"
    description: str | None = None
    serial: str | None = None
    tare_g: float = 0.0
    container_g: float = 0.0
    max_g: float = 20_000.0
    noise_g: float = 5.0


def judge(shown_g: float, setup: ScaleSetup) -> Level:
    """Grams of content. A little below zero is noise; more is a lifted container or a wrong tare."""
    content_g = shown_g - setup.tare_g - setup.container_g
    if not -setup.noise_g <= content_g <= setup.max_g:  # also false for NaN
        basis = "below_zero" if content_g < 0 else "above_range"
        return Level(setup.slot, Kind.AMOUNT_G, None, Quality.IMPLAUSIBLE, basis)
    value = round(max(0.0, content_g), 1)
    return Level(setup.slot, Kind.AMOUNT_G, value, Quality.GOOD, "weight", resolution=max(setup.noise_g, 0.1))


class Scale:
    """One scale with one slot."""

    def __init__(self, device: str, source: WeightSource, setup: ScaleSetup) -> None:
        self._device = device
        self._source = source
        self._setup = setup

    @property
    def device(self) -> str:
        return self._device

    def poll(self) -> Poll:
        level = judge(self._source.grams(), self._setup)
        slot = SlotReport(slot=self._setup.slot, kind=Kind.AMOUNT_G, description=self._setup.description)
        report = DeviceReport(device=self._device, type="scale", serial=self._setup.serial, slots=[slot])
        return Poll(report, (level,))

    def identify(self) -> bool:
        return False


class ReplaySource:
    """Weights from a file: a recording, or one that another program goes on writing.

    CSV with a head line, or JSON lines; `grams`, and `at_ms` (since 1970) where the moment matters. With moments the
    answer is the last weight up to `now`; without, each look takes the next line and stays at the last.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now
        self._next = 0

    def grams(self) -> float:
        rows = _rows(self._path)
        timed = [row for row in rows if "at_ms" in row]
        if timed:
            now_ms = self._now().timestamp() * 1000
            past = [row for row in timed if row["at_ms"] <= now_ms]
            if not past:
                raise SensorError(f"{self._path} has no weight for this moment yet")
            return past[-1]["grams"]
        if not rows:
            raise SensorError(f"{self._path} has no weights")
        row = rows[min(self._next, len(rows) - 1)]
        self._next += 1
        return row["grams"]


def _rows(path: Path) -> list[dict[str, float]]:
    """Rows as numbers; a line that is being written at this moment is left out."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SensorError(f"{path} is larger than {MAX_FILE_BYTES} bytes")
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SensorError(f"the weights in {path} cannot be read: {error}") from error
    whole = text[: text.rfind("\n") + 1] or text
    return _from_json(whole) if whole.lstrip().startswith("{") else _from_csv(whole)


def _from_json(text: str) -> list[dict[str, float]]:
    try:
        return [_numbers(json.loads(line)) for line in text.splitlines() if line.strip()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SensorError(f"a line of the weights is not JSON with `grams`: {error}") from error


def _from_csv(text: str) -> list[dict[str, float]]:
    try:
        return [_numbers(dict(row)) for row in csv.DictReader(text.splitlines())]
    except (ValueError, TypeError, KeyError, csv.Error) as error:
        raise SensorError(f"a line of the weights has no number under `grams`: {error}") from error


def _numbers(row: dict[str, str | float]) -> dict[str, float]:
    numbers = {"grams": float(row["grams"])}
    if row.get("at_ms") not in {None, ""}:
        numbers["at_ms"] = float(row["at_ms"])
    return numbers
