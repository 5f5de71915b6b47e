"""What the wire allows, values to text, and text to values. Pure."""

import json

MAX_INTEGER = 2**53 - 1
MAX_AT_MS = 253_402_300_799_999
MAX_UP_MS = 3_155_760_000_000
MAX_AMOUNT = 1_000_000_000
MAX_CONFIRM_IN_MS = 300_000
PLAUSIBLE_FROM_MS = 1_735_689_600_000  # 2025: a clock that shows less was never set
MOST_HEARD = 8_192  # bytes; an answer about what waits here is far shorter
LONGEST_TEXT = 200

ALARMS, READINGS = 0, 1
LANES = ("alarms", "readings")  # the most urgent first
PURPOSES = ("supply", "order", "learn", "safety", "movement", "circle")
SUPPLY, SAFETY = 0, 3
KINDS = ("level_fraction", "amount_g", "amount_ml", "count")
WITH_VALUE = ("good", "coarse")
QUALITIES = ("good", "coarse", "some", "stale", "unknown", "implausible")
REFUSALS = ("malformed", "unknown_version", "too_large", "no_consent", "revoked")

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_PLAIN = _LOWER + _LOWER.upper() + _DIGITS
_ESCAPED = {'"': '\\"', "\\": "\\\\"}
_STEPS = ((1, 1_000_000), (10, 100_000), (100, 10_000), (1_000, 1_000), (10_000, 100), (100_000, 10))


# -- values to text


def text(value):
    """JSON in ASCII. A tuple is an object: name, value, name, value; what is None there is left out."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        is_plain = all(" " <= char <= "~" and char not in _ESCAPED for char in value)
        return '"' + (value if is_plain else "".join([_escaped(char) for char in value])) + '"'
    if isinstance(value, tuple):
        pairs = [(value[i], value[i + 1]) for i in range(0, len(value), 2)]
        return "{" + ",".join([f'"{name}":{text(each)}' for name, each in pairs if each is not None]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([text(each) for each in value]) + "]"
    return value.json_text if isinstance(value, _Raw) else number(value)


def raw(json_text):
    """Text that is JSON already, to stand in a list or an object."""
    return _Raw(json_text)


class _Raw:
    def __init__(self, json_text):
        self.json_text = json_text


def number(value):
    """Six digits behind the point at most, and no more digits than a board's 32-bit float has."""
    whole = int(value)
    for below, step in _STEPS:
        if whole < below and whole != value:
            parts = int((value - whole) * step + 0.5)
            if parts == step:
                return str(whole + 1)
            digits = str(step + parts)[1:].rstrip("0")
            return f"{whole}.{digits}" if digits else str(whole)
    return str(whole)


def _escaped(char):
    code = ord(char)
    if char in _ESCAPED:
        return _ESCAPED[char]
    if 0x20 <= code < 0x7F:
        return char
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


# -- what a field may hold


def is_name(value):
    return _is_made_of(value, 63, _PLAIN, _PLAIN + "._-")


def is_code(value):
    return _is_made_of(value, 40, _LOWER, _LOWER + _DIGITS + "_")


def is_agent(value):
    return _is_made_of(value, 63, _LOWER + _DIGITS, _LOWER + _DIGITS + "-")


def is_stream(value):
    return _is_made_of(value, 32, _DIGITS + "abcdef", _DIGITS + "abcdef") and len(value) == 32


def is_text(value):
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and all(_is_printable(char) for char in value)


def is_integer(value, least=0, most=MAX_INTEGER):
    return type(value) is int and least <= value <= most


def _is_made_of(value, longest, first, others):
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        return False
    return value[0] in first and all(char in others for char in value)


def _is_printable(char):
    code = ord(char)
    return code >= 0x20 and code != 0x7F and not 0xD800 <= code <= 0xDFFF


# -- text to values


def decoded(body):
    """None: not a message of this version, whatever the bytes are."""
    try:
        message = json.loads(str(bytes(body), "utf-8"))
    except Exception:  # noqa: BLE001 - bad text, too deep, no memory for it: all the same to us
        return None
    if not isinstance(message, dict) or not is_integer(message.get("v", 1), 1, 1):
        return None
    return message


def stored(body):
    """(stream, lane, spans stored, numbers refused, spans of gaps), or None: it is no answer to us."""
    message = decoded(body)
    if message is None or message.get("lane") not in LANES or not is_stream(message.get("stream")):
        return None
    ranges, gaps = _spans(message.get("ranges", [])), _spans(message.get("gaps", []))
    refused = _refused(message.get("refused", []))
    if ranges is None or gaps is None or refused is None:
        return None
    return message["stream"], LANES.index(message["lane"]), ranges, refused, gaps


def desired(body):
    """A wish as a dict with every field, or None: it is none."""
    message = decoded(body)
    if message is None:
        return None
    wish = {"poll_s": 900, "prealarm_s": 30}
    for field, least, most in (
        ("config", 0, MAX_INTEGER),
        ("consent", 0, MAX_INTEGER),
        ("poll_s", 1, 86_400),
        ("prealarm_s", 5, 120),
    ):
        value = message.get(field, wish.get(field))
        if not is_integer(value, least, most):
            return None
        wish[field] = value
    purposes = message.get("purposes")
    if not isinstance(purposes, list) or not all(isinstance(each, str) and each in PURPOSES for each in purposes):
        return None
    wish["purposes"] = [each for each in PURPOSES if each in purposes]
    return wish


def _spans(value):
    if not isinstance(value, list):
        return None
    for each in value:
        if not isinstance(each, list) or len(each) != 2 or not (is_integer(each[0], 1) and is_integer(each[1], 1)):
            return None
    return value


def _refused(value):
    if not isinstance(value, list):
        return None
    for each in value:
        if not isinstance(each, dict) or not is_integer(each.get("seq"), 1) or each.get("reason") not in REFUSALS:
            return None
    return [each["seq"] for each in value]
