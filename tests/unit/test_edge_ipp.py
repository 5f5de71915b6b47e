"""IPP: whatever a printer answers, there is a reading without invented numbers, or a SensorError."""

import contextlib
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.decoding import decode as decode_message
from contract.fields import Quality, Supply
from contract.messages import Reported, encode
from edge.sensors.base import SensorError
from edge.sensors.ipp import IppAddress, IppPrinter
from edge.sensors.ipp_supplies import ATTRIBUTES, device_id, understand
from edge.sensors.ipp_wire import MAX_ANSWER_BYTES, Attributes, decode, question

COLOURS = ["#000000", "#00FFFF", "#FF00FF", "#FFFF00"]


def printer(levels: list[int], **more: list[object]) -> Attributes:
    count = len(levels)
    attributes: dict[str, list[object]] = {
        "marker-levels": list(levels),
        "marker-names": [f"Ink {number}" for number in range(1, count + 1)],
        "marker-types": ["ink-cartridge"] * count,
        "marker-colors": (COLOURS * count)[:count],
        "printer-up-time": [1000],
    }
    return {**attributes, **{name.replace("_", "-"): values for name, values in more.items()}}  # type: ignore[return-value]


def attribute(tag: int, name: str, raw: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(raw)) + raw


def answer(*attributes: bytes, status: int = 0) -> bytes:
    return struct.pack(">BBHiB", 2, 0, status, 1, 4) + b"".join(attributes) + b"\x03"


def judged(attributes: Attributes) -> list[tuple[float | None, Quality, str]]:
    return [(level.value, level.quality, level.basis) for level in understand("p", attributes).levels]


def test_a_single_value_is_read_like_a_list_of_one():
    body = answer(attribute(0x21, "marker-levels", struct.pack(">i", 42)))

    assert judged(decode(body).printer) == [(0.42, Quality.GOOD, "ratio")]


def test_levels_below_zero_are_never_numbers():
    assert judged(printer([-1, -2, -3, -7])) == [
        (None, Quality.UNKNOWN, "unrestricted"),
        (None, Quality.UNKNOWN, "unknown"),
        (None, Quality.SOME, "some_left"),
        (None, Quality.IMPLAUSIBLE, "negative"),
    ]


def test_more_than_full_is_implausible():
    assert judged(printer([101, 97], marker_high_levels=[100, 95])) == [(None, Quality.IMPLAUSIBLE, "above_full")] * 2


def test_a_list_that_is_too_short_leaves_the_rest_unknown():
    poll = understand("p", printer([50], marker_names=["Black ink", "Cyan ink"]))

    assert [level.value for level in poll.levels] == [0.5, None]
    assert poll.levels[1].basis == "missing"


def test_slots_are_named_by_place():
    assert [slot.slot for slot in understand("p", printer([1, 2, 3])).report.slots] == ["1.1", "1.2", "1.3"]


@pytest.mark.parametrize(
    ("type_", "name", "expected"),
    [
        ("toner", "Black Toner", Supply.CONSUMABLE),
        ("inkCartridge", "cyan ink", Supply.CONSUMABLE),
        ("waste-toner", "Waste", Supply.RECEPTACLE),
        ("toner", "Resttonerbehälter", Supply.RECEPTACLE),
        ("other", "廢棄碳粉", Supply.RECEPTACLE),
        ("other", "Collecteur de toner usagé", Supply.RECEPTACLE),
        ("opc", "imagingdrum", Supply.PART),
        ("toner", "Trommeleinheit Schwarz", Supply.PART),
        ("fuser", "Fuser", Supply.PART),
        ("other", "黑色碳粉", Supply.CONSUMABLE),
        ("other", "Thing", Supply.PART),
    ],
)
def test_only_ink_is_ink(type_, name, expected):
    attributes = printer([50], marker_types=[type_], marker_names=[name], marker_colors=["none"])

    assert understand("p", attributes).report.slots[0].supply is expected


def test_a_waste_bottle_has_no_number_whichever_way_it_counts():
    by_type = printer([20], marker_types=["waste-toner"])
    by_threshold = printer([0], marker_low_levels=[0], marker_high_levels=[95])

    assert judged(by_type) == judged(by_threshold) == [(None, Quality.UNKNOWN, "waste_direction")]
    assert understand("p", by_threshold).report.slots[0].supply is Supply.RECEPTACLE


def test_levels_come_from_printer_supply_where_there_are_no_markers():
    supplies = [
        b"index=4;type=toner;maxcapacity=5000;level=1250;class=supplyThatIsConsumed;unit=impressions;colorantname=black;",
        b"printer-supply[1] = index=5;type=toner;maxcapacity=-2;level=9;unit=tenthsOfGrams;colorantname=cyan;",
        b"index=6;type=wasteToner;maxcapacity=100;level=10;class=receptacleThatIsFilled;unit=percent;",
        b"index=7;type=toner;maxcapacity=100;level=-3;unit=percent;colorantname=yellow;",
    ]
    poll = understand("p", {"printer-supply": list(supplies)})

    assert [(level.value, level.basis) for level in poll.levels] == [
        (0.25, "ratio"),
        (None, "no_capacity"),
        (None, "waste_direction"),
        (None, "some_left"),
    ]
    assert [(slot.slot, slot.colour) for slot in poll.report.slots] == [
        ("1.4", "black"),
        ("1.5", "cyan"),
        ("1.6", None),
        ("1.7", "yellow"),
    ]


def test_a_queue_is_believed_for_a_day_and_no_longer():
    fresh = printer([40], printer_type=[4], printer_up_time=[1_700_000_000], marker_change_time=[1_699_999_000])
    old = {**fresh, "marker-change-time": [1_690_000_000]}
    never = {name: values for name, values in fresh.items() if name != "marker-change-time"}

    assert judged(fresh) == [(0.4, Quality.GOOD, "ratio")]
    assert judged(old) == judged(never) == [(None, Quality.STALE, "queue")]


def test_a_device_whose_ink_has_not_changed_for_a_week_is_still_believed():
    assert judged(printer([40], printer_up_time=[700_000], marker_change_time=[5])) == [(0.4, Quality.GOOD, "ratio")]


def test_foreign_ink_that_moves_counts_coarsely():
    attributes = printer([37, 20], marker_low_levels=[20, 20], printer_alert_description=["nonHPSupplyDetected"])

    assert judged(attributes) == [
        (0.37, Quality.COARSE, "ratio_not_genuine"),
        (None, Quality.UNKNOWN, "not_genuine"),
    ]


def test_levels_in_tens_are_coarse():
    tens = understand("p", printer([80, 60, 30])).levels
    mixed = understand("p", printer([80, 60, 33])).levels

    assert {(level.quality, level.resolution) for level in tens} == {(Quality.COARSE, 0.1)}
    assert {(level.quality, level.resolution) for level in mixed} == {(Quality.GOOD, 0.01)}


def test_serial_and_part_number_are_found_in_the_name():
    attributes = printer([50, 50], marker_names=["Black Cartridge, PN 106R0001;SN12345678", "Cyan S/N:CRUM-1A2B3C4D"])
    first, second = understand("p", attributes).report.slots

    assert (first.serial, first.part_number, first.description) == ("12345678", "106R0001", "Black Cartridge")
    assert (second.serial, second.description) == ("CRUM-1A2B3C4D", "Cyan")


def test_the_device_is_known_by_uuid_serial_and_model():
    report = understand(
        "p",
        {"printer-uuid": ["urn:uuid:AB-12"], "printer-device-id": ["MFG:Example;MDL:Test;SER:XY9;"]},
    ).report

    assert (report.uuid, report.serial, report.model) == ("ab-12", "XY9", "Test")
    assert device_id(";;a:b:c;") == {"A": "b:c"}


def test_collections_are_stepped_over():
    collection = (
        attribute(0x34, "media-col-ready", b"")
        + attribute(0x4A, "", b"media-size")
        + attribute(0x34, "", b"")
        + attribute(0x4A, "", b"x")
        + attribute(0x21, "", struct.pack(">i", 7))
        + attribute(0x37, "", b"")
        + attribute(0x37, "", b"")
    )
    body = answer(collection, attribute(0x21, "marker-levels", struct.pack(">i", 5)))

    assert decode(body).printer["marker-levels"] == [5]


def test_latin_1_names_and_names_with_a_language_are_read():
    with_language = struct.pack(">H", 2) + b"de" + struct.pack(">H", 4) + "Grün".encode("latin-1")
    body = answer(attribute(0x42, "a", "Größe".encode("latin-1")), attribute(0x36, "b", with_language))

    assert decode(body).printer == {"a": ["Größe"], "b": ["Grün"]}


def test_our_question_can_be_read_back():
    asked = question("ipp://p/ipp/print", ATTRIBUTES, (1, 1))

    assert asked[:2] == b"\x01\x01"
    assert asked.count(b"requested-attributes") == 1
    assert all(name.encode() in asked for name in ATTRIBUTES)
    assert decode(asked).printer == {}


def test_an_answer_too_large_is_refused():
    with pytest.raises(SensorError, match="at most"):
        decode(b"\x02" * (MAX_ANSWER_BYTES + 1))


def test_endless_names_do_not_hold_the_agent_up():
    began = time.monotonic()

    understand(
        "p", printer([50] * 64, marker_names=[" " * 60_000] * 64, printer_alert_description=["non" * 20_000] * 99)
    )

    assert time.monotonic() - began < 5


def test_a_refusal_says_its_status():
    device = IppPrinter("p", IppAddress.parse("ipp://h"), lambda _url, _body: answer(status=0x0403))

    with pytest.raises(SensorError, match="0x0403"):
        device.poll()


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("ipp://printer.local", "http://printer.local:631/ipp/print"),
        ("ipps://printer.local:443/ipp", "https://printer.local:443/ipp"),
        ("ipp://[fe80::1]/ipp/printer", "http://[fe80::1]:631/ipp/printer"),
    ],
)
def test_addresses_of_printers(address, url):
    assert IppAddress.parse(address).url == url


@pytest.mark.parametrize("address", ["192.168.1.7", "http://printer", "ipp://", "ipp://h:99999/x", ""])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match=r".+"):
        IppAddress.parse(address)


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(body):
    with contextlib.suppress(SensorError):
        understand("p", decode(body).printer)


@given(st.lists(st.tuples(st.sampled_from([*ATTRIBUTES, "", "x"]), st.integers(0x10, 0x50), st.binary(max_size=60))))
def test_any_attributes_give_a_report_that_fits_the_wire(parts):
    body = answer(*(attribute(tag, name, raw) for name, tag, raw in parts if tag not in {0x34, 0x37}))
    poll = understand("p", decode(body).printer)
    report = Reported(stream="0" * 32, boot=1, agent_version="0", config=0, consent=0, devices=[poll.report])

    assert decode_message(encode(report), Reported) == report
    assert all(level.value is None or 0 <= level.value <= 1 for level in poll.levels)
    assert len({level.slot for level in poll.levels}) == len(poll.levels)


@settings(max_examples=200)
@given(
    st.lists(st.integers(-5, 130), max_size=8),
    st.lists(st.text(max_size=300), max_size=8),
    st.lists(st.binary(max_size=80), max_size=8),
)
def test_any_levels_and_names_fit_the_wire(levels, names, supplies):
    attributes: Attributes = {
        "marker-levels": list(levels),
        "marker-names": list(names),
        "printer-supply": list(supplies),
        "printer-device-id": list(names[:1]),
    }
    poll = understand("p", attributes)
    report = Reported(stream="0" * 32, boot=1, agent_version="0", config=0, consent=0, devices=[poll.report])

    assert decode_message(encode(report), Reported) == report
