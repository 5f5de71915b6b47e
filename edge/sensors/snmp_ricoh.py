"""Ricoh's private toner table (also Nashuatec, Lanier, Savin, Gestetner): percentages in tens. Pure.

Three columns are asked for and never the tree, which holds tone curves by the hundred kilobyte. Source: RICOH-MIB's
ricohEngTonerTable, and how LibreNMS and Checkmk read it.
"""

from collections.abc import Mapping

from contract.fields import Quality
from edge.sensors import supply_words as words
from edge.sensors.snmp_level import FULL, Judged
from edge.sensors.snmp_private import Private
from edge.sensors.snmp_values import Column, Value, number, places, text

TABLE = "1.3.6.1.4.1.367.3.2.1.2.24.1.1"
NAME, LOCAL_NAME, LEVEL = (f"{TABLE}.{column}" for column in (2, 3, 5))
SERIAL = "1.3.6.1.4.1.367.3.2.1.2.1.4.0"
COLUMNS = (LEVEL, LOCAL_NAME, NAME)
STEP = 0.1
_NEARLY_EMPTY = -100  # less than a tenth, and nothing more


def supplies(columns: Mapping[str, Column], charset: int | None) -> list[Private]:
    """By the table's own places."""
    names = {at: text(value, charset) for oid in (NAME, LOCAL_NAME) for at, value in _cells(columns, oid)}
    found = []
    for at, cell in sorted(_cells(columns, LEVEL)):
        level = number(cell)
        if level is None or len(at) != 1:
            continue
        name = names.get(at, "")
        colour = words.colour_of(name, "")
        supply = words.supply_of("", name or "toner", coloured=colour is not None)
        found.append(Private(f"ricoh-{at[0]}", supply, colour, name, judged(level), level, at[0]))
    return found


def _cells(columns: Mapping[str, Column], oid: str) -> list[tuple[tuple[int, ...], Value]]:
    return list(places(columns.get(oid, {}), oid).items())


def judged(level: int) -> Judged:
    if 0 <= level <= FULL:
        return Judged.share(level / FULL, "ricoh_percent", Quality.COARSE, STEP)
    if level == _NEARLY_EMPTY:
        return Judged(None, Quality.SOME, "ricoh_nearly_empty")
    if level == -3:  # noqa: PLR2004 - the standard's "some left"
        return Judged(None, Quality.SOME, "some_left")
    return Judged(None, Quality.UNKNOWN, "unknown")
