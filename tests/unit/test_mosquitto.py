"""Our broker's child and its password file: never a stranger's, never half written."""

import os
import signal
import socket
import stat
import sys
import threading
from pathlib import Path

import pytest

from cloud import broker_access
from cloud.settings import Settings
from kit import leash, mosquitto_passwords
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


def test_passwords_are_replaced_whole_and_keep_mode_and_owner(tmp_path):
    path = tmp_path / "passwords"
    path.write_text("old:$7$1$a$b\n")
    path.chmod(0o604)
    if os.geteuid() == 0:
        os.chown(path, 12345, 23456)
    before = path.stat()

    mosquitto_passwords.write(path, ["new:$7$1$c$d"])

    assert path.read_text() == "new:$7$1$c$d\n"
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_of_passwords_is_not_for_everybody(tmp_path):
    mosquitto_passwords.write(tmp_path / "passwords", [])

    assert stat.S_IMODE((tmp_path / "passwords").stat().st_mode) & 0o007 == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process id is all there is")
def test_a_stale_process_id_ends_no_stranger(tmp_path):
    stranger = leash.start(["sleep", "60"])
    until(lambda: b"sleep" in Path(f"/proc/{stranger.pid}/cmdline").read_bytes(), 10)
    (tmp_path / "pid").write_text(f"{stranger.pid}\n")

    broker_access.reload(Settings(broker_pid_file=tmp_path / "pid"))

    with pytest.raises(Exception, match="timed out"):
        stranger.wait(0.3)
    stranger.send_signal(signal.SIGKILL)
    stranger.wait()
