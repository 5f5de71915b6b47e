"""A printer's attributes to levels: what is not known stays unknown, and every answer says on what it rests."""

import re
from dataclasses import dataclass, replace

from contract import limits
from contract.fields import Kind, Quality, Supply
from contract.messages import DeviceReport, SlotReport
from edge.sensors import supply_words as words
from edge.sensors.base import Level, Poll
from edge.sensors.device_id import device_id
from edge.sensors.ipp_wire import Attributes, Value

ATTRIBUTES = [
    "printer-uuid",
    "printer-device-id",
    "printer-serial-number",
    "printer-make-and-model",
    "printer-state-reasons",
    "printer-alert-description",
    "printer-up-time",
    "printer-type",  # only a queue of CUPS has one
    "marker-names",
    "marker-types",
    "marker-colors",
    "marker-levels",
    "marker-low-levels",
    "marker-high-levels",
    "marker-change-time",
    "printer-supply",
    "printer-supply-description",
]
FULL = 100  # marker-levels are percent
STALE_S = 86_400  # a queue remembers what the printer said at its last job; a day is the oldest we believe
UNIX_TIMES_FROM_S = 1_000_000_000  # an up-time of thirty years is a queue that counts from 1970
_SENTINELS = {-1: (Quality.UNKNOWN, "unrestricted"), -2: (Quality.UNKNOWN, "unknown"), -3: (Quality.SOME, "some_left")}
_NAME_LIMIT, _ID_LIMIT = 300, 2000  # patterns are slow on what no honest printer says
_FINE, _STEP = 0.01, 0.1
_HINT_SLOTS = 3  # so many levels that all end in 0 hint at a printer that counts in tens


@dataclass(frozen=True)
class Marker:
    """One supply as the printer names it, before judgement. `level` None: the printer does not say."""

    index: int
    name: str
    type: str
    colours: str
    level: int | None
    low: int | None = None
    high: int | None = None
    capacity: int = FULL
    filled: bool = False  # the printer says so itself
    detail: str = ""


def understand(device: str, printer: Attributes) -> Poll:
    """What the printer is and what it holds. Never raises: an empty answer gives a printer without slots."""
    markers = markers_of(printer)[: limits.MAX_SLOTS_PER_DEVICE]
    slots = [_slot(marker) for marker in markers]
    levels = [_level(marker, slot) for marker, slot in zip(markers, slots, strict=True)]
    if is_stale_queue(printer):
        levels = [_withheld(level, Quality.STALE, "queue") for level in levels]
    elif _has_foreign_supply(printer):
        levels = _without_foreign(markers, slots, levels)
    levels = _with_step(slots, levels)
    return Poll(_report(device, printer, slots), tuple(levels))


def markers_of(printer: Attributes) -> list[Marker]:
    """The supplies, from the parallel marker-* lists or else from printer-supply."""
    supplies = [_pairs(value) for value in printer.get("printer-supply", [])]
    details = printer.get("printer-supply-description", [])
    levels, names = printer.get("marker-levels", []), printer.get("marker-names", [])
    count = max(len(levels), len(names))
    if not any(isinstance(value, int | str) for value in [*levels, *names]):
        return _numbered([_from_supply(at, pairs, _str(details, at)) for at, pairs in enumerate(supplies) if pairs])
    if len(supplies) != count:
        supplies = [{}] * count  # no telling which belongs to which
    if len(details) != count:
        details = []
    return [_from_marker(printer, at, supplies[at], _str(details, at)) for at in range(count)]


def _numbered(markers: list[Marker]) -> list[Marker]:
    """By the printer's own indexes where they tell the supplies apart, else by place."""
    if len({marker.index for marker in markers}) == len(markers):
        return markers
    return [replace(marker, index=at) for at, marker in enumerate(markers, 1)]


def is_stale_queue(printer: Attributes) -> bool:
    """A queue answers with levels it once heard; a device answers with its own."""
    up_s, changed_s = _int(printer.get("printer-up-time"), 0), _int(printer.get("marker-change-time"), 0)
    is_queue = any(name in printer for name in ("printer-type", "device-uri")) or (up_s or 0) > UNIX_TIMES_FROM_S
    if not is_queue:
        return False
    return up_s is None or changed_s is None or abs(up_s - changed_s) > STALE_S


def _from_marker(printer: Attributes, at: int, supply: dict[str, str], detail: str) -> Marker:
    return Marker(
        index=at + 1,
        name=_str(printer.get("marker-names"), at),
        type=_str(printer.get("marker-types"), at) or supply.get("type", ""),
        colours=_str(printer.get("marker-colors"), at),
        level=_int(printer.get("marker-levels"), at),
        low=_int(printer.get("marker-low-levels"), at),
        high=_int(printer.get("marker-high-levels"), at),
        filled=_is_filled(supply),
        detail=detail,
    )


def _from_supply(at: int, pairs: dict[str, str], detail: str) -> Marker:
    capacity = _number(pairs.get("maxcapacity"))
    if capacity is None or capacity <= 0:
        capacity = FULL if pairs.get("unit", "").lower() == "percent" else 0
    index = _number(pairs.get("index"))
    return Marker(
        index=index if index is not None and 0 < index <= limits.MAX_INTEGER else at + 1,
        name=detail or pairs.get("colorantname", ""),
        type=pairs.get("type", ""),
        colours=pairs.get("colorantname", ""),
        level=_number(pairs.get("level")),
        capacity=capacity,
        filled=_is_filled(pairs),
        detail=detail,
    )


def _is_filled(pairs: dict[str, str]) -> bool:
    kind = pairs.get("class", "").lower()
    return "filled" in kind or "receptacle" in kind


def _slot(marker: Marker) -> SlotReport:
    told = f"{marker.name} {marker.detail}"
    colour = words.colour_of(marker.name, marker.colours) or words.colour_of(marker.colours, "")
    supply = words.supply_of(marker.type, told, coloured=colour is not None)
    fills_up = marker.low == 0 and marker.high is not None and 0 < marker.high < FULL
    if marker.filled or fills_up:
        supply = Supply.RECEPTACLE
    if supply is not Supply.CONSUMABLE:
        colour = words.colour_of(marker.name, "")
    return SlotReport(
        slot=f"1.{marker.index}",
        supply=supply,
        kind=Kind.LEVEL_FRACTION,
        description=words.described(marker.name),
        colour=None if supply is Supply.RECEPTACLE else colour,
        part_number=words.part_number_in(told),
        serial=words.serial_in(told),
    )


def _level(marker: Marker, slot: SlotReport) -> Level:
    value, quality, basis = _judged(marker, slot.supply)
    return Level(
        slot=slot.slot,
        kind=slot.kind,
        value=value,
        quality=quality,
        basis=basis,
        resolution=_FINE if value is not None else None,
        serial=slot.serial,
        raw={
            "level": marker.level, "capacity": marker.capacity, "low": marker.low, "high": marker.high,
            "type": marker.type or None, "description": words.clean(marker.name),
        },
    )  # fmt: skip


def _judged(marker: Marker, supply: Supply) -> tuple[float | None, Quality, str]:
    level, capacity = marker.level, marker.capacity
    if level is None:
        return None, Quality.UNKNOWN, "missing"
    if level < 0:
        return None, *_SENTINELS.get(level, (Quality.IMPLAUSIBLE, "negative"))
    if supply is Supply.RECEPTACLE:  # makers disagree whether it counts up or down
        return None, Quality.UNKNOWN, "waste_direction"
    if capacity <= 0 or (marker.high or 0) > FULL:
        return None, Quality.UNKNOWN, "no_capacity"
    high = marker.high if marker.high is not None and marker.high > 0 else capacity
    if level > min(high, capacity):
        return None, Quality.IMPLAUSIBLE, "above_full"
    return level / capacity, Quality.GOOD, "ratio"


def _has_foreign_supply(printer: Attributes) -> bool:
    told = [*printer.get("printer-alert-description", []), *printer.get("printer-state-reasons", [])]
    return any(words.says_foreign(text[:_NAME_LIMIT]) for text in told if isinstance(text, str))


def _without_foreign(markers: list[Marker], slots: list[SlotReport], levels: list[Level]) -> list[Level]:
    """A foreign cartridge has no true level: makers let it stand at the warning threshold, or all at the same."""
    inks = [marker.level for marker, slot in zip(markers, slots, strict=True) if slot.supply is Supply.CONSUMABLE]
    flat = len(inks) > 1 and len(set(inks)) == 1

    def judged(marker: Marker, slot: SlotReport, level: Level) -> Level:
        if level.value is None or slot.supply is not Supply.CONSUMABLE:
            return level
        if flat or marker.level == marker.low:
            return _withheld(level, Quality.UNKNOWN, "not_genuine")
        return replace(level, quality=Quality.COARSE, basis="ratio_not_genuine")

    return [judged(*row) for row in zip(markers, slots, levels, strict=True)]


def _with_step(slots: list[SlotReport], levels: list[Level]) -> list[Level]:
    known = [
        level.value
        for slot, level in zip(slots, levels, strict=True)
        if level.value is not None and slot.supply is Supply.CONSUMABLE
    ]
    in_tens = all(round(value * FULL) % 10 == 0 for value in known)
    if len(known) < _HINT_SLOTS or not in_tens or all(value in {0.0, 1.0} for value in known):
        return levels
    return [
        replace(level, quality=Quality.COARSE, resolution=_STEP) if level.value is not None else level
        for level in levels
    ]


def _withheld(level: Level, quality: Quality, basis: str) -> Level:
    if level.value is None:
        return level
    return replace(level, value=None, resolution=None, quality=quality, basis=basis)


def _report(device: str, printer: Attributes, slots: list[SlotReport]) -> DeviceReport:
    ids = device_id(_str(printer.get("printer-device-id"), 0, _ID_LIMIT))
    serial = _str(printer.get("printer-serial-number"), 0) or ids.get("SN") or ids.get("SERN") or ids.get("SER") or ""
    uuid = _str(printer.get("printer-uuid"), 0).lower().removeprefix("urn:").removeprefix("uuid:")
    return DeviceReport(
        device=device,
        type="printer",
        uuid=words.clean(uuid),
        serial=words.clean(serial),
        model=words.clean(_str(printer.get("printer-make-and-model"), 0) or ids.get("MDL", "")),
        slots=slots,
    )


def _pairs(value: Value) -> dict[str, str]:
    """`type=toner;level=40;` by lower-case key, also where the printer puts `printer-supply[0] = ` before it."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    text = re.sub(r"^\s*printer-supply\s*\[\d+\]\s*=\s*", "", text)
    pairs = (part.partition("=") for part in text.split(";"))
    return {key.strip().lower(): given.strip() for key, _, given in pairs if given.strip()}


def _str(values: list[Value] | None, at: int, limit: int = _NAME_LIMIT) -> str:
    found = values[at] if values and at < len(values) else None
    return found[:limit].replace("\x00", "") if isinstance(found, str) else ""


def _int(values: list[Value] | None, at: int) -> int | None:
    found = values[at] if values and at < len(values) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _number(text: str | None) -> int | None:
    found = re.fullmatch(r"[+-]?\d{1,9}", text or "")
    return int(found[0]) if found else None
