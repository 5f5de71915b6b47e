"""A wristband that speaks by itself: one thread listens, stamps what it hears, and connects again."""

import queue
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from edge.sensors.wearable import Heard
from edge.sensors.wristband_channels import CONNECT_S, Channel
from edge.sensors.wristband_lines import Lines
from kit.clock import Clock

log = structlog.get_logger()

_LOOK_S = 0.5


@dataclass(frozen=True)
class Pauses:
    """Before connecting again, the first time and at most; and how long a connection may say nothing."""

    first_s: float = 0.5
    longest_s: float = 10.0
    dead_s: float = 30.0


class Listener:
    """The agent only takes what lies ready. An outage is said once."""

    def __init__(self, opened: Callable[[], Channel], device: str, clock: Clock, pauses: Pauses | None = None) -> None:
        self._opened = opened
        self._device = device
        self._clock = clock
        self._pauses = pauses or Pauses()
        self._lines = Lines(device)
        self._queue: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._arrived: Callable[[], None] = lambda: None
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._channel: Channel | None = None
        self._lock = threading.Lock()  # nobody writes to a channel that is being closed
        self._is_out = False
        self._begins = True

    @property
    def skipped(self) -> int:
        """Lines that were none of ours."""
        return self._lines.skipped

    def start(self, arrived: Callable[[], None]) -> None:
        self._arrived = arrived
        self._thread = threading.Thread(target=self._run, name=f"listens to {self._device}", daemon=True)
        self._thread.start()

    def take(self) -> list[Heard]:
        heard = []
        while True:
            try:
                heard.append(self._queue.get_nowait())
            except queue.Empty:
                return heard

    def due_ms(self) -> int | None:
        return None

    def say(self, line: bytes) -> bool:
        with self._lock:
            try:
                return self._channel is not None and self._channel.write(line)
            except OSError:
                return False  # whoever listens finds out by itself

    def stop(self) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join(CONNECT_S + 2 * _LOOK_S)

    def _run(self) -> None:
        pause_s = self._pauses.first_s
        while not self._end.is_set():
            spoke = self._connection()
            pause_s = self._pauses.first_s if spoke else min(2 * pause_s, self._pauses.longest_s)
            self._end.wait(pause_s)

    def _connection(self) -> bool:
        """From its beginning to its end. True: something was said."""
        spoke = False
        try:
            channel = self._opened()
            self._use(channel)
            while chunk := self._chunk(channel):
                spoke = True
                self._hear(chunk)
        except OSError as error:
            self._outage(error)
        finally:
            self._use(None)
        return spoke

    def _chunk(self, channel: Channel) -> bytes:
        """Empty: we are to end."""
        until = time.monotonic() + self._pauses.dead_s
        while not self._end.is_set():
            if select.select([channel], [], [], _LOOK_S)[0]:
                chunk = channel.read()
                if not chunk:
                    raise ConnectionResetError("the other end has closed")
                return chunk
            if time.monotonic() >= until:
                raise TimeoutError(f"nothing was said for {self._pauses.dead_s:g} s")
        return b""

    def _hear(self, chunk: bytes) -> None:
        if self._is_out:
            log.info("wristband_connected_again", device=self._device)
            self._is_out = False
        up_ms = self._clock.up_ms()
        for frame in self._lines.feed(chunk):
            self._queue.put(Heard(up_ms, frame, begins=self._begins))
            self._begins = False
            self._arrived()

    def _outage(self, error: OSError) -> None:
        if not self._is_out:
            log.warning("wristband_not_connected", device=self._device, error=str(error))
        self._is_out = True

    def _use(self, channel: Channel | None) -> None:
        with self._lock:
            if self._channel is not None:
                self._channel.close()
            self._channel = channel
            self._lines.begin()
            self._begins = True
