"""A stranger with two Pis: a code, one command, an agent that is heard; by another code another Pi takes its place."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.mosquitto import free_port
from tests.shared import ROOT, needs_program
from tests.support.processes import Child, until


@dataclass
class Machine:
    """The cloud's, with everything on it."""

    env: dict[str, str]
    folder: Path
    page: str

    def cloud(self, *words: str) -> str:
        return self.runs("cloud", *words)

    def runs(self, *words: str) -> str:
        done = subprocess.run([sys.executable, "-m", *words], env=self.env, cwd=self.folder, capture_output=True,
                              text=True, timeout=90, check=False)  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def pi(self, name: str, code: str) -> Child:
        """One command makes it an agent, the next runs it."""
        folder = self.folder / name
        assert "This is hall now." in self.runs("edge", "enrol", self.page, code, "--folder", str(folder))
        child = Child(("edge", "--config", str(folder / "agent.toml")), self.env, self.folder / f"{name}.log")
        child.start()
        return child


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    needs_program("mosquitto")
    port = free_port()
    given = {
        "FOREHAND_DATA_DIR": str(tmp_path / "data"), "FOREHAND_WEB_PORT": str(port),
        "FOREHAND_BROKER_PORT": str(free_port()), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    made = Machine({**os.environ, **given}, tmp_path, f"http://127.0.0.1:{port}")
    running = Child(("cloud", "run"), made.env, tmp_path / "cloud.log")
    running.start()
    until(lambda: '"started"' in running.says(), 60)
    yield made
    running.stop()


def code_of(said: str) -> str:
    return said.split(maxsplit=1)[0]


@pytest.mark.slow
def test_a_pi_becomes_an_agent_by_one_command_and_another_takes_its_place(machine):
    machine.cloud("household", "add", "Ada")
    first = machine.pi("first", code_of(machine.cloud("agents", "claim", "hall")))
    try:
        until(lambda: " ready " in machine.cloud("agents", "list"), 60)
        second = machine.pi("second", code_of(machine.cloud("agents", "claim", "hall")))
        try:
            until(lambda: "bus_lost" in first.says(), 60)
            until(lambda: " ready " in machine.cloud("agents", "list"), 60)
        finally:
            second.stop()
    finally:
        first.stop()
