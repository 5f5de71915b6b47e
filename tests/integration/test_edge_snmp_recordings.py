"""Recorded printers through a real SNMP agent and a real HTTP server: all are read, and no number is invented."""

import json
import subprocess
import sys

import pytest

from benchmarks import printers, printers_judged
from benchmarks.printers_simulated import PASSWORD, USER, ipp_printer
from edge.sensors import snmp_table
from edge.sensors.snmp import SnmpPrinter
from edge.sensors.snmp_address import SnmpAddress
from edge.sensors.snmp_gufo import GufoWalk
from edge.sensors.snmp_pysnmp import PysnmpWalk
from edge.sensors.snmp_recorded import RecordedPrinter, recorded
from tests.shared import ROOT, SHARED, needs

RECORDINGS = SHARED / "data" / "printers"
RECORDS = sorted(path.name.removesuffix(".snmprec") for path in (RECORDINGS / "snmp").glob("*.snmprec"))
ANSWERS = sorted((RECORDINGS / "ipp").glob("*.bin"))
NO_ANSWERS = {"pyipp__error-0x0503"}


@pytest.fixture(scope="module")
def port():
    needs(RECORDINGS / "snmp")
    with printers.served() as served:
        yield served


@pytest.fixture(scope="module")
def of_brother(port):
    return {verdict.name: verdict for verdict in printers.brother_verdicts(port)}


def test_the_recordings_are_there():
    needs(RECORDINGS / "snmp" / "supplies.csv")

    assert len(RECORDS) >= 20
    assert len(ANSWERS) >= 11


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_is_read_as_proposed_or_a_rule_says_why_not(port, name):
    proposed = printers_judged.proposals(RECORDINGS / "snmp")
    rows = proposed.get(name) or proposed[f"{name}@Jetdirect"]
    verdict = printers_judged.judged(name, printers.snmp_lines(port, name), rows)

    assert len(verdict.lines) == len(rows)
    assert verdict.unexplained == []
    assert printers_judged.invented(verdict.lines) == []


def test_some_left_is_neither_half_nor_full_and_a_zero_without_capacity_is_not_empty(port):
    lines = {line["index"]: line for line in printers.snmp_lines(port, "brother_hl5370dw")}

    assert [(lines[at]["value"], lines[at]["basis"]) for at in ("1.1", "1.2", "1.3")] == [
        (None, "no_capacity"), (None, "some_left"), (0.6883, "ratio"),
    ]  # fmt: skip


def test_every_brother_record_is_read_as_by_the_library_or_a_rule_says_why_not(of_brother):
    assert len(of_brother) >= 14
    assert {name: verdict.unexplained for name, verdict in of_brother.items() if verdict.unexplained} == {}
    assert [printers_judged.invented(verdict.lines) for verdict in of_brother.values()] == [[]] * len(of_brother)


def test_a_brother_record_of_another_form_is_not_misread(of_brother):
    [line] = of_brother["hl-5350dn"].lines

    assert (line["value"], line["quality"], line["basis"], line["colour"]) == (None, "some", "brother_fine", "black")


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_every_ipp_answer_is_read_or_refused_in_words(path):
    with ipp_printer(path.read_bytes()) as served:
        asked = [sys.executable, "-m", "edge", "read", f"ipp://127.0.0.1:{served}/ipp/print"]
        ended = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=False)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]

    assert ended.returncode == (1 if path.stem in NO_ANSWERS else 0)
    assert lines or ended.stderr.strip()
    assert printers_judged.invented(lines) == []
    assert [line["index"] for line in lines] == [f"1.{n}" for n in range(1, len(lines) + 1)]


def test_the_command_reads_a_printer(port):
    url = f"snmp://127.0.0.1:{port}/?community=xerox&version=2c"
    asked = [sys.executable, "-m", "edge", "read", url]
    ended = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=True)

    first = json.loads(ended.stdout.splitlines()[0])
    assert (first["index"], first["colour"], first["part_number"]) == ("1.1", "black", "006R01509")
    assert (first["serial"], first["value"]) == ("48178080E0000481", 0.2)


def stand_in(name):
    text = (RECORDINGS / "snmp" / f"{name}.snmprec").read_text(encoding="utf-8")
    return RecordedPrinter({name: recorded(text)}).opened


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("name", ["ricoh_mpc2503", "jetdirect_m130nw"])
@pytest.mark.parametrize("kind", ["gufo", "pysnmp", "stand-in"])
def test_all_ways_to_ask_answer_the_same(port, kind, name, version):
    opened = {"gufo": GufoWalk.session, "pysnmp": PysnmpWalk.session}.get(kind) or stand_in(name)
    with opened(SnmpAddress("127.0.0.1", port, name), version, "") as walk:
        names, levels = walk.walk(snmp_table.DESCRIPTION), walk.walk(snmp_table.LEVEL)
        nothing = walk.get("1.3.6.1.2.1.99.1.0"), walk.walk("1.3.6.1.2.1.99.1"), walk.walk("1.3.6.1.4.1.99999")
        about = walk.get("1.3.6.1.2.1.1.2.0")

    record = recorded((RECORDINGS / "snmp" / f"{name}.snmprec").read_text(encoding="utf-8"))
    assert names == {oid: cell for oid, cell in record.items() if oid.startswith(f"{snmp_table.DESCRIPTION}.")}
    assert levels == {oid: cell for oid, cell in record.items() if oid.startswith(f"{snmp_table.LEVEL}.")}
    assert nothing == (None, {}, {})
    assert about == record["1.3.6.1.2.1.1.2.0"]


def test_version_3_is_read_with_a_user_in_a_context(port):
    address = SnmpAddress.parse(f"snmp://127.0.0.1:{port}/?user={USER}&auth_password={PASSWORD}&context=xerox")

    poll = SnmpPrinter("printer-1", address).poll()

    assert poll.report.model == "AltaLink C8045"
    assert poll.levels[0].value == 0.2
