"""What a cell of an SNMP answer means: numbers, texts in a printer's character set, places in a table. Pure."""

import re
from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = int | float | str | bytes | None
"""As a library gives it: octets are bytes, an object identifier is text with dots, None is no such object."""

Column: TypeAlias = Mapping[str, Value]
"""By full object identifier, without a leading dot."""

TEXT_LIMIT = 1000
_LARGEST = 2**31 - 1  # the Printer MIB counts in Integer32
# By IANA's number (prtLocalizationCharacterSet). What is not here is read as Latin-1, which fits any octets.
_CODECS = {
    3: "ascii", 4: "latin-1", 5: "iso8859-2", 6: "iso8859-3", 7: "iso8859-4", 8: "iso8859-5", 9: "iso8859-6",
    10: "iso8859-7", 11: "iso8859-8", 12: "iso8859-9", 13: "iso8859-10", 17: "shift_jis", 18: "euc_jp", 38: "euc_kr",
    106: "utf-8", 109: "iso8859-13", 110: "iso8859-14", 111: "iso8859-15", 113: "gbk", 114: "gb18030",
    1013: "utf-16-be", 1014: "utf-16-le", 1015: "utf-16", 2004: "hp-roman8", 2009: "cp850", 2010: "cp852",
    2011: "cp437", 2024: "cp932", 2025: "gb2312", 2026: "big5", 2084: "koi8-r", 2250: "cp1250", 2251: "cp1251",
    2252: "cp1252", 2253: "cp1253", 2254: "cp1254", 2257: "cp1257", 2259: "tis-620",
}  # fmt: skip
_FOLDED = re.compile(r"([^\n]+)\n((?:[0-9A-Fa-f]{2} ?)+)\s*")
_SIXTEEN_BITS = frozenset({1013, 1014, 1015})


def number(value: Value) -> int | None:
    """None: no number, or none that an Integer32 holds. Some agents send numbers as text."""
    if isinstance(value, bytes):
        value = text(value)
    if isinstance(value, str):
        value = int(value) if value.strip().lstrip("-").isdecimal() and len(value) < len(str(_LARGEST)) + 2 else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -_LARGEST <= value <= _LARGEST else None


def text(value: Value, charset: int | None = None) -> str:
    """Without the zero octets that some printers end it with. UTF-8 where it is UTF-8, else as the printer says."""
    if isinstance(value, str):
        return value[:TEXT_LIMIT].replace("\x00", "")
    if not isinstance(value, bytes):
        return ""
    octets = value[:TEXT_LIMIT]
    if charset in _SIXTEEN_BITS:
        return octets.decode(_CODECS[charset], "replace").replace("\x00", "")
    octets = octets.replace(b"\x00", b"")
    for codec in ("utf-8", _CODECS.get(charset or 0, "latin-1")):
        try:
            return octets.decode(codec)
        except UnicodeDecodeError:
            continue
    return octets.decode("latin-1")


def unfolded(told: str) -> str:
    """A text whose end was kept as the hexadecimal of its octets in a line of its own, as some dumps hold it."""
    found = _FOLDED.fullmatch(told)
    return found[1] + text(bytes.fromhex(found[2])) if found else told


def places(column: Column, oid: str) -> dict[tuple[int, ...], Value]:
    """The cells of a column by what stands behind it in their identifiers; what is not below it is left out."""
    found: dict[tuple[int, ...], Value] = {}
    for name, value in column.items():
        plain = name.lstrip(".")
        rest = plain.removeprefix(f"{oid}.")
        if rest != plain and all(part.isdecimal() and len(part) <= len(str(_LARGEST)) for part in rest.split(".")):
            found[tuple(int(part) for part in rest.split("."))] = value
    return found
