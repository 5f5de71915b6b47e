"""Plays the wristband: its lines over TCP at their real pace, whatever the household's clock does."""

import json
import random
import select
import socket
import threading
import time
from contextlib import suppress

from simulator.demo.ports import LOOPBACK
from simulator.wristband import FS_HZ, Wrist

_FRAME = 10  # samples in a line: five lines a second
_BATTERY = 0.85
_CHUNK_BYTES = 4096


class Band:
    """Speaks to whoever connects, one at a time, from `start` to `stop`."""

    def __init__(self, chance: random.Random) -> None:
        self._wrist = Wrist(chance)
        self._lock = threading.Lock()
        self._server = socket.create_server((LOOPBACK, 0))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wristband", daemon=True)
        self.heard: list[str] = []  # what the buzzer was told, in order

    @property
    def address(self) -> str:
        return f"tcp://{LOOPBACK}:{self._server.getsockname()[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        self._server.close()

    def fall(self) -> None:
        with self._lock:
            self._wrist.fall()

    def get_up(self) -> None:
        with self._lock:
            self._wrist.get_up()

    def _run(self) -> None:
        while not self._stop.is_set():
            if not select.select([self._server], [], [], 0.2)[0]:
                continue
            connection, _ = self._server.accept()
            with connection, suppress(OSError):
                connection.settimeout(1.0)
                self._speak(connection)

    def _speak(self, connection: socket.socket) -> None:
        """Until the other end goes: raises OSError."""
        due_s = time.monotonic()
        while not self._stop.wait(max(0.0, due_s - time.monotonic())):
            due_s += _FRAME / FS_HZ
            with self._lock:
                samples = self._wrist.samples(_FRAME)
            said = {"fs_hz": FS_HZ, "acc_mg": samples, "worn": True, "battery_fraction": _BATTERY}
            connection.sendall(json.dumps(said).encode() + b"\n")
            self._listen(connection)

    def _listen(self, connection: socket.socket) -> None:
        if not select.select([connection], [], [], 0)[0]:
            return
        chunk = connection.recv(_CHUNK_BYTES)
        if not chunk:
            raise ConnectionResetError
        for line in chunk.splitlines():
            with suppress(ValueError, KeyError, TypeError):
                self.heard.append(str(json.loads(line)["buzz"]))
