"""The processes that a demo starts, and their end: none outlives it, however it ends."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kit import leash

_GRACE_S = 6.0
_LAST_LINES = 15


class ChildError(Exception):
    """A process ended that should have gone on; the message has its last lines."""


@dataclass(frozen=True)
class Child:
    """One process, leader of its own group: the terminal's Ctrl-C does not reach it, its end is ours to say."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def last_words(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-_LAST_LINES:])


@dataclass
class Children:
    """Started in order, ended in reverse."""

    folder: Path
    _all: list[Child] = field(default_factory=list)

    def start(self, name: str, command: list[str], env: dict[str, str] | None = None) -> Child:
        """Its output goes to `NAME.log`. Raises ChildError when no process can be started."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            try:
                process = leash.start(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(env or {})},
                    start_new_session=True,
                )
            except OSError as error:
                raise ChildError(f"{name} cannot be started: {error}") from error
        child = Child(name, process, log)
        self._all.append(child)
        return child

    def check(self) -> None:
        """Raises ChildError when one has ended."""
        for child in self._all:
            if not child.is_alive():
                code = child.process.returncode
                raise ChildError(f"{child.name} ended (code {code}). The end of {child.log}:\n{child.last_words()}")

    def stop(self) -> None:
        """Ask each to end, newest first; who does not in time is killed with all its own children. Harmless twice."""
        for child in reversed(self._all):
            _signal(child, signal.SIGTERM)
        until = time.monotonic() + _GRACE_S
        for child in reversed(self._all):
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.05, until - time.monotonic()))
            _signal(child, signal.SIGKILL)  # the whole group: also what a dead leader has left behind
            child.process.wait()
        self._all.clear()


def _signal(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
