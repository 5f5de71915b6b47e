"""A wristband's events for a person who looks: played from a recording at once, or listened to."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract.fields import Purpose
from contract.messages import Desired
from edge.falls.steps import Step
from edge.guards import Guard
from edge.sensors.base import SensorError
from edge.sensors.wristband import Wristband
from edge.sensors.wristband_listener import Listener
from edge.sensors.wristband_replay import Replay
from kit.clock import Clock, ManualClock
from kit.ids import Ids

_WANTED = Desired(config=0, consent=0, purposes=[Purpose.SAFETY])  # as a home that has set nothing
LONGEST_S = 7 * 86_400.0  # of a recording
SILENT_S = 10.0
_LOOK_S = 0.2


def replayed(path: Path, device: str, ids: Ids) -> Iterator[Step]:
    """Every event of a recording, as fast as it can be judged; `up_ms` counts from its beginning.

    Raises SensorError where the file cannot be read, or holds no line of a wristband.
    """
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise SensorError(f"the recording {path} cannot be read: {error.strerror or error}") from error
    clock = ManualClock(datetime(2000, 1, 1, tzinfo=UTC))
    source = Replay(path, device, clock)
    guard = Guard(Wristband(device, source, clock), ids)
    guard.wearable.start(lambda: None)
    while not source.has_ended or guard.waits():
        due_ms = guard.due_ms()
        clock.advance(timedelta(milliseconds=max(1, (due_ms or 0) - clock.up_ms())))
        yield from _steps(guard, clock)
        if clock.up_ms() > LONGEST_S * 1000:
            raise SensorError(f"the recording {path} is longer than a week")
    if not guard.has_heard:
        raise SensorError(f"{path} holds no line of a wristband; a line is such as {{'fs_hz':50,'acc_mg':[0,0,1000]}}")


def heard(listener: Listener, device: str, ids: Ids, clock: Clock, seconds: float | None) -> Iterator[Step]:
    """Events as they come; for so long, or until the program is ended.

    Raises SensorError where nothing is heard for the first ten seconds.
    """
    wake = threading.Event()
    guard = Guard(Wristband(device, listener, clock), ids)
    guard.wearable.start(wake.set)
    began_ms = clock.up_ms()
    try:
        while seconds is None or clock.up_ms() - began_ms < seconds * 1000:
            clock.wait(wake, _LOOK_S)
            wake.clear()
            yield from _steps(guard, clock)
            if not guard.has_heard and clock.up_ms() - began_ms > SILENT_S * 1000:
                break
        if not guard.has_heard:
            raise SensorError("nothing was heard: is the wristband on, and is this its address?")
    finally:
        guard.wearable.stop()


def _steps(guard: Guard, clock: Clock) -> list[Step]:
    return [answer for answer in guard.work(clock.up_ms(), _WANTED) if isinstance(answer, Step)]
