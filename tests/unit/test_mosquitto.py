"""Our broker's child: never a stranger's."""

import socket
import sys
import threading
from pathlib import Path

import pytest

from kit import leash
from kit.mosquitto import Mosquitto, free_port
from tests.support.processes import until


def test_a_port_that_somebody_listens_on_is_not_taken_for_ours(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        broker = Mosquitto(tmp_path, stranger.getsockname()[1], sys.executable)

        with pytest.raises(OSError, match="already"):
            broker.start()

    assert broker.process is None


def test_a_broker_that_ends_at_once_is_told(tmp_path):
    broker = Mosquitto(tmp_path, free_port(), "/bin/false")

    with pytest.raises(OSError, match=r"mosquitto\.log"):
        broker.start()

    assert broker.process is None


def test_a_child_outlives_the_thread_that_started_it():
    started = []
    starter = threading.Thread(target=lambda: started.append(leash.start(["sleep", "60"])))
    starter.start()
    starter.join()
    [child] = started
    until(lambda: b"sleep" in Path(f"/proc/{child.pid}/cmdline").read_bytes(), 10)

    with pytest.raises(Exception, match="timed out"):
        child.wait(0.3)

    child.kill()
    child.wait()


def test_a_program_that_is_not_there_is_said_in_a_line(tmp_path):
    with (tmp_path / "log").open("wb") as log:
        child = leash.start(["/absent/program"], stderr=log)

    assert child.wait(10) == 127
    assert (tmp_path / "log").read_text().count("\n") == 1
