"""Binary IPP (RFC 8010) to plain values, and the one question we ask. Pure: no I/O."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.sensors.base import SensorError

MAX_ANSWER_BYTES = 2_000_000  # the largest real answer seen has 100 kB
MAX_VALUES = 20_000
MAX_DEPTH = 8
VERSION_NOT_SUPPORTED = 0x0503

_GET_PRINTER_ATTRIBUTES = 0x000B
_OPERATION_GROUP, _END, _PRINTER_GROUP = 0x01, 0x03, 0x04
_BEGIN_COLLECTION, _END_COLLECTION, _MEMBER_NAME = 0x34, 0x37, 0x4A
_KEYWORD, _URI, _CHARSET, _LANGUAGE = 0x44, 0x45, 0x47, 0x48

Value = int | bool | str | bytes | None
Attributes = dict[str, list[Value]]


@dataclass(frozen=True)
class Answer:
    """One IPP message. Groups of the same kind are merged; the first attribute of a name wins."""

    version: tuple[int, int]
    code: int  # a status in an answer, an operation in a question
    printer: Attributes = field(default_factory=dict)


def question(uri: str, attributes: list[str], version: tuple[int, int]) -> bytes:
    """A Get-Printer-Attributes request."""
    head = struct.pack(">BBHiB", *version, _GET_PRINTER_ATTRIBUTES, 1, _OPERATION_GROUP)
    parts = [
        _attribute(_CHARSET, "attributes-charset", "utf-8"),
        _attribute(_LANGUAGE, "attributes-natural-language", "en"),
        _attribute(_URI, "printer-uri", uri),
    ]
    names = ["requested-attributes"] + [""] * (len(attributes) - 1)  # a further value has an empty name
    parts += [_attribute(_KEYWORD, name, value) for name, value in zip(names, attributes, strict=True)]
    return head + b"".join(parts) + bytes([_END])


def _attribute(tag: int, name: str, value: str) -> bytes:
    raw_name, raw = name.encode(), value.encode()
    return struct.pack(">BH", tag, len(raw_name)) + raw_name + struct.pack(">H", len(raw)) + raw


def decode(body: bytes) -> Answer:
    """The printer's attributes.

    Raises SensorError for whatever is not an IPP message; never another exception.
    """
    if len(body) > MAX_ANSWER_BYTES:
        raise SensorError(f"the answer has {len(body)} bytes; at most {MAX_ANSWER_BYTES} are read")
    reader = _Reader(body)
    major, minor = reader.byte(), reader.byte()
    code, _request = reader.short(), reader.take(4)
    return Answer((major, minor), code, _printer_attributes(reader))


def _printer_attributes(reader: "_Reader") -> Attributes:
    printer: Attributes = {}
    group, values, count = 0, None, 0
    while (tag := reader.byte()) != _END:
        if tag < 0x10:  # noqa: PLR2004 - delimiter tags, RFC 8010 3.5.1
            group, values = tag, None
            continue
        count += 1
        if count > MAX_VALUES:
            raise SensorError(f"the answer has more than {MAX_VALUES} values")
        name, raw = reader.text(), reader.field()
        if tag == _BEGIN_COLLECTION:
            _skip_collection(reader)
        if name:
            values = [] if name in printer or group != _PRINTER_GROUP else printer.setdefault(name, [])
        if values is not None:
            values.append(_value(tag, raw))
    return printer


def _skip_collection(reader: "_Reader") -> None:
    """No attribute we ask for is a collection; they are stepped over, however deep."""
    depth = 1
    while depth:
        tag = reader.byte()
        reader.field()
        reader.field()
        depth += (tag == _BEGIN_COLLECTION) - (tag == _END_COLLECTION)
        if depth > MAX_DEPTH:
            raise SensorError(f"collections are nested deeper than {MAX_DEPTH}")


def _value(tag: int, raw: bytes) -> Value:
    """None: an out-of-band value (unknown, unsupported, no-value) or one that does not fit its tag."""
    if tag < 0x20 or tag == _BEGIN_COLLECTION:  # noqa: PLR2004
        return None
    reader = _READERS.get(tag, _text)
    try:
        return reader(raw)
    except struct.error:
        return None


def _integer(raw: bytes) -> int:
    number: int = struct.unpack(">i", raw)[0]
    return number


def _boolean(raw: bytes) -> bool:
    return bool(struct.unpack(">B", raw)[0])


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # what older printers send, whatever charset they claim


def _text_with_language(raw: bytes) -> str:
    (language_bytes,) = struct.unpack(">H", raw[:2])
    (text_bytes,) = struct.unpack(">H", raw[2 + language_bytes : 4 + language_bytes])
    start = 4 + language_bytes
    return _text(raw[start : start + text_bytes])


def _as_bytes(raw: bytes) -> bytes:
    return raw


_READERS: dict[int, Callable[[bytes], Value]] = {
    0x21: _integer,
    0x22: _boolean,
    0x23: _integer,  # enum
    0x30: _as_bytes,  # octetString
    0x31: _as_bytes,  # dateTime
    0x32: _as_bytes,  # resolution
    0x33: _as_bytes,  # rangeOfInteger
    0x35: _text_with_language,
    0x36: _text_with_language,  # nameWithLanguage
}


class _Reader:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._body):
            raise SensorError("the answer ends in the middle of a value")
        piece = self._body[self._at : end]
        self._at = end
        return piece

    def byte(self) -> int:
        return self.take(1)[0]

    def short(self) -> int:
        return int.from_bytes(self.take(2))

    def field(self) -> bytes:
        return self.take(self.short())

    def text(self) -> str:
        return _text(self.field())
