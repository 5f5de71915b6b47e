"""A socket that reads ahead and gathers what is sent: few calls into the system instead of several for each packet.

Every such call hands the interpreter to another thread, and one that computes gives it back only after its turn. A
client that reads a header, a length and a body in a call each, and sends an acknowledgement of four bytes in another,
waits four turns for each message.
"""

import socket
import ssl
from contextlib import suppress
from typing import Any

_AT_ONCE = 65_536
_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Gathering:
    """Around a socket that does not block; everything else is the socket's own. `flush` sends what was gathered."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._read = memoryview(b"")
        self._unsent = bytearray()

    def recv(self, size: int) -> bytes:
        """As the socket's: nothing at the end, BlockingIOError while nothing has come."""
        if not self._read:
            self._read = memoryview(self._inner.recv(max(size, _AT_ONCE)))
        taken, self._read = self._read[:size], self._read[size:]
        return bytes(taken)

    def pending(self) -> int:
        """Bytes that have come and were not asked for yet."""
        held = getattr(self._inner, "pending", lambda: 0)()
        return len(self._read) + int(held)

    def send(self, body: bytes) -> int:
        """Takes everything. Beyond some size it goes out at once."""
        self._unsent += body
        if len(self._unsent) >= _AT_ONCE:
            self.flush()
        return len(body)

    def flush(self) -> bool:
        """False: the other side does not take all of it now. Raises OSError when the connection is broken."""
        while self._unsent:
            try:
                sent = self._inner.send(self._unsent)
            except _LATER:
                return False
            del self._unsent[:sent]
        return True

    def close(self) -> None:
        """A last word (DISCONNECT) leaves before."""
        with suppress(OSError):
            self.flush()
        self._unsent.clear()
        self._inner.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
