"""Tells systemd that a program is ready, alive, ending: datagrams to the socket that it names (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceManager:
    """`address` None: nobody wants to know. `watchdog_s` None: nobody waits for a sign of life."""

    address: str | None = None
    watchdog_s: float | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str], pid: int) -> "ServiceManager":
        """From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, as sd_watchdog_enabled(3) reads them."""
        address = environment.get("NOTIFY_SOCKET") or None
        usec = environment.get("WATCHDOG_USEC", "")
        is_for_us = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
        watchdog_s = int(usec) / 1_000_000 if usec.isdecimal() and int(usec) and is_for_us else None
        return cls(address, watchdog_s if address else None)

    @classmethod
    def here(cls) -> "ServiceManager":
        return cls.of(os.environ, os.getpid())

    @property
    def sign_every_s(self) -> float | None:
        """A third of what it waits, so that one that comes late does no harm."""
        return None if self.watchdog_s is None else self.watchdog_s / 3

    def ready(self) -> None:
        self._say("READY=1")

    def alive(self) -> None:
        if self.watchdog_s is not None:
            self._say("WATCHDOG=1")

    def ending(self) -> None:
        self._say("STOPPING=1")

    def _say(self, text: str) -> None:
        """A manager that does not listen is no reason to stop."""
        if self.address is None:
            return
        name = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address  # Linux's abstract names
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.sendto(text.encode(), name)


NOBODY = ServiceManager()
