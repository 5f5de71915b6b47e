"""`forehand-edge discover`: the printers that announce themselves on this network, as JSON lines."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

from edge import discovering
from edge.discovering import Announced, Printer
from edge.sensors.base import Sensor, SensorError
from edge.sensors.ipp import IppAddress, IppPrinter
from edge.sensors.snmp import SnmpPrinter
from edge.sensors.snmp_address import SnmpAddress

OK, NONE = 0, 1
LISTEN_S = 5.0
_ASK_MS = 3000
_NEIGHBOURS = Path("/proc/net/arp")
_UNKNOWN_MAC = "00:00:00:00:00:00"


def main(words: list[str]) -> int:
    """0: some were found. 1: none was, or the network does not let itself be asked."""
    asked = _parser().parse_args(words)
    interfaces = asked.interface or None
    try:
        announced = heard(asked.seconds, interfaces)
    except OSError as error:
        sys.stderr.write(f"This machine cannot ask its network (multicast DNS): {error}\n")
        return NONE
    found = [_asked(printer) for printer in discovering.printers(announced, neighbours())]
    for printer in found:
        sys.stdout.write(json.dumps(asdict(printer), ensure_ascii=False) + "\n")
    if not found:
        sys.stderr.write(
            f"No printer announced itself within {asked.seconds:g} s. Is one switched on, on this network? "
            "If you know its address: forehand-edge read snmp://ADDRESS/\n"
        )
    return OK if found else NONE


def heard(seconds: float, interfaces: list[str] | None = None) -> list[Announced]:
    """Every announcement within so many seconds. `interfaces`: their addresses; None: all. Raises OSError."""
    network = Zeroconf(interfaces=interfaces) if interfaces else Zeroconf()
    try:
        listener = _Listener()
        browser = ServiceBrowser(network, list(discovering.TYPES), listener)
        time.sleep(seconds)
        browser.cancel()
        return [told for type_, name in sorted(listener.names) for told in _announced(network, type_, name)]
    finally:
        network.close()


class _Listener(ServiceListener):
    def __init__(self) -> None:
        self.names: set[tuple[str, str]] = set()

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.names.add((type_, name))

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.names.add((type_, name))

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.names.discard((type_, name))


def _announced(network: Zeroconf, type_: str, name: str) -> list[Announced]:
    info = network.get_service_info(type_, name, timeout=_ASK_MS)
    if info is None or not info.parsed_addresses():
        return []
    told = {
        key.decode("utf-8", "replace"): (value or b"").decode("utf-8", "replace")
        for key, value in info.properties.items()
    }
    return [Announced(type_, name, info.parsed_addresses()[0], info.port or 0, told)]


def neighbours() -> dict[str, str]:
    """MAC by address, as the kernel knows them."""
    try:
        rows = [line.split() for line in _NEIGHBOURS.read_text().splitlines()[1:]]
    except OSError:
        return {}
    return {row[0]: row[3] for row in rows if len(row) > 3 and row[3] != _UNKNOWN_MAC}  # noqa: PLR2004 - its columns


def _asked(printer: Printer) -> Printer:
    """A printer that announces no UUID may say what it is when it is asked."""
    if printer.url is None or (printer.identity or "").startswith("uuid"):
        return printer
    try:
        report = _sensor(printer.url).poll().report
    except (SensorError, ValueError):
        return printer
    told = discovering.identity_of(report.uuid, report.serial, None)
    return discovering.told_itself(printer, told, report.model)


def _sensor(url: str) -> Sensor:
    if url.startswith("snmp"):
        return SnmpPrinter("printer-1", SnmpAddress.parse(url))
    return IppPrinter("printer-1", IppAddress.parse(url))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="forehand-edge discover", description="Find the printers on this network.")
    parser.add_argument("--seconds", type=float, default=LISTEN_S, help=f"how long to listen ({LISTEN_S:g})")
    parser.add_argument("--interface", action="append", metavar="ADDRESS", help="only here, by this machine's address")
    return parser
