"""A socket of whole MQTT packets: messages are taken here, everything else is left to paho, a packet at a time.

What has come is read ahead and what is to leave is gathered: a call into the system for hundreds of packets, instead of
several for each. Every such call hands the interpreter to another thread, and a thread that computes gives it back only
after its turn. Layout: MQTT 5.0, §2.1 (fixed header), §3.3 (PUBLISH), §3.4 (PUBACK); 3.1.1 has no properties.
"""

import socket
import ssl
from contextlib import suppress
from typing import Any, NamedTuple

_AT_ONCE = 65_536
_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_PUBLISH, _PUBACK = 3, b"\x40\x02"
_LONGEST_HEADER = 5
_MORE = 0x80  # the highest bit: the number goes on


class Message(NamedTuple):
    """`mid` None: nobody waits for an acknowledgement (QoS 0)."""

    topic: bytes
    payload: bytes
    retained: bool
    mid: int | None


class Packets:
    """Around a socket that does not block, for one thread. What it does not have is the socket's own.

    A connection that breaks raises nothing: it `is_over`, and paho reads the end.
    """

    def __init__(self, inner: socket.socket, *, has_properties: bool) -> None:
        self._inner = inner
        self._has_properties = has_properties
        self._come, self._at = b"", 0
        self._left_to_paho = 0  # bytes of the first packet that it has begun to read
        self._unsent = bytearray()
        self.is_over = False

    def fill(self) -> bool:
        """Read ahead what has come. False: nothing, now or for ever."""
        try:
            came = self._inner.recv(_AT_ONCE)
        except _LATER:
            return False
        except OSError:
            came = b""
        self.is_over = not came
        self._come, self._at = self._come[self._at :] + came, 0
        return bool(came)

    def holds(self) -> bool:
        """A packet is here that has not been read, or bytes of one are, where `select` does not see them."""
        inside = getattr(self._inner, "pending", lambda: 0)()  # of TLS
        return bool(inside) or self.has_packet()

    def has_packet(self) -> bool:
        return self._body() is not None

    def message(self) -> Message | None:
        """The first packet, when it is a message of QoS 0 or 1. Raises ConnectionError when it is none of MQTT."""
        body = self._body() if self._is_message() else None
        if body is None:
            return None
        come, (begin, end) = self._come, body
        first = come[self._at]
        topic_end = at = begin + 2 + int.from_bytes(come[begin : begin + 2], "big")
        mid = None
        if first & 0b110:
            mid, at = int.from_bytes(come[at : at + 2], "big"), at + 2
        if self._has_properties:
            length, at = self._number(at)
            at += length
        if at > end:
            raise ConnectionError("a message that is shorter than it says")
        self._at = end
        return Message(come[begin + 2 : topic_end], come[at:end], bool(first & 1), mid)

    def acknowledge(self, mids: list[int]) -> None:
        self.send(b"".join(_PUBACK + mid.to_bytes(2, "big") for mid in mids))

    def recv(self, size: int) -> bytes:
        """For paho: of packets that are complete and no messages. BlockingIOError: there is none; empty: the end."""
        if not self._left_to_paho:
            body = None if self._is_message() else self._body()
            if body is None and self.is_over:
                return b""
            if body is None:
                raise BlockingIOError
            self._left_to_paho = body[1] - self._at
        taken = self._come[self._at : self._at + min(size, self._left_to_paho)]
        self._at += len(taken)
        self._left_to_paho -= len(taken)
        return taken

    def send(self, packet: bytes) -> int:
        """Takes everything; it leaves with the next `flush`."""
        self._unsent += packet
        return len(packet)

    def flush(self) -> bool:
        """False: the other side does not take all of it now."""
        while self._unsent:
            try:
                sent = self._inner.send(self._unsent)
            except _LATER:
                return False
            except OSError:
                self.is_over = True
                self._unsent.clear()
                return True
            del self._unsent[:sent]
        return True

    def is_sending(self) -> bool:
        return bool(self._unsent)

    def close(self) -> None:
        """A last word (DISCONNECT) leaves before."""
        with suppress(ValueError):  # closed already
            self.flush()
        self._unsent.clear()
        self._inner.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _is_message(self) -> bool:
        if self._at == len(self._come) or self._left_to_paho:
            return False
        first = self._come[self._at]
        return first >> 4 == _PUBLISH and first & 0b100 == 0

    def _body(self) -> tuple[int, int] | None:
        """Where that of the first packet begins and ends. None: not all of it has come."""
        if len(self._come) - self._at < _LONGEST_HEADER and not self._is_length_here():
            return None
        length, begin = self._number(self._at + 1)
        end = begin + length
        return (begin, end) if end <= len(self._come) else None

    def _is_length_here(self) -> bool:
        return any(byte < _MORE for byte in self._come[self._at + 1 :])

    def _number(self, at: int) -> tuple[int, int]:
        """A number of variable length (§1.5.5), and where it ends. Raises ConnectionError when there is none."""
        number = 0
        for shift, byte in zip((0, 7, 14, 21), self._come[at : at + 4], strict=False):
            number |= (byte & ~_MORE) << shift
            if byte < _MORE:
                return number, at + shift // 7 + 1
        raise ConnectionError("a length that is none of MQTT")
