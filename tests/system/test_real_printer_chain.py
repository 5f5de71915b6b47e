"""A real printer's ink falls by print jobs until a real order reaches the supplier, inside a signed mandate.

Real are the printer (CUPS' ippeveprinter), the agent, Mosquitto as shipped, the cloud's three processes, PostgreSQL,
HTTP and the signed webhooks; the supplier is the simulator's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.shared import ROOT, SHARED, needs, needs_program, needs_root

TOOLS = SHARED / "tools" / "ippeve"
PATIENCE_S = 240
PROGRAMS = ("unshare", "mount", "ippeveprinter", "ipptool", "avahi-daemon", "dbus-daemon", "ip", "mosquitto")
# The printer's /run is a fresh one, and the database's socket may lie below the old one: so it is given another place.
WITH_SOCKET = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'


@pytest.fixture
def told(tmp_path, postgres_url, record_property):
    needs_root()
    for program in PROGRAMS:
        needs_program(program)
    socket = tmp_path / "pg"
    socket.mkdir()
    url = make_url(postgres_url)
    inside = url.set(query={**url.query, "host": str(socket)}).render_as_string(hide_password=False)
    command = ["unshare", "-n", "-m", "sh", "-c", WITH_SOCKET, "sh", str(url.query["host"]), str(socket)]
    command += [str(needs(TOOLS / "ippeve.sh")), str(tmp_path), "--"]
    command += [sys.executable, "-m", "tests.system.chain", str(tmp_path), inside, str(needs(TOOLS / "print.test"))]
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": path}, timeout=PATIENCE_S,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:] + _last_words(tmp_path)
    story = json.loads((tmp_path / "chain.json").read_text())
    record_property("order_to_door_s", story["order_to_door_s"])
    return story


def _last_words(work: Path) -> str:
    return "".join(f"\n{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in sorted(work.glob("*-*.log")))


@pytest.mark.root
@pytest.mark.slow
def test_ink_that_print_jobs_used_is_ordered_in_time_and_inside_the_mandate(told):
    assert {outcome for outcome, _ in told["before"]} == {"waiting"}
    assert told["levels"] == [0.6, 0.4, 0.2, 0.03]
    (order,) = told["orders"]
    assert (order["product"], order["quantity"], order["total_minor"]) == ("toner-black", 1, 5490)
    assert (order["reason"], order["in_mandate"], order["decided"]) == ("mandate", True, True)
    assert told["ordered_because"] == [["runs_out_before_arrival"]]
    assert told["spent_minor"] == [5490]
    assert order["state"] == "delivered"
    assert told["parcels"] == [[order["reference"], 1, "delivered"]]
