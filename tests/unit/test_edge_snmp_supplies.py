"""Columns of the Printer MIB to what a printer holds."""

import pytest

from contract.fields import Quality, Supply
from contract.messages import Reported, encode
from edge.sensors import snmp_brother, snmp_identity, snmp_ricoh, snmp_table
from edge.sensors.snmp_supplies import ALERTS, understand
from edge.sensors.snmp_values import number, text

BROTHER, RICOH = "1.3.6.1.4.1.2435.2.3.9.1", "1.3.6.1.4.1.367.1.1"


def told(*rows, device=1, about=None, **columns):
    """Rows as (index, description, level, capacity, type), and further columns by the name of their constant."""
    found = {}
    for column, at in (
        (snmp_table.DESCRIPTION, 1),
        (snmp_table.LEVEL, 2),
        (snmp_table.CAPACITY, 3),
        (snmp_table.TYPE, 4),
    ):
        cells = {f"{column}.{device}.{row[0]}": row[at] for row in rows if len(row) > at and row[at] is not None}
        found[column] = {place: cell.encode() if isinstance(cell, str) else cell for place, cell in cells.items()}
    for name, cells in columns.items():
        oid = getattr(snmp_table, name)
        found[oid] = {f"{oid}.{place}": cell for place, cell in cells.items()}
    if about:
        found[snmp_identity.SYSTEM_OBJECT] = {snmp_identity.SYSTEM_OBJECT: about}
    return found


def slots(columns):
    poll = understand("printer-1", columns)
    assert encode(Reported(stream="0" * 32, boot=1, agent_version="0", config=0, consent=0, devices=[poll.report]))
    return {slot.slot: slot for slot in poll.report.slots}


def levels(columns):
    return {level.slot: (level.value, level.quality, level.basis) for level in understand("p", columns).levels}


def test_no_answers_give_no_slots():
    assert understand("printer-1", {}).levels == ()


def test_two_rows_of_the_same_name_are_two_supplies_by_their_index():
    rows = told((1, "Black Toner Cartridge", 0, -2, 3), (2, "Black Toner Cartridge", -3, -2, 3))

    assert levels(rows) == {
        "1.1": (None, Quality.UNKNOWN, "no_capacity"),
        "1.2": (None, Quality.SOME, "some_left"),
    }


def test_the_printer_may_be_device_0_and_places_may_be_missing():
    rows = told((1, "Black", 50, 100, 3), (30, "Black 2", 40, 100, 3), device=0)

    assert list(slots(rows)) == ["0.1", "0.30"]


def test_missing_cells_are_survived():
    rows = told((1, None, 50, None), (2, "Cyan Toner"), (3, None, None, 100))

    assert levels(rows) == {
        "1.1": (0.5, Quality.COARSE, "assumed_percent"),
        "1.2": (None, Quality.UNKNOWN, "missing"),
        "1.3": (None, Quality.UNKNOWN, "missing"),
    }
    assert slots(rows)["1.1"].supply is Supply.PART  # nobody says what it is


def test_the_class_of_a_receptacle_beats_its_name_and_type():
    rows = told((1, "Bottle", 90, 100, 3), CLASS={"1.1": 4})

    assert slots(rows)["1.1"].supply is Supply.RECEPTACLE


def test_staples_are_a_part_whether_the_type_or_only_the_name_says_so():
    rows = told((1, "Staple Cartridge", 90, 100), (2, "Cartridge", 90, 100, 32))

    assert {slot.supply for slot in slots(rows).values()} == {Supply.PART}


def test_the_only_cartridge_prints_black_and_the_only_drum_has_no_colour():
    found = slots(told((1, "TK-3130", 50, 100, 3), (2, "Drum", 50, 100, 9)))

    assert (found["1.1"].colour, found["1.1"].part_number) == ("black", "TK-3130")
    assert found["1.2"].colour is None


def test_a_colourless_name_takes_its_colour_from_the_colorant_table():
    rows = told(
        (1, "Toner 1", 50, 100, 3), (2, "Toner 2", 50, 100, 3),
        COLORANT_INDEX={"1.1": 1, "1.2": 2}, COLORANTS={"1.1": b"yellow", "1.2": b"black"},
    )  # fmt: skip

    assert [slot.colour for slot in slots(rows).values()] == ["yellow", "black"]


def test_a_colorant_table_in_disorder_is_not_believed():
    rows = told(
        (1, "Cyan Ink", 50, 100, 5), (2, "Ink B", 50, 100, 5),
        COLORANT_INDEX={"1.1": 1, "1.2": 2}, COLORANTS={"1.1": b"black", "1.2": b"cyan"},
    )  # fmt: skip

    assert [slot.colour for slot in slots(rows).values()] == ["cyan", None]


def test_colours_and_kinds_are_known_in_other_languages():
    rows = told(
        (1, "Toner Schwarz", 1, 100, 3), (2, "Toner Gelb", 1, 100, 3), (3, "Resttoner", 1, 100),
        (4, "黃色碳粉", 1, 100), (5, "廢棄碳粉", 1, 100), (6, "Encre jaune", 1, 100), (7, "Tambour", 1, 100),
        (8, "Toner negro", 1, 100), (9, "Бункер отработанного тонера", 1, 100), (10, "Toner żółty", 1, 100),
    )  # fmt: skip

    assert [(slot.supply.value, slot.colour) for slot in slots(rows).values()] == [
        ("consumable", "black"), ("consumable", "yellow"), ("receptacle", None), ("consumable", "yellow"),
        ("receptacle", None), ("consumable", "yellow"), ("part", None), ("consumable", "black"),
        ("receptacle", None), ("consumable", "yellow"),
    ]  # fmt: skip


def test_part_number_and_serial_are_told_apart_from_the_name_and_unknown_is_none():
    found = slots(
        told(
            (1, "Black Toner, PN 006R01509;SN48178080E0000481", 1, 100),
            (2, "Fuser, PN unknown;SNunknown", 1, 100),
            (3, "Black Toner Cartridge S/N:CRUM-", 1, 100),
            (4, "Cyan Cartridge HP W2031X", 1, 100),
        )
    )
    told_apart = [(slot.description, slot.part_number, slot.serial) for slot in found.values()]

    assert told_apart == [
        ("Black Toner", "006R01509", "48178080E0000481"),
        ("Fuser", None, None),
        ("Black Toner Cartridge", None, None),
        ("Cyan Cartridge HP W2031X", "W2031X", None),
    ]


def test_a_zero_octet_at_the_end_and_old_character_sets_are_read():
    assert text(b"Cyan Cartridge\x00") == "Cyan Cartridge"
    assert text("Toner écru".encode("latin-1"), 4) == "Toner écru"
    assert text("黑色碳粉".encode("big5"), 2026) == "黑色碳粉"
    assert text("黑色碳粉".encode(), 4) == "黑色碳粉"
    assert text("Tinta".encode("utf-16-be"), 1013) == "Tinta"


def test_a_name_whose_end_was_kept_as_hexadecimal_is_read_whole():
    rows = told((1, "Black Cartridge \n48 50 20 43 46 33 30 30 41 ", 50, 100, 3))

    assert slots(rows)["1.1"].description == "Black Cartridge HP CF300A"
    assert slots(rows)["1.1"].part_number == "CF300A"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Black Cartridge HP W2030X", "W2030X"), ("Maintenance Kit HP 110V-F2G76A, 220V-F2G77A", "F2G76A"),
        ("Toner TK-5240K", "TK-5240K"), ("TOSHIBA T-FC30EK", "T-FC30EK"), ("Canon C-EXV 49 Black", "C-EXV 49"),
        ("Maintenance Box C13T671200", "C13T671200"), ("Black Toner 24B6720", "24B6720"), ("HP L0S70A", "L0S70A"),
        ("Tray 1 Roller", None), ("Drum Cartridge (R1)", None), ("Canon Cartridge 719/719H", None),
        ("Black Toner 2", None),
    ],
)  # fmt: skip
def test_a_part_number_is_known_by_its_form(name, number):
    assert slots(told((1, name, 50, 100)))["1.1"].part_number == number


def test_numbers_that_no_counter_holds_are_none():
    assert [number(value) for value in (2**40, 1.5, "12", b"-3", b"x", None, True)] == [
        None,
        None,
        12,
        -3,
        None,
        None,
        None,
    ]


def test_the_character_set_in_force_is_used():
    rows = told((1, None, 1, 100, 3), CHARSETS={"1.1": 106, "1.4": 2026}, LOCALIZATION={"1": 4})
    rows[snmp_table.DESCRIPTION] = {f"{snmp_table.DESCRIPTION}.1.1": "黑色碳粉".encode("big5")}

    assert slots(rows)["1.1"].description == "黑色碳粉"


def test_makers_that_count_in_tens_are_coarse_also_with_one_level():
    canon = told((1, "Canon Cartridge 719", 70, 100), about="1.3.6.1.4.1.1602.4.2")
    other = told((1, "Cartridge", 70, 100), about="1.3.6.1.4.1.11.2")

    assert levels(canon)["1.1"] == (0.7, Quality.COARSE, "ratio")
    assert levels(other)["1.1"] == (0.7, Quality.GOOD, "ratio")


def test_foreign_cartridges_that_all_stand_alike_have_no_level():
    rows = told((1, "Black Ink", 20, 100, 5), (2, "Cyan Ink", 20, 100, 5), (3, "Drum", 50, 100, 9))
    rows[ALERTS] = {f"{ALERTS}.1.1": b"Non-HP supply installed"}

    assert levels(rows)["1.1"] == levels(rows)["1.2"] == (None, Quality.UNKNOWN, "not_genuine")
    assert levels(rows)["1.3"] == (0.5, Quality.GOOD, "ratio")


def test_a_brother_that_says_only_some_is_asked_in_private():
    rows = told((1, "Black Toner Cartridge", -3, -2, 3), (2, "Drum Unit", 11_501, 12_000, 9), about=BROTHER)
    blob = bytes.fromhex("6f010400000a28 8101040000001e 41010400002580 ff".replace(" ", ""))
    rows[snmp_brother.MAINTENANCE] = {snmp_brother.MAINTENANCE: blob}

    assert levels(rows) == {"1.1": (0.26, Quality.GOOD, "brother_left"), "1.2": (0.9584, Quality.GOOD, "ratio")}


def test_of_two_rows_of_one_colour_the_one_that_says_some_is_in_use():
    rows = told((1, "Black Toner Cartridge", 0, -2, 3), (2, "Black Toner Cartridge", -3, -2, 3), about=BROTHER)
    rows[snmp_brother.MAINTENANCE] = {snmp_brother.MAINTENANCE: bytes.fromhex("6f010400000a28ff")}

    assert levels(rows) == {
        "1.1": (None, Quality.UNKNOWN, "no_capacity"),
        "1.2": (0.26, Quality.GOOD, "brother_left"),
    }


def test_a_ricoh_that_says_only_some_is_asked_in_private_and_by_colour():
    rows = told(
        (1, "Toner Schwarz", -3, -2, 3), (2, "Resttoner", -3, -2, 4), (3, "Toner Cyan", -3, -2, 3),
        (4, "Toner Magenta", -3, -2, 3), about=RICOH,
    )  # fmt: skip
    rows[snmp_ricoh.NAME] = {
        f"{snmp_ricoh.NAME}.{n}": name for n, name in enumerate((b"Black", b"Cyan", b"Magenta"), 1)
    }
    rows[snmp_ricoh.LEVEL] = {f"{snmp_ricoh.LEVEL}.{n}": level for n, level in enumerate((30, -3, -100), 1)}

    assert levels(rows) == {
        "1.1": (0.3, Quality.COARSE, "ricoh_percent"),
        "1.2": (None, Quality.SOME, "some_left"),
        "1.3": (None, Quality.SOME, "some_left"),
        "1.4": (None, Quality.SOME, "ricoh_nearly_empty"),
    }


def test_without_names_a_ricoh_s_percentages_go_by_their_place():
    rows = told((1, "Toner", -3, -2, 3), about=RICOH)
    rows[snmp_ricoh.LEVEL] = {f"{snmp_ricoh.LEVEL}.1": 30}

    assert levels(rows)["1.1"] == (0.3, Quality.COARSE, "ricoh_percent")


def test_a_printer_is_known_by_its_serial_else_by_its_hardware_address():
    serials, hardware = snmp_identity.SERIALS, snmp_identity.HARDWARE
    by_serial = {serials: {f"{serials}.1": b"X3B8022793"}, hardware: {f"{hardware}.1": bytes(range(6))}}
    by_hardware = {hardware: {f"{hardware}.1": bytes(6), f"{hardware}.2": bytes(range(6))}}

    assert understand("p", by_serial).report.serial == "X3B8022793"
    assert understand("p", by_hardware).report.serial == "MAC 00:01:02:03:04:05"
    assert understand("p", {}).report.serial is None
