"""Bytes to frames: whatever a wristband sends, what is no line of ours is counted and skipped."""

import msgspec
import structlog

from edge.sensors.wearable import Frame

log = structlog.get_logger()

MAX_LINE_BYTES = 65_536
_DECODER = msgspec.json.Decoder(Frame)


def parse(line: bytes) -> Frame:
    """Raises ValueError, whatever the bytes are."""
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ValueError(str(error)[:200]) from error


class Lines:
    """Cuts a stream of bytes into lines, and lines into frames."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._rest = b""
        self.skipped = 0

    def feed(self, chunk: bytes) -> list[Frame]:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        frames = [frame for line in whole if line.strip() and (frame := self._frame(line)) is not None]
        if len(self._rest) > MAX_LINE_BYTES:
            self._rest = b""
            self._skip("a line without an end")
        return frames

    def begin(self) -> None:
        """After a new connection: half a line of the old one is no use."""
        self._rest = b""

    def _frame(self, line: bytes) -> Frame | None:
        if len(line) > MAX_LINE_BYTES:
            self._skip("too long")
            return None
        try:
            return parse(line)
        except ValueError as error:
            self._skip(str(error))
            return None

    def _skip(self, why: str) -> None:
        """Said at the first, the tenth, the hundredth."""
        self.skipped += 1
        if str(self.skipped).rstrip("0") == "1":
            log.warning("wristband_line_skipped", device=self._device, skipped=self.skipped, why=why)
