"""A modem on a serial line that sends text messages, by the commands of 3GPP TS 27.005 (`AT+CMGS`)."""

import os
import select
import termios
import time
import tty
from collections.abc import Callable
from datetime import UTC, datetime

from edge.ways.way import Call, WayError

TIMEOUT_S = 30.0  # a network may take so long to take a message
_LONGEST = 160  # characters of one message
_KINDS = {"fall": "a fall", "sos": "a call for help", "inactivity": "no movement for hours"}
_END = b"\x1a"


class Modem:
    """One message to each number. Whom the network has taken it for is not sent it again."""

    def __init__(
        self, line: str, numbers: list[str], about: str | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = line
        self._numbers = numbers
        self._about = about
        self._now = now
        self._taken: set[tuple[str, str]] = set()

    def send(self, call: Call, attempt: int) -> None:
        """Taken: the network has it for every number. Whether anybody reads it, nobody knows."""
        del attempt
        try:
            fd = os.open(self._line, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            raise WayError(f"{self._line}: {error.strerror}") from error
        try:
            self._each(_Talk(fd, self._now), call)
        except (OSError, termios.error) as error:
            raise WayError(f"{self._line}: {error}") from error
        finally:
            os.close(fd)

    def _each(self, talk: "_Talk", call: Call) -> None:
        talk.begin()
        failed = None
        for number in self._numbers:
            if (call.alarm_id, number) in self._taken:
                continue
            try:
                talk.message(number, words(call, self._about))
            except WayError as error:
                failed = error  # the next number may do
            else:
                self._taken.add((call.alarm_id, number))
        if failed is not None:
            raise failed


class _Talk:
    """One conversation with the modem."""

    def __init__(self, fd: int, now: Callable[[], float]) -> None:
        self._fd = fd
        self._now = now

    def begin(self) -> None:
        if os.isatty(self._fd):
            tty.setraw(self._fd)
            settings = termios.tcgetattr(self._fd)
            settings[4] = settings[5] = termios.B115200
            termios.tcsetattr(self._fd, termios.TCSANOW, settings)
            termios.tcflush(self._fd, termios.TCIOFLUSH)
        self._say(b"ATE0\r", b"OK")  # it need not repeat what we say
        self._say(b"AT+CMGF=1\r", b"OK")  # messages as text

    def message(self, number: str, text: str) -> None:
        self._say(f'AT+CMGS="{number}"\r'.encode(), b">")
        self._say(text.encode("ascii") + _END, b"+CMGS:")

    def _say(self, line: bytes, awaited: bytes) -> None:
        """Raises WayError where another answer comes, or none."""
        os.write(self._fd, line)
        until, heard = self._now() + TIMEOUT_S, b""
        while awaited not in heard:
            if b"ERROR" in heard:
                raise WayError(f"the modem answered {heard.decode('ascii', 'replace').strip()}")
            left = until - self._now()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                raise WayError("the modem does not answer")
            heard += os.read(self._fd, 1024) or self._gone()

    def _gone(self) -> bytes:
        raise WayError("the modem is gone")


def words(call: Call, about: str | None) -> str:
    """In plain letters, which every modem and every telephone has."""
    at = "" if call.at_ms is None else f" at {datetime.fromtimestamp(call.at_ms / 1000, UTC):%H:%M} UTC"
    told = (
        f"Forehand: {_KINDS.get(call.kind, call.kind)}{at}, {about or call.device}. Our service has not answered: "
        f"please look after the person. {call.alarm_id[:6]}"
    )
    return told.encode("ascii", "replace").decode()[:_LONGEST]
