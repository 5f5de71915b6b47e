"""`python -m cloud run`: the whole cloud on one machine, and nothing of it left when it ends."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from kit.mosquitto import free_port
from tests.shared import ROOT, needs_program


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_its_broker_serves_and_ends_both_cleanly(tmp_path: Path, how: signal.Signals):
    needs_program("mosquitto")
    port = free_port()
    env = os.environ | {
        "FOREHAND_DATA_DIR": str(tmp_path), "FOREHAND_DATABASE_URL": f"sqlite:///{tmp_path}/forehand.db",
        "FOREHAND_WEB_PORT": str(port), "FOREHAND_BROKER_PORT": str(free_port()), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "cloud", "run"], env=env, cwd=tmp_path, stderr=log)
    until = time.monotonic() + 60
    while not answers(f"http://127.0.0.1:{port}/healthz") and process.poll() is None and time.monotonic() < until:
        time.sleep(0.2)
    broker = int((tmp_path / "broker" / "pid").read_text())

    process.send_signal(how)

    assert process.wait(timeout=30) == 0
    assert json.loads((tmp_path / "log").read_text().splitlines()[-1])["event"] == "stopped"
    assert not Path(f"/proc/{broker}").exists()
