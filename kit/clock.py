"""One seam for time. Every process of a demo shares one scaled clock through a small file."""

import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_SWITCHED_ON_S = datetime(2000, 1, 1, tzinfo=UTC).timestamp()  # every machine that lives by a scaled clock


class Clock(Protocol):
    """Wall time in UTC, a monotonic time that never steps back, and a way to wait in either."""

    def now(self) -> datetime:
        """The time, aware, in UTC. It may step."""
        ...

    def up_ms(self) -> int:
        """Milliseconds on a clock that never steps back."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for the event, at most `seconds` of this clock's time. True: the event was set."""
        ...


class SystemClock:
    """The machine's own clocks. `up_ms` counts from boot and through suspend."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def up_ms(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(seconds)


class ManualClock:
    """Stands still until told to move: for tests and the simulator."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
        self._up_ms = 0

    def now(self) -> datetime:
        return self._now

    def up_ms(self) -> int:
        return self._up_ms

    def advance(self, by: timedelta) -> None:
        self._now += by
        self._up_ms += by // timedelta(milliseconds=1)

    def jump(self, to: datetime) -> None:
        """Step the wall clock alone, as a first NTP answer does."""
        self._now = to.astimezone(UTC)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not event.is_set():
            self.advance(timedelta(seconds=seconds))
        return event.is_set()


@dataclass(frozen=True)
class Pace:
    """From `real_s` on (monotonic, this machine) the clock shows `shown_s` (Unix time), `rate` times as fast."""

    real_s: float
    shown_s: float
    rate: float

    def shown(self, real_s: float) -> float:
        return self.shown_s + (real_s - self.real_s) * self.rate


class ScaledClock:
    """A faster clock for all processes of one machine: the pace stands in a file that one of them writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = -1
        self._pace = Pace(0.0, 0.0, 1.0)

    @classmethod
    def start(cls, path: Path, at: datetime, rate: float) -> "ScaledClock":
        _write(path, Pace(time.monotonic(), at.timestamp(), rate))
        return cls(path)

    def change_rate(self, rate: float) -> None:
        """From now on run `rate` times as fast; the shown time does not jump."""
        real_s = time.monotonic()
        _write(self._path, Pace(real_s, self._read().shown(real_s), rate))

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._read().shown(time.monotonic()), UTC)

    def up_ms(self) -> int:
        return int((self._read().shown(time.monotonic()) - _SWITCHED_ON_S) * 1000)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(max(0.005, seconds / self._read().rate))

    def _read(self) -> Pace:
        stamp = self._path.stat().st_mtime_ns
        if stamp != self._stamp:
            self._pace = Pace(**json.loads(self._path.read_text()))
            self._stamp = stamp
        return self._pace


def _write(path: Path, pace: Pace) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(vars(pace)))
    fresh.replace(path)
