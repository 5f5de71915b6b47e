"""Writes the answer of a printer to Get-Printer-Attributes (RFC 8010), byte for byte."""

import struct

from simulator.printer import InkPlace, Printer

_OK, _OPERATION, _PRINTER, _END = 0x0000, 0x01, 0x04, 0x03
_INTEGER, _OCTETS, _TEXT, _NAME, _KEYWORD, _URI, _CHARSET, _LANGUAGE = 0x21, 0x30, 0x41, 0x42, 0x44, 0x45, 0x47, 0x48
_UNKNOWN = -2  # RFC 3805: the level is not known
_HEX = {"black": "#000000", "cyan": "#00FFFF", "magenta": "#FF00FF", "yellow": "#FFFF00"}

Named = tuple[int, str, list[bytes]]


def answer(printer: Printer, asked: bytes, up_s: int) -> bytes:
    """The answer to `asked`, in its version and under its request number. `up_s`: seconds since it was switched on."""
    head = asked[:2] + struct.pack(">H", _OK) + asked[4:8]
    operation = [_one(_CHARSET, "attributes-charset", "utf-8"), _one(_LANGUAGE, "attributes-natural-language", "en")]
    return head + _group(_OPERATION, operation) + _group(_PRINTER, _attributes(printer, up_s)) + bytes([_END])


def _attributes(printer: Printer, up_s: int) -> list[Named]:
    part, places = printer.part, printer.places
    levels = [place.cartridge.reported if printer.awake else _UNKNOWN for place in places]
    return [
        _one(_URI, "printer-uuid", f"urn:uuid:{uuid_of(part.serial)}"),
        _one(_TEXT, "printer-device-id", f"MFG:Example;MDL:{part.model};SN:{part.serial};"),
        _one(_TEXT, "printer-make-and-model", part.model),
        _one(_KEYWORD, "printer-state-reasons", "none"),
        (_INTEGER, "printer-up-time", [_int(max(1, up_s))]),
        (_NAME, "marker-names", [_told(place).encode() for place in places]),
        (_KEYWORD, "marker-types", [b"ink-cartridge" for _ in places]),
        (_NAME, "marker-colors", [_HEX[place.ink.colour].encode() for place in places]),
        (_INTEGER, "marker-levels", [_int(level) for level in levels]),
        (_INTEGER, "marker-low-levels", [_int(10) for _ in places]),
        (_INTEGER, "marker-high-levels", [_int(100) for _ in places]),
        (_OCTETS, "printer-supply", [_supply(at, level) for at, level in enumerate(levels, start=1)]),
        (_TEXT, "printer-supply-description", [_told(place).encode() for place in places]),
    ]


def uuid_of(serial: str) -> str:
    """A UUID that goes with the serial number."""
    digits = serial.encode().hex().ljust(32, "0")[:32]
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _told(place: InkPlace) -> str:
    return f"{place.ink.colour.capitalize()} ink cartridge, S/N:{place.cartridge.serial}"


def _supply(index: int, level: int) -> bytes:
    return f"index={index};class=supplyThatIsConsumed;type=ink;unit=percent;maxcapacity=100;level={level};".encode()


def _group(tag: int, attributes: list[Named]) -> bytes:
    return bytes([tag]) + b"".join(_attribute(*named) for named in attributes)


def _attribute(tag: int, name: str, values: list[bytes]) -> bytes:
    names = [name.encode()] + [b""] * (len(values) - 1)  # a further value has an empty name
    return b"".join(
        struct.pack(">BH", tag, len(own)) + own + struct.pack(">H", len(value)) + value
        for own, value in zip(names, values, strict=True)
    )


def _one(tag: int, name: str, value: str) -> Named:
    return tag, name, [value.encode()]


def _int(value: int) -> bytes:
    return struct.pack(">i", value)
