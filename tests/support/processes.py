"""Processes of the product, started, killed and ended by the tests."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.shared import ROOT


@dataclass
class Child:
    """`python -m …`, with its output in a file. It may be started again after its end.

    `within`: the command that it is started by, where it is to run in a place of its own.
    `folder`: where its packages lie.
    """

    words: tuple[str, ...]
    env: dict[str, str]
    log: Path
    folder: Path = ROOT
    process: "subprocess.Popen[bytes] | None" = None
    within: tuple[str, ...] = ()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.within, sys.executable, "-m", *self.words], cwd=self.folder,
                env=self.env | {"PYTHONPATH": str(self.folder)}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip

    def kill(self) -> None:
        """As a power cut ends it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Asks first. Harmless when it does not run."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def says(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def command(env: dict[str, str], *words: str) -> str:
    """What the cloud's command line answers."""
    asked = [sys.executable, "-m", "cloud", *words]
    return subprocess.run(asked, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Raises AssertionError when it does not come to pass in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.1)
