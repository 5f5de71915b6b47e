"""The ways to a wristband: a socket, or a serial line."""

import os
import socket
import termios
import tty
from typing import Protocol

CONNECT_S = 5.0
_CHUNK_BYTES = 65_536


class Channel(Protocol):
    """An open way to the wristband. All of it raises OSError when the way is broken, or not free at this moment."""

    def fileno(self) -> int: ...

    def read(self) -> bytes:
        """What is there, without waiting. Empty: the other end has closed."""
        ...

    def write(self, line: bytes) -> bool:
        """False: nothing goes back this way."""
        ...

    def close(self) -> None: ...


class Tcp:
    """A socket that never makes anybody wait once it is connected."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), CONNECT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(0)

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> bytes:
        return self._socket.recv(_CHUNK_BYTES)

    def write(self, line: bytes) -> bool:
        return self._socket.send(line) == len(line)

    def close(self) -> None:
        self._socket.close()


class Tty:
    """A serial line, 115200 baud. Nothing goes back: not every such line takes it."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            if os.isatty(self._fd):
                _make_raw(self._fd)
        except termios.error as error:
            os.close(self._fd)
            raise OSError(str(error)) from error

    def fileno(self) -> int:
        return self._fd

    def read(self) -> bytes:
        return os.read(self._fd, _CHUNK_BYTES)

    def write(self, line: bytes) -> bool:
        return False

    def close(self) -> None:
        os.close(self._fd)


def _make_raw(fd: int) -> None:
    tty.setraw(fd)
    settings = termios.tcgetattr(fd)
    settings[4] = settings[5] = termios.B115200
    termios.tcsetattr(fd, termios.TCSANOW, settings)
