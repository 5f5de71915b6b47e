"""Which printer this is, by what survives a new address: serial, else hardware address. Pure."""

import re
from collections.abc import Mapping

from edge.sensors import snmp_brother, snmp_ricoh
from edge.sensors import supply_words as words
from edge.sensors.device_id import device_id
from edge.sensors.snmp_values import Column, Value, places, text

SYSTEM_DESCRIPTION = "1.3.6.1.2.1.1.1.0"
SYSTEM_OBJECT = "1.3.6.1.2.1.1.2.0"
SERIALS = "1.3.6.1.2.1.43.5.1.1.17"  # prtGeneralSerialNumber
DEVICE_TYPES, DEVICE_NAMES = "1.3.6.1.2.1.25.3.2.1.2", "1.3.6.1.2.1.25.3.2.1.3"  # hrDeviceType, hrDeviceDescr
HARDWARE = "1.3.6.1.2.1.2.2.1.6"  # ifPhysAddress
KYOCERA_SERIAL = "1.3.6.1.4.1.1347.43.5.1.1.28.1"
DEVICE_IDS = (  # IEEE 1284: the Printer Working Group's, HP's (others answer there, too), Xerox'
    "1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1",
    "1.3.6.1.4.1.11.2.3.9.1.1.7.0",
    "1.3.6.1.4.1.253.8.51.1.2.1.20.1",
)
HP, RICOH, FUJIFILM, KYOCERA, CANON, BROTHER = 11, 367, 297, 1347, 1602, 2435
MAKER_SERIALS = {BROTHER: snmp_brother.SERIAL, RICOH: snmp_ricoh.SERIAL, KYOCERA: KYOCERA_SERIAL}

_PRINTER = "1.3.6.1.2.1.25.3.1.5"
_ENTERPRISE = re.compile(r"^\.?1\.3\.6\.1\.4\.1\.(\d{1,9})(?:\.|$)")
_SYSTEM_SERIAL = re.compile(r"(?:^|[,;\s])(?:SN|S/N)[:\s]\s*((?=[A-Z-]*\d)[A-Z0-9-]{5,40})", re.IGNORECASE)
_SYSTEM_PRODUCT = re.compile(r"(?:^|[,;])PID:([^,;]+)")
_NAMES = ("Brother", BROTHER), ("RICOH", RICOH), ("HP ", HP), ("Canon", CANON), ("KYOCERA", KYOCERA)
_HARDWARE_OCTETS = 6


def maker(told: Mapping[str, Column]) -> int | None:
    """By enterprise number; by name where the system object is somebody else's. None: not said."""
    found = _ENTERPRISE.match(text(scalar(told, SYSTEM_OBJECT)))
    if found:
        return int(found[1])
    about = f"{ids(told).get('MFG', '')} {text(scalar(told, SYSTEM_DESCRIPTION))}".strip()
    return next((number for name, number in _NAMES if about.lower().startswith(name.lower().strip())), None)


def model(told: Mapping[str, Column], device: int) -> str | None:
    """As the printer names itself among its devices, else in its IEEE 1284 id, else in the system's description."""
    names = {at: words.clean(text(value)) for at, value in places(told.get(DEVICE_NAMES, {}), DEVICE_NAMES).items()}
    types = {at: text(value).lstrip(".") for at, value in places(told.get(DEVICE_TYPES, {}), DEVICE_TYPES).items()}
    printers = [name for at, name in sorted(names.items()) if types.get(at) == _PRINTER]
    about = text(scalar(told, SYSTEM_DESCRIPTION))
    product = _SYSTEM_PRODUCT.search(about)
    known = ids(told)
    candidates = (
        names.get((device,)), *printers, names.get((1,)), known.get("MDL"), known.get("MODEL"),
        product and product[1], re.split(r"[;,/]", about)[0],
    )  # fmt: skip
    return next((name for each in candidates if each and (name := words.clean(each))), None)


def serial(told: Mapping[str, Column]) -> str | None:
    """None: neither a serial nor a hardware address is told."""
    known = ids(told)
    in_system = _SYSTEM_SERIAL.search(text(scalar(told, SYSTEM_DESCRIPTION)))
    candidates = (
        *map(text, places(told.get(SERIALS, {}), SERIALS).values()),
        *(text(scalar(told, oid)) for oid in MAKER_SERIALS.values()),
        *(known.get(key, "") for key in ("SN", "SERN", "SER", "SERIALNUMBER")),
        in_system[1] if in_system else "",
        _hardware(told),
    )
    return next((found for each in candidates if (found := words.clean(each))), None)


def ids(told: Mapping[str, Column]) -> dict[str, str]:
    known: dict[str, str] = {}
    for oid in (*DEVICE_IDS, snmp_brother.DEVICE_ID):
        known = device_id(text(scalar(told, oid))) | known
    return known


def scalar(told: Mapping[str, Column], oid: str) -> Value:
    return told.get(oid, {}).get(oid)


def _hardware(told: Mapping[str, Column]) -> str:
    for value in told.get(HARDWARE, {}).values():
        if isinstance(value, bytes) and len(value) == _HARDWARE_OCTETS and any(value):
            return "MAC " + value.hex(":")
    return ""
