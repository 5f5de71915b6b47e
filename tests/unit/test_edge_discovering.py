"""Printers that announce themselves: each once, known by what survives a new address."""

import json
import time

import pytest
from zeroconf import ServiceInfo, Zeroconf

from edge.__main__ import main
from edge.discovering import IPP, IPPS, LPD, RAW, Announced, identity_of, printers, told_itself

MAC = "aa:bb:cc:dd:ee:ff"
UUID = "4509a320-00a0-008f-00b6-002507510eca"


def service(type_=IPP, name="Office", address="192.0.2.7", port=631, **txt):
    return Announced(type_, f"{name}.{type_}", address, port, txt)


def test_four_services_of_one_printer_are_one_printer_that_is_read_over_ipp():
    [printer] = printers(
        [
            service(LPD, port=0),
            service(RAW, port=9100),
            service(IPPS, UUID=UUID, rp="ipp/print"),
            service(IPP, UUID=f"urn:uuid:{UUID.upper()}", rp="ipp/print", ty="EPSON XP-6000 Series"),
        ],
        {},
    )

    assert printer.identity == f"uuid {UUID}"
    assert printer.url == "ipp://192.0.2.7:631/ipp/print"
    assert printer.model == "EPSON XP-6000 Series"
    assert printer.services == ("_ipp", "_ipps", "_pdl-datastream")


def test_a_printer_that_offers_no_ipp_may_be_asked_over_snmp():
    [printer] = printers([service(RAW, port=9100), service(IPP, port=0)], {})

    assert printer.url == "snmp://192.0.2.7/"


def test_a_printer_that_moved_has_the_same_identity():
    [before] = printers([service(UUID=UUID)], {})
    [after] = printers([service(UUID=UUID, address="192.0.2.99")], {})

    assert before.identity == after.identity
    assert before.url != after.url


def test_one_printer_at_two_addresses_is_one():
    assert len(printers([service(UUID=UUID), service(name="Office (2)", address="192.0.2.8", UUID=UUID)], {})) == 1


def test_two_printers_that_took_the_same_address_are_two():
    other = UUID.replace("4509", "ffff")

    assert len(printers([service(UUID=UUID), service(name="Hall", UUID=other)], {})) == 2


def test_uuid_goes_before_serial_before_hardware_and_an_address_is_none():
    assert identity_of(UUID, "S1", MAC) == f"uuid {UUID}"
    assert identity_of("", " S1 ", MAC) == "serial S1"
    assert identity_of("00000000-0000-0000-0000-000000000000", None, MAC.upper()) == f"mac {MAC}"
    assert identity_of(None, None, None) is None
    assert printers([service()], {})[0].identity is None
    assert printers([service()], {"192.0.2.7": MAC})[0].identity == f"mac {MAC}"


def test_what_a_printer_says_of_itself_beats_its_hardware_address():
    [printer] = printers([service()], {"192.0.2.7": MAC})

    assert told_itself(printer, f"uuid {UUID}", "M1").identity == f"uuid {UUID}"
    assert told_itself(printer, None, "M1").identity == f"mac {MAC}"


@pytest.fixture
def announced():
    """A real announcement on loopback."""
    network = Zeroconf(interfaces=["127.0.0.1"])
    told = {"rp": "ipp/print", "UUID": UUID, "ty": "Test Printer"}
    info = ServiceInfo(IPP, f"Forehand test.{IPP}", parsed_addresses=["127.0.0.1"], port=8631, properties=told)
    try:
        network.register_service(info)
    except OSError as error:
        network.close()
        pytest.skip(f"missing: multicast on loopback ({error})")
    yield
    network.unregister_service(info)
    network.close()


def test_a_printer_that_really_announces_itself_is_found(announced, capsys):
    code, until = 1, time.monotonic() + 20
    while code and time.monotonic() < until:
        code = main(["discover", "--seconds", "1.5", "--interface", "127.0.0.1"])

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert f"uuid {UUID}" in [each["identity"] for each in found]
    assert "ipp://127.0.0.1:8631/ipp/print" in [each["url"] for each in found]
