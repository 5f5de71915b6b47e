"""A real IPP printer (CUPS' ippeveprinter) is read before and after a print job that used ink."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT, SHARED, needs, needs_program, needs_root

TOOLS = SHARED / "tools" / "ippeve"
URI = "ipp://localhost:8631/ipp/print"
PATIENCE_S = 90

LOOKS = """
import json, subprocess, sys, time
from edge.sensors.ipp import IppAddress, IppPrinter
from pathlib import Path

work, uri, job = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
printer = IppPrinter("printer-1", IppAddress.parse(uri))

def look():
    poll = printer.poll()
    return {
        "model": poll.report.model, "serial": poll.report.serial, "uuid": poll.report.uuid,
        "supplies": [slot.supply for slot in poll.report.slots],
        "colours": [slot.colour for slot in poll.report.slots],
        "levels": [[level.value, level.quality, level.basis] for level in poll.levels],
    }

before = look()
(work / "next_levels").write_text("20,55,50,3,88")
subprocess.run(["ipptool", "-f", __file__, uri, job], check=True, stdout=subprocess.DEVNULL)
for _ in range(50):
    after = look()
    if after["levels"] != before["levels"]:
        break
    time.sleep(0.2)
(work / "looks.json").write_text(json.dumps([before, after]))
"""


@pytest.fixture(scope="module")
def looks(tmp_path_factory):
    needs_root()
    for program in ("unshare", "ippeveprinter", "ipptool", "avahi-daemon", "dbus-daemon", "ip"):
        needs_program(program)
    work: Path = tmp_path_factory.mktemp("printer")
    script = work / "looks.py"
    script.write_text(LOOKS)
    command = ["unshare", "-n", "-m", str(needs(TOOLS / "ippeve.sh")), str(work), "--"]
    command += [sys.executable, str(script), str(work), URI, str(needs(TOOLS / "print.test"))]
    done = subprocess.run(command, cwd=work, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                          capture_output=True, text=True, timeout=PATIENCE_S, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads((work / "looks.json").read_text())


@pytest.mark.root
def test_the_printer_says_who_it_is_and_what_it_holds(looks):
    before = looks[0]

    assert (before["model"], before["serial"]) == ("Example Ink 5", "ABC123")
    assert len(before["uuid"]) == 36
    assert before["supplies"] == ["consumable"] * 4 + ["receptacle"]
    assert before["colours"] == ["black", "cyan", "magenta", "yellow", None]
    assert before["levels"] == [
        [0.8, "good", "ratio"],
        [0.6, "good", "ratio"],
        [None, "some", "some_left"],
        [0.12, "good", "ratio"],
        [None, "unknown", "waste_direction"],
    ]


@pytest.mark.root
def test_ink_that_a_print_job_used_is_seen(looks):
    assert [value for value, _, _ in looks[1]["levels"]] == [0.2, 0.55, 0.5, 0.03, None]
