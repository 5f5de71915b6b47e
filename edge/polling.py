"""Looks at each device in its turn, says an outage once, and remembers what each device is."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import msgspec
import structlog

from contract.messages import DeviceReport
from edge.aside import Aside, inline
from edge.sensors.base import Level, Poll, Sensor, SensorError
from kit.clock import Clock

log = structlog.get_logger()

_FIRST_RETRY_S = 60


@dataclass(frozen=True)
class Look:
    """What one device showed, and when (on the monotonic clock)."""

    device: str
    levels: tuple[Level, ...]
    up_ms: int


@dataclass
class _Turn:
    sensor: Sensor
    due_ms: int
    looked_ms: int | None = None
    failures: int = 0


@dataclass
class _UnderWay:
    turn: _Turn
    poll: Future[Poll]
    is_outdated: bool = False


class Poller:
    """One device at a time. A printer that hangs delays the other printers, and, `aside` from the agent's own thread,
    nothing else; `finished` is called, on that other thread, when there is a look to take."""

    def __init__(
        self,
        sensors: list[Sensor],
        clock: Clock,
        aside: Aside = inline,
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._aside = aside
        self._finished = finished
        self._under_way: _UnderWay | None = None
        now_ms = clock.up_ms()
        self._turns = {sensor.device: _Turn(sensor, now_ms) for sensor in sensors}
        self._reports: dict[str, DeviceReport] = {}

    @property
    def reports(self) -> list[DeviceReport]:
        """The devices that have answered since the start, in the order of the configuration."""
        return [self._reports[device] for device in self._turns if device in self._reports]

    def sensor(self, device: str) -> Sensor | None:
        """None: no such device here."""
        turn = self._turns.get(device)
        return turn.sensor if turn else None

    def sensors(self) -> list[Sensor]:
        return [turn.sensor for turn in self._turns.values()]

    def due_ms(self) -> int | None:
        """None: there are no devices, or the one looked at will say when it is finished."""
        if self._under_way is not None:
            return self._clock.up_ms() if self._under_way.poll.done() else None
        return min((turn.due_ms for turn in self._turns.values()), default=None)

    def hurry(self) -> None:
        """Look at every device now. What a look that is under way finds is from before."""
        if self._under_way is not None:
            self._under_way.is_outdated = True
        for turn in self._turns.values():
            turn.due_ms = self._clock.up_ms()

    def repace(self, poll_s: int) -> None:
        """A new interval counts from the last look."""
        for turn in self._turns.values():
            if turn.looked_ms is not None:
                turn.due_ms = turn.looked_ms + poll_s * 1000

    def next_look(self, poll_s: int) -> Look | None:
        """None: nothing is due, the look is still under way, or the device could not be read."""
        if self._under_way is None:
            self._begin()
        under_way = self._under_way
        if under_way is None or not under_way.poll.done():
            return None
        self._under_way = None
        look = self._taken(under_way.turn, under_way.poll, poll_s)
        if under_way.is_outdated:
            under_way.turn.due_ms = self._clock.up_ms()
            return None
        return look

    def _begin(self) -> None:
        now_ms = self._clock.up_ms()
        turn = min(self._turns.values(), key=lambda turn: turn.due_ms, default=None)
        if turn is None or turn.due_ms > now_ms:
            return
        turn.looked_ms = now_ms
        self._under_way = _UnderWay(turn, self._aside(turn.sensor.poll))
        if not self._under_way.poll.done():
            self._under_way.poll.add_done_callback(lambda _: self._finished())

    def _taken(self, turn: _Turn, answer: Future[Poll], poll_s: int) -> Look | None:
        try:
            poll = answer.result()
        except SensorError as error:
            self._failed(turn, error, poll_s)
            return None
        except Exception as error:  # a fault in one driver must not silence the other devices
            log.exception("driver_failed", device=turn.sensor.device)
            self._failed(turn, error, poll_s)
            return None
        if turn.failures:
            log.info("device_answers_again", device=turn.sensor.device)
        turn.failures = 0
        turn.due_ms = (self._clock.up_ms() if turn.looked_ms is None else turn.looked_ms) + poll_s * 1000
        self._reports[turn.sensor.device] = poll.report
        return Look(turn.sensor.device, poll.levels, self._clock.up_ms())

    def _failed(self, turn: _Turn, error: Exception, poll_s: int) -> None:
        device = turn.sensor.device
        if not turn.failures:
            log.warning("device_silent", device=device, error=str(error))
        turn.failures += 1
        pause_s = min(poll_s, _FIRST_RETRY_S * 2 ** min(turn.failures - 1, 10))
        turn.due_ms = self._clock.up_ms() + pause_s * 1000
        if device in self._reports:
            self._reports[device] = msgspec.structs.replace(self._reports[device], reachable=False)
