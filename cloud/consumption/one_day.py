"""One more day of one slot: the same as `Uses.add`, in a hundredth of the time that arrays of one row take."""

import math

from cloud.consumption.uses import (
    BRISK,
    ERROR_GAIN,
    EVENT_GAIN,
    GAINS,
    LONGEST_FADES,
    RUN_GAIN,
    RUNS,
    SAME,
    SHORT_GAINS,
    WEEK_GAIN,
    Uses,
)

_GAINS, _SHORT_GAINS = GAINS.tolist(), SHORT_GAINS.tolist()


def _places() -> dict[str, int]:
    """Where each part begins in a row of `Uses.rows`."""
    found, at = {}, 0
    for name, width in Uses.widths().items():
        found[name] = at
        at += width
    return found


_AT = _places()
_TINY = 1e-12


def add(row: list[float], used: float, weekday: int) -> None:
    """`row`: as `Uses.rows` writes it, changed in place. `used` >= 0; `weekday` from 0 to 6."""
    before = row[_AT["days"]]
    miss = _levels(row, used, before)
    gain = max(ERROR_GAIN, 1 / (before + 1))
    _move(row, _AT["together"], miss * row[_AT["last_miss"]], gain)
    row[_AT["last_miss"]] = miss
    for n, short in enumerate(_SHORT_GAINS):
        pull = max(short, 1 / (before + 1))
        _move(row, _AT["often"] + n, float(used > 0), pull)
        _move(row, _AT["squares"] + n, used * used, pull)
        _move(row, _AT["misses"] + n, abs(miss), pull)
    weeks = _AT["weeks"] + weekday
    _move(row, _AT["week"] + weekday, used, max(WEEK_GAIN, 1 / (row[weeks] + 1)))
    row[weeks] += 1
    row[_AT["days"]] += 1
    row[_AT["total"]] += used
    row[_AT["used_days"]] += used > 0
    _event(row, used)
    _run(row, used)


def _move(row: list[float], place: int, towards: float, gain: float) -> None:
    row[place] += gain * (towards - row[place])


def _levels(row: list[float], used: float, before: float) -> float:
    """How far the brisk level missed."""
    missed = 0.0
    error_gain = max(ERROR_GAIN, 1 / (before + 1))
    levels, errors = _AT["levels"], _AT["errors"]
    for n, gain in enumerate(_GAINS):
        miss = used - row[levels + n] / max(1 - (1 - gain) ** before, _TINY) if before > 0 else 0.0
        _move(row, errors + n, miss * miss, error_gain)
        _move(row, levels + n, used, gain)
        if n == BRISK:
            missed = miss
    return missed


def _event(row: list[float], used: float) -> None:
    since = row[_AT["since"]] + 1
    if used > 0:
        gain = max(EVENT_GAIN, 1 / (row[_AT["events"]] + 1))
        _move(row, _AT["gap"], since, gain)
        _move(row, _AT["gap_square"], since * since, gain)
        _move(row, _AT["size"], used, gain)
        _move(row, _AT["size_square"], used * used, gain)
        row[_AT["events"]] += 1
    row[_AT["longest"]] = max(row[_AT["longest"]] * LONGEST_FADES, since)
    row[_AT["since"]] = 0.0 if used > 0 else since


def _run(row: list[float], used: float) -> None:
    use, days = _AT["run_use"], _AT["run_days"]
    if abs(used - row[use]) > SAME * used:
        gain = max(RUN_GAIN, 1 / (row[_AT["runs"]] + 1))
        _move(row, _AT["run_usual"], math.log1p(row[days]), gain)
        row[_AT["runs"]] += 1
        for kept, new in ((use, used), (days, 0.0)):
            row[kept + 1 : kept + RUNS] = row[kept : kept + RUNS - 1]
            row[kept] = new
    row[days] += 1
