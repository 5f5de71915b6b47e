"""Real printers' answers: every recording is read, and no number is invented."""

import pytest

from contract.fields import Quality, Supply
from contract.messages import Reported, encode
from edge.sensors.base import Poll, SensorError
from edge.sensors.ipp import IppAddress, IppPrinter
from edge.sensors.ipp_supplies import understand
from edge.sensors.ipp_wire import VERSION_NOT_SUPPORTED, decode
from tests.shared import SHARED, needs

RECORDINGS = SHARED / "data" / "printers" / "ipp"
FILES = sorted(RECORDINGS.glob("*.bin"))
CARRIES_NO_SUPPLIES = {
    "pyipp__empty-attribute-group.bin",
    "pyipp__error-0x0503.bin",
    "pyipp__kyocera-ecosys-m2540dn-001.bin",
    "pyipp__response-000.bin",
}


def recording(name: str) -> bytes:
    return needs(RECORDINGS / name).read_bytes()


def read(name: str) -> Poll:
    return understand("printer-1", decode(recording(name)).printer)


def levels(name: str) -> list[float | None]:
    return [level.value for level in read(name).levels]


def test_the_recordings_are_there():
    recording("gmuth__xerox-b210-ok.bin")

    assert len(FILES) >= 11


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_recording_is_read_and_fits_the_wire(path):
    poll = understand("printer-1", decode(path.read_bytes()).printer)

    assert len(poll.report.slots) == len(poll.levels)
    assert bool(poll.levels) is (path.name not in CARRIES_NO_SUPPLIES)
    assert encode(Reported(stream="0" * 32, boot=1, agent_version="0", config=0, consent=0, devices=[poll.report]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recording_cut_anywhere_is_refused(path):
    body = path.read_bytes()

    for size in range(0, len(body) - 1, max(1, len(body) // 200)):
        with pytest.raises(SensorError):
            decode(body[:size])


def test_a_kyocera_without_marker_attributes_has_no_supplies():
    poll = read("pyipp__kyocera-ecosys-m2540dn-001.bin")

    assert poll.report.model == "ECOSYS M2540dn"
    assert poll.levels == ()


def test_a_xerox_shows_its_toner_at_three_moments():
    assert levels("gmuth__xerox-b210-ok.bin") == [0.62]
    assert levels("gmuth__xerox-b210-media-jam.bin") == [0.76]
    assert levels("gmuth__xerox-b210-toner-empty.bin") == [0.0]


def test_a_changed_cartridge_is_seen_by_its_serial():
    names = ("gmuth__xerox-b210-media-jam.bin", "gmuth__xerox-b210-toner-empty.bin", "gmuth__xerox-b210-ok.bin")
    jam, empty, fresh = (read(name).levels[0].serial or "" for name in names)

    assert jam.startswith("CRUM-")
    assert jam == empty
    assert fresh.startswith("CRUM-")
    assert fresh != empty
    assert read(names[0]).report.slots[0].description == "Black Toner"


def test_a_queue_that_has_not_asked_its_printer_for_days_gives_no_level():
    poll = read("gmuth__cups-hp-m175.bin")

    assert {level.quality for level in poll.levels} == {Quality.STALE}
    assert levels("gmuth__cups-hp-m175.bin") == [None] * 5
    assert [slot.supply for slot in poll.report.slots] == [Supply.CONSUMABLE] * 4 + [Supply.PART]


def test_foreign_ink_that_stands_at_the_threshold_has_no_level():
    poll = read("pyipp__hp6830.bin")

    assert levels("pyipp__hp6830.bin") == [None] * 4
    assert {(level.quality, level.basis) for level in poll.levels} == {(Quality.UNKNOWN, "not_genuine")}
    assert [slot.colour for slot in poll.report.slots] == ["magenta", "cyan", "yellow", "black"]


def test_a_brother_names_its_colours_by_letters():
    poll = read("pyipp__brother-mfcj5320dw.bin")

    assert levels("pyipp__brother-mfcj5320dw.bin") == [0.11, 0.09, 0.45, 0.11]
    assert [slot.colour for slot in poll.report.slots] == ["magenta", "cyan", "yellow", "black"]


def test_an_epson_tells_photo_black_from_black():
    poll = read("pyipp__epsonxp6000.bin")

    assert levels("pyipp__epsonxp6000.bin") == [0.27, 0.99, 0.83, 0.06, 0.64]
    assert [slot.colour for slot in poll.report.slots] == ["photo_black", "cyan", "magenta", "yellow", "black"]
    assert poll.report.serial
    assert poll.report.uuid


def test_a_printer_that_refuses_ipp_2_is_asked_in_ipp_1():
    refusal = recording("pyipp__error-0x0503.bin")
    answer = recording("gmuth__xerox-b210-media-jam.bin")
    asked: list[bytes] = []

    def post(url: str, body: bytes) -> bytes:
        assert url == "http://printer.test:631/ipp/print"
        asked.append(body[:2])
        return refusal if body[0] == 2 else answer

    printer = IppPrinter("printer-1", IppAddress.parse("ipp://printer.test"), post)

    assert decode(refusal).code == VERSION_NOT_SUPPORTED
    assert printer.poll().levels[0].value == 0.76
    assert printer.poll().levels[0].value == 0.76
    assert asked == [b"\x02\x00", b"\x01\x01", b"\x01\x01"]
