"""The SNMP driver and its addresses, over printers that answer from what they once said."""

import pytest

from edge.sensors import snmp_brother, snmp_ricoh, snmp_table
from edge.sensors.base import SensorError
from edge.sensors.snmp import SnmpPrinter
from edge.sensors.snmp_address import SnmpAddress, User
from edge.sensors.snmp_recorded import RecordedPrinter, recorded

SYSTEM = "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.{}.1\n1.3.6.1.2.1.1.1.0|4|A printer\n"
BLACK = "1.3.6.1.2.1.43.11.1.1.{}.1.1|{}|{}\n"
SUPPLY = "".join(BLACK.format(*cell) for cell in ((6, 4, "Black Cartridge"), (8, 2, 100), (9, 2, 40)))


def printer(recorded_printer, address="snmp://printer.test/"):
    return SnmpPrinter("printer-1", SnmpAddress.parse(address), recorded_printer.opened)


def values(polled):
    return [level.value for level in polled.levels]


def test_a_printer_that_knows_only_version_1_is_asked_again_and_remembered():
    old = RecordedPrinter({"public": recorded(SYSTEM.format(11) + SUPPLY)}, versions=("1",))
    asked = printer(old)

    assert values(asked.poll()) == [0.4]
    first = len(old.asked)
    assert values(asked.poll()) == [0.4]
    assert len(old.asked) == 2 * first


def test_supplies_in_the_maker_s_context_are_found():
    hp = RecordedPrinter({"public": recorded(SYSTEM.format(11)), "public@Jetdirect": recorded(SUPPLY)})

    assert values(printer(hp).poll()) == [0.4]


def test_another_maker_s_printer_is_asked_in_no_context():
    other = RecordedPrinter({"public": recorded(SYSTEM.format(1602)), "public@Jetdirect": recorded(SUPPLY)})

    with pytest.raises(SensorError, match="tells of no supplies"):
        printer(other).poll()


def test_a_context_in_the_address_is_the_only_one():
    hp = RecordedPrinter({"public@Jetdirect": recorded(SUPPLY)})

    assert values(printer(hp, "snmp://printer.test/?context=Jetdirect").poll()) == [0.4]


def test_nobody_there_says_what_to_look_at_and_keeps_the_community_to_itself():
    with pytest.raises(SensorError, match=r"Is it switched on.*community right") as refused:
        printer(RecordedPrinter({}), "snmp://printer.test:1161/?community=s3cret").poll()

    assert "printer.test:1161" in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_machine_that_is_no_printer_is_said_to_be_none():
    switch = RecordedPrinter({"public": recorded(SYSTEM.format(9))})

    with pytest.raises(SensorError, match="is it a printer"):
        printer(switch).poll()


@pytest.mark.parametrize("maker", [11, 367, 1602, 2435])
def test_private_objects_are_asked_only_of_their_maker_and_never_as_a_tree(maker):
    told = RecordedPrinter({"public": recorded(SYSTEM.format(maker) + SUPPLY)})
    printer(told).poll()

    assert (f"get {snmp_brother.MAINTENANCE}" in told.asked) is (maker == 2435)
    trees = {oid for how, oid in map(str.split, told.asked) if how == "walk" and oid.startswith("1.3.6.1.4.1.")}
    assert trees == (set(snmp_ricoh.COLUMNS) if maker == 367 else set())
    assert f"walk {snmp_table.LEVEL}" in told.asked


def test_addresses_are_read():
    assert SnmpAddress.parse("snmp://p/?community=x@y&version=2c") == SnmpAddress("p", community="x@y", version="2c")
    assert SnmpAddress.parse("snmp://[fe80::1]:1161") == SnmpAddress("fe80::1", 1161)
    assert SnmpAddress.parse("snmp://p/?user=u&auth=sha256&auth_password=12345678").user == User(
        "u", "sha256", "12345678"
    )
    assert "12345678" not in repr(SnmpAddress.parse("snmp://p/?user=u&auth_password=12345678"))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("1.2.3.4", "write snmp://HOST/"),
        ("snmp:///x", "write snmp://HOST/"),
        ("snmp://p:99999/", "write snmp://HOST/"),
        ("snmp://p/?comunity=x", "knows no 'comunity'"),
        ("snmp://p/?version=4", "the versions are 1, 2c and 3"),
        ("snmp://p/?version=3", "asks for &user=NAME"),
        ("snmp://p/?user=u&auth=rot13", "the choices are md5"),
        ("snmp://p/?user=u&priv_password=12345678", "add &auth_password="),
    ],
)
def test_a_wrong_address_says_what_to_write(address, told):
    with pytest.raises(ValueError, match=r"\w") as refused:
        SnmpAddress.parse(address)

    assert told in str(refused.value)
