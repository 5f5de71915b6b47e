"""The Printer MIB's supplies as rows (RFC 3805): which columns, and what stands in them. Pure.

Rows are known by their place in the table, `device.index`, never by their description: two may say the same, places
may be missing, and `device` may be 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from edge.sensors.snmp_values import Column, Value, number, places, text, unfolded

SUPPLIES = "1.3.6.1.2.1.43.11.1.1"
COLORANT_INDEX, CLASS, TYPE, DESCRIPTION, UNIT, CAPACITY, LEVEL = (f"{SUPPLIES}.{column}" for column in range(3, 10))
COLUMNS = (DESCRIPTION, LEVEL, CAPACITY, TYPE, CLASS, UNIT, COLORANT_INDEX)
COLORANTS = "1.3.6.1.2.1.43.12.1.1.4"  # prtMarkerColorantValue: black, cyan, ...
CHARSETS = "1.3.6.1.2.1.43.7.1.1.4"  # prtLocalizationCharacterSet
LOCALIZATION = "1.3.6.1.2.1.43.5.1.1.2"  # prtGeneralCurrentLocalization: which of them is used
MAX_ROWS = 256

RECEPTACLE_CLASS = 4
PERCENT_UNIT = 19
TYPES = {
    1: "other", 2: "unknown", 3: "toner", 4: "wasteToner", 5: "ink", 6: "inkCartridge", 7: "inkRibbon", 8: "wasteInk",
    9: "opc", 10: "developer", 11: "fuserOil", 12: "solidWax", 13: "ribbonWax", 14: "wasteWax", 15: "fuser",
    16: "coronaWire", 17: "fuserOilWick", 18: "cleanerUnit", 19: "fuserCleaningPad", 20: "transferUnit",
    21: "tonerCartridge", 22: "fuserOiler", 23: "water", 24: "wasteWater", 25: "glueWaterAdditive", 26: "wastePaper",
    27: "bindingSupply", 28: "bandingSupply", 29: "stitchingWire", 30: "shrinkWrap", 31: "paperWrap", 32: "staples",
    33: "inserts", 34: "covers", 35: "matteToner", 36: "matteInk",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One supply as the printer tells it. None, or an empty text: it does not say."""

    device: int
    index: int
    description: str = ""
    type: str = ""
    class_: int | None = None
    unit: int | None = None
    capacity: int | None = None
    level: int | None = None
    colorant: str = ""

    @property
    def slot(self) -> str:
        return f"{self.device}.{self.index}"


def rows_of(columns: Mapping[str, Column]) -> list[Row]:
    """In the order of their places. A row is there where it has a description, a level or a capacity."""
    cells = {oid: places(columns.get(oid, {}), oid) for oid in COLUMNS}
    charset = charset_of(columns)
    colorants = {at: text(value, charset) for at, value in places(columns.get(COLORANTS, {}), COLORANTS).items()}
    found = sorted({at for oid in (DESCRIPTION, LEVEL, CAPACITY) for at in cells[oid] if len(at) == len(("d", "i"))})
    return [_row(cells, at, charset, colorants) for at in found[:MAX_ROWS]]


def _row(
    cells: Mapping[str, Mapping[tuple[int, ...], Value]],
    at: tuple[int, ...],
    charset: int | None,
    colorants: Mapping[tuple[int, ...], str],
) -> Row:
    told = {oid: number(cells[oid].get(at)) for oid in COLUMNS if oid != DESCRIPTION}
    return Row(
        device=at[0],
        index=at[1],
        description=unfolded(text(cells[DESCRIPTION].get(at), charset)),
        type=TYPES.get(told[TYPE] or 0, "") if told[TYPE] is None or told[TYPE] in TYPES else "other",
        class_=told[CLASS],
        unit=told[UNIT],
        capacity=told[CAPACITY],
        level=told[LEVEL],
        colorant=colorants.get((at[0], told[COLORANT_INDEX] or 0), ""),
    )


def charset_of(columns: Mapping[str, Column]) -> int | None:
    """Of the localization in force, else the first. None: the printer names none."""
    known = {at: number(value) for at, value in places(columns.get(CHARSETS, {}), CHARSETS).items()}
    for at, used in places(columns.get(LOCALIZATION, {}), LOCALIZATION).items():
        current = known.get((*at, number(used) or 0))
        if current is not None:
            return current
    return next((charset for charset in known.values() if charset is not None), None)
