"""Brother's private maintenance object: what is left, where the standard table says only "some". Pure.

One string of records `tag, 01, length, value`, ended by FF. A record is believed for its length and its range alone:
other models use the same tags for something else. Source: the maps of github.com/bieniu/brother, and its recordings.
"""

import re
from collections.abc import Mapping

from contract.fields import Quality, Supply
from edge.sensors.snmp_level import Judged
from edge.sensors.snmp_private import Private

DEVICE_ID = "1.3.6.1.4.1.2435.2.3.9.1.1.7.0"  # IEEE 1284: MFG:Brother;MDL:...
SERIAL = "1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.1.0"
MAINTENANCE = "1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.8.0"

MAX_RECORDS = 200
_END, _MARK = 0xFF, 0x01
_HUNDREDTHS, _STEPS = 4, 2  # lengths: hundredths of a percent; steps, and of how many
_COLOURS = ("black", "cyan", "magenta", "yellow")
_OK, _LOW = 1, 2
_FULL = 10_000
_STATUS, _REMAINING, _TENS, _OLD_INK = 0x31, 0x6F, 0x81, 0xA1  # each for black, cyan, magenta, yellow in turn
_PARTS = {
    0x41: ("Drum Unit", None), 0x80: ("Drum Unit", "black"), 0x79: ("Drum Unit", "cyan"),
    0x7A: ("Drum Unit", "magenta"), 0x7B: ("Drum Unit", "yellow"), 0x69: ("Belt Unit", None),
    0x6A: ("Fuser Unit", None), 0x6B: ("Laser Unit", None), 0x6C: ("Paper Feeding Kit MP", None),
    0x6D: ("Paper Feeding Kit 1", None),
}  # fmt: skip
_INKJET = re.compile(r"\b(?:MFC|DCP|HL)-[JT]\d", re.IGNORECASE)


def records(blob: bytes) -> dict[int, bytes]:
    """By tag; the first of each counts. What does not follow the form ends the reading."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 3 <= len(blob) and blob[at] != _END and blob[at + 1] == _MARK and len(found) < MAX_RECORDS:
        tag, size = blob[at], blob[at + 2]
        value = blob[at + 3 : at + 3 + size]
        if len(value) < size or not size:
            break
        found.setdefault(tag, value)
        at += 3 + size
    return found


def supplies(blob: bytes, model: str) -> list[Private]:
    """Colours first, then parts; only what this printer has."""
    told = records(blob)
    inkjet = _INKJET.search(model) is not None or any(_OLD_INK + n in told for n in range(len(_COLOURS)))
    inks = [found for n, colour in enumerate(_COLOURS) if (found := _colour(told, n, colour, inkjet=inkjet))]
    return inks + ([] if inkjet else _parts(told))


def _colour(told: Mapping[int, bytes], n: int, colour: str, *, inkjet: bool) -> Private | None:
    what = f"{colour.capitalize()} {'Ink' if inkjet else 'Toner'}"
    for tag, judge in (
        (_REMAINING + n, _hundredths),
        (_OLD_INK + n, _of_steps),
        (_TENS + n, _tens),
        (_STATUS + n, _state),
    ):
        judged = judge(told.get(tag, b""))
        if judged is not None:
            raw = int.from_bytes(told[tag])
            return Private(f"brother-{tag:02x}", Supply.CONSUMABLE, colour, what, judged, raw)
    return None


def _parts(told: Mapping[int, bytes]) -> list[Private]:
    found = []
    for tag, (what, colour) in _PARTS.items():
        judged = _hundredths(told.get(tag, b""))
        if judged is not None:
            name = f"{colour.capitalize()} {what}" if colour else what
            raw, noun = int.from_bytes(told[tag]), what.split()[0].lower()
            found.append(Private(f"brother-{tag:02x}", Supply.PART, colour, name, judged, raw, noun=noun))
    return found


def _hundredths(value: bytes) -> Judged | None:
    left = int.from_bytes(value)
    return Judged.share(left / _FULL, "brother_left") if len(value) == _HUNDREDTHS and left <= _FULL else None


def _of_steps(value: bytes) -> Judged | None:
    if len(value) != _STEPS or not 0 <= value[0] <= value[1] or not value[1]:
        return None
    return Judged.share(value[0] / value[1], "brother_steps", Quality.COARSE, 1 / value[1])


def _tens(value: bytes) -> Judged | None:
    percent = int.from_bytes(value)
    if len(value) != _HUNDREDTHS or not 0 < percent <= 100:  # noqa: PLR2004 - percent
        return None
    return Judged.share(percent / 100, "brother_tens", Quality.COARSE, 0.1)


def _state(value: bytes) -> Judged | None:
    """Fine or low: there is some. What the other states mean is not known."""
    words = {_OK: "brother_fine", _LOW: "brother_low"}
    basis = words.get(int.from_bytes(value))
    return Judged(None, Quality.SOME, basis) if basis else None
