"""Brother's private maintenance object, whatever is in it."""

from hypothesis import given
from hypothesis import strategies as st

from contract.fields import WITH_VALUE, Quality, Supply
from edge.sensors.snmp_brother import MAX_RECORDS, records, supplies
from edge.sensors.snmp_level import Judged
from edge.sensors.snmp_reconcile import both

GOOD = Judged.share(0.5, "ratio")
SOME = Judged(None, Quality.SOME, "some_left")


def blob(*lines):
    return bytes.fromhex("".join(lines)) + b"\xff"


def told(*lines, model="HL-L2340DW series"):
    return [(p.description, p.judged.value, p.judged.quality, p.judged.basis) for p in supplies(blob(*lines), model)]


def test_hundredths_of_a_percent_are_what_is_left():
    assert told("6f010400000a28", "8101040000001e", "31010400000001") == [
        ("Black Toner", 0.26, Quality.GOOD, "brother_left")
    ]


def test_where_only_tens_are_told_the_level_is_coarse():
    assert told("8201040000003c") == [("Cyan Toner", 0.6, Quality.COARSE, "brother_tens")]


def test_an_old_inkjet_counts_steps_of_twenty():
    assert told("a101020414", "a401020b14", model="MFC-5490CN") == [
        ("Black Ink", 0.2, Quality.COARSE, "brother_steps"),
        ("Yellow Ink", 0.55, Quality.COARSE, "brother_steps"),
    ]


def test_a_state_alone_is_some_and_no_number():
    assert told("31010400000001", "32010400000002", "33010400000009", model="MFC-T910DW") == [
        ("Black Ink", None, Quality.SOME, "brother_fine"),
        ("Cyan Ink", None, Quality.SOME, "brother_low"),
    ]


def test_short_records_are_not_read_as_long_ones():
    assert told("110104000061a8", "31010101", "41010103", "63010103", "54010103") == [
        ("Black Toner", None, Quality.SOME, "brother_fine")
    ]


def test_what_is_out_of_range_is_no_level():
    assert told("6f01040000ffff", "41010400010000", "81010400000065", "a101021e14") == []


def test_an_inkjet_has_no_drum():
    assert [what for what, *_ in told("41010400002454", "6f010400001bbc", model="DCP-J132W")] == ["Black Ink"]


@given(st.binary(max_size=2000))
def test_any_octets_give_levels_that_can_be_or_none(octets):
    found = supplies(octets, "MFC-1")

    assert len(records(octets)) <= MAX_RECORDS
    for each in found:
        assert each.supply in {Supply.CONSUMABLE, Supply.PART}
        assert (each.judged.value is None) is (each.judged.quality not in WITH_VALUE)
        assert each.judged.value is None or 0 <= each.judged.value <= 1


def test_what_is_known_beats_what_is_not():
    private = Judged.share(0.26, "brother_left")

    assert both(SOME, private) is private
    assert both(GOOD, SOME) is GOOD
    assert both(Judged(None, Quality.UNKNOWN, "unknown"), SOME) is SOME
    assert both(Judged.share(0.6, "assumed_percent", Quality.COARSE), private) is private


def test_of_two_that_agree_the_finer_counts_and_where_they_differ_it_is_a_hint():
    coarse, fine = Judged.share(0.3, "ratio", Quality.COARSE, 0.1), Judged.share(0.26, "brother_left")

    assert both(coarse, fine) is fine
    assert both(fine, coarse) is fine
    assert both(GOOD, fine) == Judged(0.26, Quality.COARSE, "private_differs", 0.1)
