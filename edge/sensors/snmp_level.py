"""One row's numbers to a level: every sentinel stays one, and each answer names the rule it came by. Pure."""

from dataclasses import dataclass

from contract.fields import Quality, Supply
from edge.sensors.snmp_table import PERCENT_UNIT, Row

FULL = 100
FINE = 0.01
OVERFILLED = 1.1  # a fresh cartridge may hold a little more than its nominal content
_NO_UNIT = frozenset({None, 0, 1, 2})  # not given, other, unknown
_SENTINELS = {-1: (Quality.UNKNOWN, "unrestricted"), -2: (Quality.UNKNOWN, "unknown"), -3: (Quality.SOME, "some_left")}


@dataclass(frozen=True)
class Judged:
    """`value` None unless `quality` is good or coarse; `basis` is the rule that decided."""

    value: float | None
    quality: Quality
    basis: str
    resolution: float | None = None

    @classmethod
    def share(cls, value: float, basis: str, quality: Quality = Quality.GOOD, resolution: float = FINE) -> "Judged":
        return cls(round(value, 4), quality, basis, resolution)


def judged(row: Row, supply: Supply) -> Judged:
    """What the standard columns say of one supply, by themselves."""
    if row.level is None:
        return Judged(None, Quality.UNKNOWN, "missing")
    if row.level < 0:
        quality, basis = _SENTINELS.get(row.level, (Quality.IMPLAUSIBLE, "negative"))
        return Judged(None, quality, basis)
    found = _ratio(row, row.level)
    if supply is Supply.RECEPTACLE and found.value is not None:
        # RFC 3805: the space that is left. Makers disagree, so it is never more than a hint.
        basis = "assumed_space_left" if found.basis == "assumed_percent" else "space_left"
        return Judged(found.value, Quality.COARSE, basis, found.resolution)
    return found


def _ratio(row: Row, level: int) -> Judged:
    if row.capacity is None or row.capacity <= 0:
        return _without_capacity(row, level)
    ratio = level / row.capacity
    if ratio > OVERFILLED:
        return Judged(None, Quality.IMPLAUSIBLE, "above_full")
    step = max(FINE, 1 / row.capacity)
    if ratio > 1:
        return Judged.share(1.0, "clamped", Quality.COARSE, step)
    return Judged.share(ratio, "ratio", Quality.COARSE if step > FINE else Quality.GOOD, step)


def _without_capacity(row: Row, level: int) -> Judged:
    """The full amount is -2, 0 or missing. A level in percent needs none; one that may be percent is taken for it."""
    if row.unit == PERCENT_UNIT and level <= FULL:
        return Judged.share(level / FULL, "percent")
    if row.unit in _NO_UNIT and 0 < level <= FULL:
        return Judged.share(level / FULL, "assumed_percent", Quality.COARSE)
    return Judged(None, Quality.UNKNOWN, "no_capacity")  # also 0: printers that know nothing say so, too
