"""An SNMP printer's answers to levels: what is not known stays unknown, every answer says on what it rests. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from contract import limits
from contract.fields import Kind, Quality, Supply
from contract.messages import DeviceReport, SlotReport
from edge.sensors import snmp_brother, snmp_identity, snmp_ricoh
from edge.sensors import supply_words as words
from edge.sensors.base import Level, Poll
from edge.sensors.snmp_level import FULL, Judged, judged
from edge.sensors.snmp_private import Private
from edge.sensors.snmp_reconcile import Found, reconciled
from edge.sensors.snmp_table import RECEPTACLE_CLASS, Row, charset_of, rows_of
from edge.sensors.snmp_values import Column, places, text

ALERTS = "1.3.6.1.2.1.43.18.1.1.8"  # prtAlertDescription
_NAME_LIMIT = 300  # patterns are slow on what no honest printer says
_TENS = 0.1
_HINT_SLOTS = 3  # so many levels that all end in 0 hint at a printer that counts in tens
_COUNT_IN_TENS = frozenset({snmp_identity.RICOH, snmp_identity.FUJIFILM, snmp_identity.CANON})
_MEASURED = frozenset({"ratio", "percent", "assumed_percent"})


def understand(device: str, told: Mapping[str, Column]) -> Poll:
    """What the printer is and what it holds. `told` is by column. Never raises: no answers give no slots."""
    rows = rows_of(told)[: limits.MAX_SLOTS_PER_DEVICE]
    privates = privates_of(told)
    found = reconciled(_standard(rows), privates) if rows else [_alone(private) for private in privates]
    found = _in_tens(_without_foreign(found, told), told)[: limits.MAX_SLOTS_PER_DEVICE]
    raws = {row.slot: row for row in rows}
    levels = tuple(_level(each, raws.get(each.slot.slot)) for each in found)
    report = DeviceReport(
        device=device,
        type="printer",
        serial=snmp_identity.serial(told),
        model=snmp_identity.model(told, rows[0].device if rows else 1),
        slots=[each.slot for each in found],
    )
    return Poll(report, levels)


def privates_of(told: Mapping[str, Column]) -> list[Private]:
    blob = snmp_identity.scalar(told, snmp_brother.MAINTENANCE)
    found = snmp_brother.supplies(blob, snmp_identity.model(told, 1) or "") if isinstance(blob, bytes) else []
    return found + snmp_ricoh.supplies(told, charset_of(told))


def _standard(rows: Sequence[Row]) -> list[Found]:
    colorants = _trusted(rows)
    slots = [_slot(row, colorants.get(row.slot)) for row in rows]
    inks = [slot for slot in slots if slot.supply is Supply.CONSUMABLE]
    if len(inks) == 1 and inks[0].colour is None:  # a printer with one cartridge prints black
        slots = [_coloured(slot, "black") if slot is inks[0] else slot for slot in slots]
    return [Found(slot, judged(row, slot.supply)) for slot, row in zip(slots, rows, strict=True)]


def _trusted(rows: Sequence[Row]) -> dict[str, str]:
    """Colours by slot from the colorant table: only where it contradicts no description (some list it in disorder)."""
    told = {row.slot: words.colour_of(row.colorant[:_NAME_LIMIT], "") for row in rows}
    for row in rows:
        named = words.colour_of(row.description[:_NAME_LIMIT], "")
        if named is not None and told[row.slot] not in {None, named}:
            return {}
    return {slot: colour for slot, colour in told.items() if colour is not None}


def _slot(row: Row, colorant: str | None) -> SlotReport:
    name = row.description[:_NAME_LIMIT]
    colour = words.colour_of(name, "")
    supply = words.supply_of(row.type, name, coloured=(colour or colorant) is not None)
    if row.class_ == RECEPTACLE_CLASS:
        supply = Supply.RECEPTACLE
    if supply is Supply.CONSUMABLE:
        colour = colour or colorant
    return SlotReport(
        slot=row.slot,
        supply=supply,
        kind=Kind.LEVEL_FRACTION,
        description=words.described(name),
        colour=None if supply is Supply.RECEPTACLE else colour,
        part_number=words.part_number_in(name),
        serial=words.serial_in(name),
    )


def _coloured(slot: SlotReport, colour: str) -> SlotReport:
    return msgspec.structs.replace(slot, colour=colour)


def _alone(private: Private) -> Found:
    slot = SlotReport(
        slot=private.key,
        supply=private.supply,
        kind=Kind.LEVEL_FRACTION,
        description=words.clean(private.description),
        colour=None if private.supply is Supply.RECEPTACLE else private.colour,
    )
    return Found(slot, private.judged, private)


def _without_foreign(found: Sequence[Found], told: Mapping[str, Column]) -> list[Found]:
    """A foreign cartridge has no true level: makers let all of them stand at the same."""
    alerts = (text(value)[:_NAME_LIMIT] for value in places(told.get(ALERTS, {}), ALERTS).values())
    if not any(map(words.says_foreign, alerts)):
        return list(found)
    inks = [each.judged.value for each in found if each.slot.supply is Supply.CONSUMABLE]
    flat = len(inks) > 1 and len(set(inks)) == 1

    def judged_anew(each: Found) -> Found:
        if each.judged.value is None or each.slot.supply is not Supply.CONSUMABLE:
            return each
        if flat:
            return replace(each, judged=Judged(None, Quality.UNKNOWN, "not_genuine"))
        return replace(each, judged=replace(each.judged, quality=Quality.COARSE, basis="ratio_not_genuine"))

    return [judged_anew(each) for each in found]


def _in_tens(found: Sequence[Found], told: Mapping[str, Column]) -> list[Found]:
    """Some printers count in tens and do not say so."""
    known = [
        each.judged.value
        for each in found
        if each.judged.value is not None and each.slot.supply is Supply.CONSUMABLE and each.judged.basis in _MEASURED
    ]
    is_known_for_it = snmp_identity.maker(told) in _COUNT_IN_TENS
    if not known or any(round(value * FULL, 4) % 10 for value in known):
        return list(found)
    if not is_known_for_it and (len(known) < _HINT_SLOTS or all(value in {0.0, 1.0} for value in known)):
        return list(found)

    def coarse(each: Found) -> Found:
        if each.judged.basis not in _MEASURED or each.slot.supply is not Supply.CONSUMABLE:
            return each
        return replace(each, judged=replace(each.judged, quality=Quality.COARSE, resolution=_TENS))

    return [coarse(each) for each in found]


def _level(each: Found, row: Row | None) -> Level:
    raw: dict[str, int | float | str | None] = {}
    if row is not None:
        raw = {
            "level": row.level, "capacity": row.capacity, "unit": row.unit, "type": row.type or None,
            "class": row.class_, "description": words.clean(row.description),
        }  # fmt: skip
    if each.private is not None:
        raw |= {"private": each.private.raw, "private_key": each.private.key}
    return Level(
        slot=each.slot.slot,
        kind=each.slot.kind,
        value=each.judged.value,
        quality=each.judged.quality,
        basis=each.judged.basis,
        resolution=each.judged.resolution,
        serial=each.slot.serial,
        raw=raw,
    )
