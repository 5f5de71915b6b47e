"""The units that we ship: systemd finds nothing wrong in them, and the agent speaks with it as they say."""

import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from tests.shared import ROOT, missing

UNITS = ROOT / "deploy" / "systemd"
TOML = 'agent = "pi-1"\n[broker]\nhost = "127.0.0.1"\nport = 9\npassword = "x"\n'


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's own")
def test_systemd_finds_nothing_wrong_in_our_units(tmp_path):
    program = shutil.which("systemd-analyze") or missing("systemd-analyze")
    for unit in UNITS.iterdir():  # as installed, but with a program that is on this machine
        text = unit.read_text().replace("/opt/forehand/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text)

    told = subprocess.run(
        [program, "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )

    ours = [line for line in told.stderr.splitlines() if "forehand" in line]
    assert (told.returncode, ours) == (0, [])


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's own")
def test_the_agent_tells_systemd_that_it_is_ready_alive_and_ending(tmp_path):
    (tmp_path / "agent.toml").write_text(TOML)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(30)
        given = {
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "1500000",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "edge", "--config", str(tmp_path / "agent.toml")]
        agent = subprocess.Popen(command, env=os.environ | given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert line.recv(100) == b"READY=1"
            assert [line.recv(100) for _ in range(5)] == [b"WATCHDOG=1"] * 5
            agent.send_signal(signal.SIGTERM)
            while (said := line.recv(100)) == b"WATCHDOG=1":
                pass
            assert said == b"STOPPING=1"
            assert agent.wait(30) == 0
        finally:
            agent.kill()
            agent.wait()
