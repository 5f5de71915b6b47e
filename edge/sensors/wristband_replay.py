"""A recorded wristband, at the pace of the agent's clock. What is appended to the file is played when it comes."""

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path

import structlog

from edge.sensors.wearable import Frame, Heard
from edge.sensors.wristband_lines import Lines
from kit.clock import Clock

log = structlog.get_logger()

LOOK_MS = 1_000  # between looks at a file that has been played to its end
_AT_ONCE = 200  # frames, so that a clock that has run far ahead stops nothing else
_CHUNK_BYTES = 65_536
_USUAL_HZ = 50.0


class Replay:
    """Each line takes as long as its samples did; whole lines only."""

    def __init__(self, path: Path, device: str, clock: Clock) -> None:
        self._path = path
        self._device = device
        self._clock = clock
        self._lines = Lines(device)
        self._which: tuple[int, int] | None = None
        self._offset = 0
        self._ahead: deque[Frame] = deque()
        self._fs_hz = _USUAL_HZ
        self._played_ms = 0.0
        self._look_ms = 0
        self._is_missed = self._has_ended = False

    @property
    def skipped(self) -> int:
        return self._lines.skipped

    @property
    def has_ended(self) -> bool:
        """Played to its end, for now."""
        return self._has_ended and not self._ahead

    def start(self, arrived: Callable[[], None]) -> None:
        self._played_ms = self._look_ms = self._clock.up_ms()

    def take(self) -> list[Heard]:
        now_ms = self._clock.up_ms()
        heard: list[Heard] = []
        while len(heard) < _AT_ONCE and (frame := self._next(now_ms)) is not None:
            self._fs_hz = frame.fs_hz or self._fs_hz
            ends_ms = self._played_ms + 1000 * frame.samples / self._fs_hz
            if ends_ms > now_ms:
                break
            self._ahead.popleft()
            self._played_ms = ends_ms
            heard.append(Heard(int(ends_ms), frame))
        return heard

    def due_ms(self) -> int | None:
        if not self._ahead:
            return self._look_ms
        frame = self._ahead[0]
        return int(self._played_ms + 1000 * frame.samples / (frame.fs_hz or self._fs_hz)) + 1

    def say(self, line: bytes) -> bool:
        return False

    def stop(self) -> None:
        pass

    def _next(self, now_ms: int) -> Frame | None:
        """None: played to the end, for now."""
        if self._ahead:
            return self._ahead[0]
        if now_ms < self._look_ms:
            return None
        while chunk := self._read():
            self._ahead += self._lines.feed(chunk)
            if self._ahead:
                self._played_ms = now_ms if self._has_ended else self._played_ms
                self._has_ended = False
                return self._ahead[0]
        self._look_ms = now_ms + LOOK_MS
        self._has_ended = True  # what comes later begins later
        return None

    def _read(self) -> bytes:
        """Empty: nothing more is there."""
        try:
            with self._path.open("rb") as file:
                self._begin_anew_if_another(os.fstat(file.fileno()))
                file.seek(self._offset)
                chunk = file.read(_CHUNK_BYTES)
        except OSError as error:
            if not self._is_missed:
                log.warning("recording_unreadable", device=self._device, error=str(error))
            self._is_missed, self._which = True, None
            return b""
        self._is_missed = False
        self._offset += len(chunk)
        return chunk

    def _begin_anew_if_another(self, there: os.stat_result) -> None:
        """Somebody may have put another recording in its place."""
        if (there.st_dev, there.st_ino) != self._which or there.st_size < self._offset:
            self._which, self._offset = (there.st_dev, there.st_ino), 0
            self._lines.begin()
