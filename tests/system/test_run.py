"""`python -m cloud run`: the whole cloud on one machine, and nothing of it left when it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.mosquitto import free_port
from tests.shared import ROOT, needs_program
from tests.support.processes import until


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@dataclass
class Running:
    """`python -m cloud run` in a folder of its own."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    page: str

    def broker(self) -> int:
        """Its process id, once the cloud serves."""
        until(lambda: answers(f"{self.page}/healthz") or self.process.poll() is not None)
        return int((self.folder / "broker" / "pid").read_text())

    def says(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    needs_program("mosquitto")
    started: list[Running] = []

    def start(broker_port: int, **more: str) -> Running:
        page = f"http://127.0.0.1:{free_port()}"
        env = os.environ | {
            "FOREHAND_DATA_DIR": str(tmp_path), "FOREHAND_WEB_PORT": page.rpartition(":")[2],
            "FOREHAND_BROKER_PORT": str(broker_port), "PYTHONPATH": str(ROOT),
        } | more  # fmt: skip
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "cloud", "run"], env=env, cwd=tmp_path,
                                       stdout=log, stderr=subprocess.STDOUT)  # fmt: skip
        started.append(Running(tmp_path, process, page))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_its_broker_serves_and_ends_both_cleanly(run, how: signal.Signals):
    cloud = run(free_port())
    broker = cloud.broker()

    cloud.process.send_signal(how)

    assert cloud.process.wait(timeout=30) == 0
    assert cloud.says().startswith(f"Forehand: {cloud.page} ")
    assert json.loads(cloud.says().splitlines()[-1])["event"] == "stopped"
    assert is_gone(broker)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_the_broker_ends_with_a_cloud_that_is_killed_and_leaves_no_stale_process_id(run):
    cloud = run(free_port())
    broker = cloud.broker()

    cloud.process.kill()

    until(lambda: is_gone(broker), 10)
    assert not (cloud.folder / "broker" / "pid").exists()


def test_a_stranger_on_the_brokers_port_is_told_and_not_used(run):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        cloud = run(port)

        assert cloud.process.wait(timeout=60) == 2

    assert f"listens on 127.0.0.1:{port} already" in cloud.says()
    assert "FOREHAND_BROKER_PORT" in cloud.says()
    assert "Traceback" not in cloud.says()


def test_a_web_port_that_is_taken_is_told_in_words(run):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        cloud = run(free_port(), FOREHAND_WEB_PORT=str(port))

        assert cloud.process.wait(timeout=60) == 2

    assert "FOREHAND_WEB_PORT" in cloud.says()
    assert "Traceback" not in cloud.says()


def test_the_password_of_a_broker_elsewhere_is_refused_here(run):
    cloud = run(free_port(), FOREHAND_BROKER_PASSWORD="of-another")

    assert cloud.process.wait(timeout=60) == 2

    assert "FOREHAND_BROKER_PASSWORD" in cloud.says()
    assert "of-another" not in cloud.says()
