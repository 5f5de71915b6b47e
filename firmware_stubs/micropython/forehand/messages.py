"""The messages a board says, as bytes. Pure."""

from forehand import wire

LONGEST = 300  # bytes of a serial number in JSON: a reading has to fit into a message


def reading(level, up_ms, at_ms):
    """One reading's JSON from a `level`: a dict with device, slot, kind, value, quality, basis, resolution, serial.

    What no reading may say is said as `implausible` or `unknown`, without a value.
    Raises ValueError where a name is none: that is the program's fault, not the sensor's.
    """
    device, slot, kind = level["device"], level["slot"], level["kind"]
    basis, serial = level.get("basis", "sensor"), level.get("serial")
    if not (wire.is_name(device) and wire.is_name(slot) and wire.is_code(basis)):
        raise ValueError("device, slot and basis are short plain names")
    if kind not in wire.KINDS or not (serial is None or (wire.is_text(serial) and len(wire.text(serial)) <= LONGEST)):
        raise ValueError("kind is one of the wire's, serial is plain text and short")
    value, quality = _judged(kind, level.get("value"), level.get("quality"))
    said = '"value":null' if value is None else f'"value":{value}'
    head = wire.text(("device", device, "slot", slot, "up_ms", up_ms, "at_ms", at_ms, "kind", kind))
    rest = wire.text(
        ("resolution", _resolution(level.get("resolution")), "quality", quality, "basis", basis, "serial", serial)
    )
    return f"{head[:-1]},{said},{rest[1:]}"


def readings(envelope, consent, anchor, rows):
    """`envelope`: stream, seq, boot. `rows`: JSON of at least one reading."""
    stream, seq, boot = envelope
    return wire.text(
        (
            "v", 1, "stream", stream, "lane", "readings", "seq", seq, "boot", boot, "purpose", "supply",
            "consent", consent, "anchor", anchor, "readings", [wire.raw(row) for row in rows],
        )
    ).encode()  # fmt: skip


def alarm(envelope, consent, moment, step):
    """`moment`: up_ms, at_ms, anchor. `step`: a dict with alarm_id, kind, event, device and what the event needs."""
    stream, seq, boot = envelope
    up_ms, at_ms, anchor = moment
    return wire.text(
        (
            "v", 1, "stream", stream, "lane", "alarms", "seq", seq, "boot", boot, "consent", consent,
            "alarm_id", step["alarm_id"], "kind", step["kind"], "event", step["event"], "device", step["device"],
            "up_ms", up_ms, "at_ms", at_ms, "anchor", anchor, "confirm_in_ms", step.get("confirm_in_ms"),
            "by", step.get("by"),
        )
    ).encode()  # fmt: skip


def state(name, session):
    return wire.text(("v", 1, "state", name, "session", session)).encode()


def anchor(boot, up_ms, at_ms):
    return None if at_ms is None else ("boot", boot, "up_ms", up_ms, "at_ms", at_ms)


def gap(stream, lane, first, last, reason):
    return ("stream", stream, "lane", lane, "range", [first, last], "reason", reason)


def device(facts):
    """One device's report from a dict. Raises ValueError where it says what the wire cannot."""
    texts = [facts.get(name) for name in ("uuid", "serial", "model")]
    if not wire.is_name(facts["device"]) or not wire.is_code(facts["type"]):
        raise ValueError("device and type are short plain names")
    if not all(each is None or wire.is_text(each) for each in texts):
        raise ValueError("uuid, serial and model are plain text")
    battery, worn = facts.get("battery_fraction"), facts.get("worn")
    if not (battery is None or _is_number(battery)) or not (worn is None or isinstance(worn, bool)):
        raise ValueError("battery_fraction is a number, worn yes or no")
    return (
        "device", facts["device"], "type", facts["type"], "uuid", texts[0], "serial", texts[1], "model", texts[2],
        "reachable", bool(facts.get("reachable", True)), "worn", worn,
        "battery_fraction", None if battery is None else min(1.0, max(0.0, battery)),
        "slots", [_slot(each) for each in facts.get("slots", ())],
    )  # fmt: skip


def _slot(facts):
    colour, texts = facts.get("colour"), [facts.get(name) for name in ("description", "part_number", "serial")]
    supply = facts.get("supply", "consumable")
    if not wire.is_name(facts["slot"]) or facts["kind"] not in wire.KINDS:
        raise ValueError("a slot has a short plain name and a kind of the wire")
    if supply not in ("consumable", "part", "receptacle") or not (colour is None or wire.is_code(colour)):
        raise ValueError("supply is consumable, part or receptacle; colour is a short plain name")
    if not all(each is None or wire.is_text(each) for each in texts):
        raise ValueError("description, part_number and serial are plain text")
    return (
        "slot", facts["slot"], "supply", supply, "kind", facts["kind"], "description", texts[0], "colour", colour,
        "part_number", texts[1], "serial", texts[2],
    )  # fmt: skip


def _judged(kind, value, quality):
    """The value's text or None, and the quality that goes with it."""
    if value is None:
        return None, quality if quality in wire.QUALITIES and quality not in wire.WITH_VALUE else "unknown"
    if quality is not None and quality not in wire.WITH_VALUE:
        return None, quality if quality in wire.QUALITIES else "unknown"
    most = 1 if kind == "level_fraction" else wire.MAX_AMOUNT
    if not _is_number(value) or not 0 <= value <= most:
        return None, "implausible"
    return wire.number(value), quality or "good"


def _resolution(value):
    if not _is_number(value) or not 0 < value <= wire.MAX_AMOUNT:
        return None
    said = wire.number(value)
    return None if said == "0" else wire.raw(said)


def _is_number(value):
    return type(value) in (int, float)
