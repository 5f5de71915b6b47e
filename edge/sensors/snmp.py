"""Reads a printer's supplies over SNMP: single columns of the Printer MIB, and a maker's own objects."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from edge.sensors import snmp_brother, snmp_identity, snmp_ricoh, snmp_supplies, snmp_table
from edge.sensors.base import Poll, SensorError
from edge.sensors.snmp_address import SnmpAddress, Version
from edge.sensors.snmp_identity import BROTHER, HP, RICOH
from edge.sensors.snmp_values import Column
from edge.sensors.snmp_walk import Opened, SilentError, Walk, opened

DEADLINE_S = 20.0
CONTEXTS = ("Jetdirect",)  # where HP keeps the supplies when the default context has none
_ABOUT = (snmp_identity.SYSTEM_OBJECT, snmp_identity.SYSTEM_DESCRIPTION)


@dataclass
class _Told:
    """What has been answered so far, by column."""

    columns: dict[str, Column] = field(default_factory=dict)
    until_s: float = 0.0

    def walk(self, walk: Walk, oids: Iterable[str]) -> None:
        for oid in oids:
            self._in_time()
            self.columns[oid] = walk.walk(oid)

    def get(self, walk: Walk, oids: Iterable[str]) -> None:
        for oid in oids:
            self._in_time()
            value = walk.get(oid)
            if value is not None:
                self.columns[oid] = {oid: value}

    def _in_time(self) -> None:
        if time.monotonic() > self.until_s:
            raise SensorError(f"the printer took longer than {DEADLINE_S:g} s to tell its supplies")

    @property
    def has_supplies(self) -> bool:
        return any(self.columns.get(oid) for oid in (snmp_table.DESCRIPTION, snmp_table.LEVEL))


class SnmpPrinter:
    """A printer on the network. Asks in version 2c, in 1 where nobody answers that, in 3 where a user is given."""

    def __init__(self, device: str, address: SnmpAddress, open_: Opened = opened) -> None:
        self._device = device
        self._address = address
        self._opened = open_
        self._version: Version | None = address.version

    @property
    def device(self) -> str:
        return self._device

    def identify(self) -> bool:
        return False

    def poll(self) -> Poll:
        versions: tuple[Version, ...] = ("2c", "1") if self._version is None else (self._version,)
        for version in versions:
            try:
                told = self._asked(version)
            except SilentError as error:
                if version == versions[-1]:
                    raise SensorError(self._nobody(str(error))) from error
                continue
            self._version = version
            return self._understood(told)
        raise AssertionError

    def _asked(self, version: Version) -> _Told:
        told = _Told(until_s=time.monotonic() + DEADLINE_S)
        with self._opened(self._address, version, self._address.context) as walk:
            told.get(walk, _ABOUT)
            told.walk(walk, (snmp_table.DESCRIPTION, snmp_table.LEVEL))
            _about_printer(told, walk)
            if told.has_supplies:
                _rest(told, walk)
        if not told.has_supplies and not self._address.context:
            self._elsewhere(told, version)
        return told

    def _elsewhere(self, told: _Told, version: Version) -> None:
        """Supplies in the maker's context. Nobody answers in a context that does not exist: that is no outage."""
        if snmp_identity.maker(told.columns) != HP:
            return
        for context in CONTEXTS:
            try:
                with self._opened(self._address, version, context) as walk:
                    told.walk(walk, (snmp_table.DESCRIPTION, snmp_table.LEVEL))
                    if told.has_supplies:
                        _rest(told, walk)
                        _about_printer(told, walk)
                        return
            except SensorError:
                continue

    def _understood(self, told: _Told) -> Poll:
        poll = snmp_supplies.understand(self._device, told.columns)
        is_printer = poll.levels or poll.report.serial or snmp_identity.ids(told.columns)
        if not is_printer:
            where = f"{self._address.host}:{self._address.port}"
            raise SensorError(
                f"{where} answers, and tells of no supplies: is it a printer, and is its community right?"
            )
        return poll

    def _nobody(self, why: str) -> str:
        address = self._address
        asked = "user" if address.user else "community"
        return (
            f"no answer from {address.host}:{address.port} ({why}). Is it switched on and at this address? "
            f"Is SNMP switched on in its settings? Is the {asked} right? Printers do not answer a wrong one."
        )


def _rest(told: _Told, walk: Walk) -> None:
    """The other columns, and the maker's own objects where the standard ones are not enough."""
    told.walk(walk, snmp_table.COLUMNS[2:])
    told.walk(walk, (snmp_table.COLORANTS, snmp_table.CHARSETS, snmp_table.LOCALIZATION, snmp_supplies.ALERTS))
    if snmp_identity.maker(told.columns) == RICOH:
        told.walk(walk, snmp_ricoh.COLUMNS)


def _about_printer(told: _Told, walk: Walk) -> None:
    """Its serial and model, and Brother's maintenance object; a hardware address where there is no serial."""
    told.walk(walk, (snmp_identity.SERIALS, snmp_identity.DEVICE_TYPES, snmp_identity.DEVICE_NAMES))
    told.get(walk, (*snmp_identity.DEVICE_IDS, snmp_brother.DEVICE_ID))
    maker = snmp_identity.maker(told.columns)
    if maker == BROTHER:
        told.get(walk, (snmp_brother.MAINTENANCE,))
    if maker in snmp_identity.MAKER_SERIALS:
        told.get(walk, (snmp_identity.MAKER_SERIALS[maker],))
    if snmp_identity.serial(told.columns) is None:
        told.walk(walk, (snmp_identity.HARDWARE,))
