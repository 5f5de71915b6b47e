"""`read`: what one device says, as JSON lines, or what to do."""

import json

import pytest

from edge import read_lines
from edge.__main__ import main
from edge.reporting import Moment
from edge.sensors.snmp import SnmpPrinter
from edge.sensors.snmp_address import SnmpAddress
from edge.sensors.snmp_recorded import RecordedPrinter

OF_A_READING = {"device", "slot", "up_ms", "at_ms", "kind", "value", "resolution", "quality", "basis", "serial"}
OF_A_PRINTER = {"index", "description", "supply", "colour", "part_number", "raw"}
CELLS = "1.3.6.1.2.1.43.11.1.1"


@pytest.fixture
def read(capsys):
    def run(url, *words):
        code = main(["read", url, *words])
        said = capsys.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    return run


def test_a_printer_s_line_has_the_keys_of_a_reading_and_of_its_slot():
    objects = {f"{CELLS}.6.1.3": b"Yellow Toner, PN 006R01510;SN4E0B8980E000048A", f"{CELLS}.8.1.3": 3050}
    objects[f"{CELLS}.9.1.3"] = 1830
    printer = SnmpPrinter("printer-1", SnmpAddress("p"), RecordedPrinter({"public": objects}).opened)

    [line] = read_lines.of_poll(printer.poll(), Moment(1, 5000, 1_795_334_400_000))

    told = json.loads(line)
    assert told.keys() == OF_A_READING | OF_A_PRINTER
    assert told["raw"] == {
        "level": 1830, "capacity": 3050, "unit": None, "type": None, "class": None,
        "description": "Yellow Toner, PN 006R01510;SN4E0B8980E000048A",
    }  # fmt: skip
    assert (told["slot"], told["index"], told["value"], told["supply"], told["colour"]) == (
        "1.3", "1.3", 0.6, "consumable", "yellow",
    )  # fmt: skip
    assert (told["part_number"], told["serial"]) == ("006R01510", "4E0B8980E000048A")
    assert (told["up_ms"], told["at_ms"], told["kind"]) == (5000, 1_795_334_400_000, "level_fraction")


def test_a_scale_is_read_in_grams(read, tmp_path):
    (tmp_path / "weights.csv").write_text("grams\n530\n")

    code, [line], _ = read(f"scale://{tmp_path}/weights.csv?container_g=30&slot=milk")

    assert code == 0
    assert line.keys() == OF_A_READING
    assert (line["slot"], line["kind"], line["value"]) == ("milk", "amount_g", 500.0)


def test_a_recorded_call_for_help_is_an_event_at_its_moment(read, tmp_path):
    second = [0, 0, 1000] * 50
    lines = [{"fs_hz": 50, "acc_mg": second}, {"button": "sos"}, *[{"acc_mg": second}] * 40]
    (tmp_path / "band.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    code, told, _ = read(f"replay://{tmp_path}/band.jsonl")

    assert code == 0
    assert [(each["event"], each["kind"], each["by"], each["up_ms"]) for each in told] == [
        ("confirmed", "sos", "wearer", 1000),
        ("evidence", "sos", None, 1000),
    ]


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        ("fax://x", 2, "addresses:"),
        ("snmp://p/?comunity=x", 2, "knows no 'comunity'"),
        ("ipp://", 2, "write ipp://HOST/ipp/print"),
        ("scale:///w.csv?weight=3", 2, "knows no 'weight'"),
        ("scale:///w.csv?tare_g=much", 2, "could not convert"),
        ("scale://", 2, "names no file"),
        ("imu://host", 2, "write tcp://HOST:PORT"),
        ("scale:///nowhere/w.csv", 1, "cannot be read"),
        ("replay:///nowhere/band.jsonl", 1, "cannot be read"),
        ("ipp://127.0.0.1:1/ipp/print", 1, "no answer from the printer"),
        ("snmp://127.0.0.1:1/?community=s3cret", 1, "Is it switched on"),
    ],
)
def test_what_cannot_be_read_says_so_with_another_code_and_no_line(read, url, code, told):
    ended, lines, said = read(url)

    assert (ended, lines) == (code, [])
    assert told in said
    assert "s3cret" not in said


def test_a_recording_of_something_else_is_said_to_be_none(read, tmp_path):
    (tmp_path / "x.jsonl").write_text("no line of a wristband\n")

    code, lines, said = read(f"replay://{tmp_path}/x.jsonl")

    assert (code, lines) == (1, [])
    assert "holds no line of a wristband" in said
