"""What is remembered of daily use, for many slots at once: a day costs the same whatever has gone before.

Levels at several gains (simple exponential smoothing, corrected for their start), how far a day missed them, how often
and how much is used where most days have none (Croston's two parts), the week's profile, and how long the same daily
use has lasted. Nothing of it needs the days themselves again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GAINS = np.array([0.005, 0.01, 0.02, 0.035, 0.06, 0.1, 0.16, 0.25, 0.4])
SLOW, MIDDLE, BRISK = 2, 3, 4  # of GAINS
ERROR_GAIN = 0.03
SHORT_GAINS = np.array([0.01, 0.04, 0.15])
EVENT_GAIN, RUN_GAIN, WEEK_GAIN = 0.08, 0.1, 0.08  # of what happens now and then; a day of the week
LONGEST_FADES = 0.997
RUNS = 3  # stretches of the same daily use: this one and those before
SAME = 1e-6
DAYS_THAT_COUNT = 120.0  # more of them say nothing of the days to come
_SMALL, _TINY = 0.02, 1e-12
_DAYS = np.arange(7_501.0)  # after so many the smallest gain has forgotten its beginning, as far as a number can tell
_WEIGHTS, _LOGS = np.maximum(1 - (1 - GAINS[:, None]) ** _DAYS, _TINY), np.log1p(_DAYS)
AT_ONCE = 2_500  # slots: what is remembered of them stays at the processor's hand


@dataclass
class Uses:
    """One row for each slot. Units are the caller's, any; days without exposure are left out by whoever adds."""

    days: Array
    total: Array
    used_days: Array
    levels: Array
    errors: Array
    often: Array
    squares: Array
    misses: Array
    since: Array
    gap: Array
    gap_square: Array
    size: Array
    size_square: Array
    events: Array
    longest: Array
    week: Array
    weeks: Array
    together: Array
    last_miss: Array
    run_use: Array
    run_days: Array
    run_usual: Array
    runs: Array

    @classmethod
    def none(cls, slots: int) -> "Uses":
        """Nothing has been used yet."""
        widths = cls.widths().items()
        return cls(**{name: np.zeros((slots, width) if width > 1 else slots, order="F") for name, width in widths})

    @classmethod
    def widths(cls) -> dict[str, int]:
        """How many numbers each part has, in their order."""
        wide = {
            "levels": len(GAINS), "errors": len(GAINS), "often": len(SHORT_GAINS), "squares": len(SHORT_GAINS),
            "misses": len(SHORT_GAINS), "week": 7, "weeks": 7, "run_use": RUNS, "run_days": RUNS,
        }  # fmt: skip
        return {name: wide.get(name, 1) for name in cls.__dataclass_fields__}

    @classmethod
    def of_rows(cls, rows: Array) -> "Uses":
        """What `rows` has written, one for each slot."""
        parts, at = {}, 0
        for name, width in cls.widths().items():
            parts[name] = np.array(rows[:, at : at + width] if width > 1 else rows[:, at], order="F")
            at += width
        return cls(**parts)

    def rows(self) -> Array:
        """All of it in plain numbers, a row for each slot: loses nothing."""
        slots = len(self.days)
        return np.concatenate([getattr(self, name).reshape(slots, -1) for name in self.__dataclass_fields__], axis=1)

    def of(self, rows: NDArray[np.intp]) -> "Uses":
        """These slots, in this order: a copy."""
        return Uses(**{name: np.take(getattr(self, name).T, rows, axis=-1).T for name in self.__dataclass_fields__})

    def part(self, rows: slice) -> "Uses":
        """These slots, in their order, and no copy: what is added there is added here."""
        return Uses(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def add(self, used: Array, rows: NDArray[np.intp] | slice = slice(None), weekday: int | None = None) -> None:
        """One more day of exposure, with what was used on it (>= 0), for each of `rows` (none of them twice).

        `weekday` (0 to 6): of that day. None: days follow each other without a gap, and each seventh is alike.
        """
        if not isinstance(rows, slice):
            some = self.of(rows)
            some.add(used, weekday=weekday)
            for name in self.__dataclass_fields__:
                getattr(self, name)[rows] = getattr(some, name)
        elif len(used) == len(self.days) <= AT_ONCE:
            self._add(used, (used > 0).astype(np.float64), weekday)
        else:
            first, last, _ = rows.indices(len(self.days))
            for start in range(first, last, AT_ONCE):
                here = slice(start, min(start + AT_ONCE, last))
                self.part(here).add(used[here.start - first : here.stop - first], weekday=weekday)

    def _add(self, used: Array, is_used: Array, weekday: int | None) -> None:
        """`is_used`: 1 or 0."""
        miss = used[:, None] - self.levels / _weight(self.days)
        if not self.days.all():
            miss[self.days == 0] = 0.0
        share = 1 / (self.days + 1)
        self._note_misses(used, is_used, miss, share)
        _move(self.levels, GAINS, used[:, None])
        self._note_week(used, weekday)
        self.days += 1
        self.total += used
        self.used_days += is_used
        self._note_event(used, is_used)
        self._note_run(used)

    def _note_misses(self, used: Array, is_used: Array, miss: Array, share: Array) -> None:
        gain, one = np.maximum(ERROR_GAIN, share), miss[:, BRISK].copy()
        _move(self.together, gain, one * self.last_miss)
        self.last_miss[:] = one
        gains = np.maximum(SHORT_GAINS[:, None], share).T
        _move(self.often, gains, is_used[:, None])
        _move(self.squares, gains, (used * used)[:, None])
        _move(self.misses, gains, np.abs(one)[:, None])
        _move(self.errors, gain[:, None], np.multiply(miss, miss, out=miss))

    def _note_week(self, used: Array, weekday: int | None) -> None:
        day = self.days.astype(np.intp) % 7 if weekday is None else np.full(len(used), weekday, dtype=np.intp)
        is_same = bool(len(day)) and bool((day == day[0]).all())  # a column is at hand, single places are far
        at = (slice(None), int(day[0])) if is_same else (np.arange(len(day)), day)
        before, times = self.week[at], self.weeks[at] + 1
        self.week[at] = before + np.maximum(WEEK_GAIN, 1 / times) * (used - before)
        self.weeks[at] = times

    def _note_event(self, used: Array, is_used: Array) -> None:
        gap = self.since + 1
        gain = np.maximum(EVENT_GAIN, 1 / (self.events + 1)) * is_used
        _move(self.gap, gain, gap)
        _move(self.gap_square, gain, gap * gap)
        _move(self.size, gain, used)
        _move(self.size_square, gain, used * used)
        self.events += is_used
        self.longest[:] = np.maximum(self.longest * LONGEST_FADES, gap)
        self.since[:] = gap * (1 - is_used)

    def _note_run(self, used: Array) -> None:
        is_other = np.abs(used - self.run_use[:, 0]) > SAME * used
        if is_other.any():
            lasted = np.take(_LOGS, self.run_days[:, 0].astype(np.intp), mode="clip")
            self.run_usual += np.maximum(RUN_GAIN, 1 / (self.runs + 1)) * is_other * (lasted - self.run_usual)
            self.runs += is_other
            for kept, new in ((self.run_use, used), (self.run_days, 0.0)):
                for place in range(RUNS - 1, 0, -1):
                    kept[:, place] = np.where(is_other, kept[:, place - 1], kept[:, place])
                kept[:, 0] = np.where(is_other, new, kept[:, 0])
        self.run_days[:, 0] += 1

    def scale(self) -> Array:
        """Units a day: what everything else is told in, so that units do not matter."""
        mean, level = self.total / self.days, self.levels / _weight(self.days)
        return np.maximum(0.5 * level[:, MIDDLE] + 0.3 * level[:, SLOW] + 0.2 * mean, 0.03 * mean)

    def told(self, weekday: int | None = None) -> Array:
        """What a forecast may know, a row of plain numbers for each slot: the same in any unit.

        `weekday`: of the day that comes next; None as in `add`.
        """
        scale, days = self.scale(), self.days
        starts = days.astype(int) if weekday is None else np.full(len(days), weekday)
        one = scale[:, None]
        week = self.week / np.maximum(self.week.mean(1, keepdims=True), _TINY * one)
        ahead = np.take_along_axis(week, (starts[:, None] + np.arange(4)) % 7, 1)
        spread_of_gap = np.sqrt(np.maximum(self.gap_square - self.gap**2, 0))
        size_variance = np.maximum(self.size_square - self.size**2, 0)
        columns = (
            _in(one, self.levels / _weight(days)), _in(one, (self.total / days)[:, None]), _deviation(one, self.errors),
            self.often, (self.used_days / days)[:, None], _deviation(one, self.squares), _in(one, self.misses),
            np.log1p(np.stack([self.since, self.gap, spread_of_gap, self.longest], 1)),
            (np.log1p(self.since) - np.log1p(self.gap))[:, None], _in(one, self.size[:, None]),
            _deviation(one, size_variance[:, None]),
            (self.together / np.maximum(self.errors[:, BRISK], _TINY * scale * scale))[:, None],
            np.log(np.minimum(days, DAYS_THAT_COUNT))[:, None], week.std(1, keepdims=True),
            np.cumsum(ahead, 1) / np.arange(1, 5), _in(one, self.run_use), np.log1p(self.run_days),
            self.run_usual[:, None], (np.log1p(self.run_days[:, 0]) - self.run_usual)[:, None],
        )  # fmt: skip
        return np.concatenate(columns, axis=1)


def _move(kept: Array, gain: Array, new: Array) -> None:
    """So far towards what is new, in its place."""
    step = new - kept
    step *= gain
    kept += step


def _weight(days: Array) -> Array:
    """How much of a level is made of days, and not of the nothing that it began with."""
    return np.take(_WEIGHTS, days.astype(np.intp), axis=1, mode="clip").T


def _in(scale: Array, amounts: Array) -> Array:
    logs: Array = np.log((amounts + _SMALL * scale) / scale)
    return logs


def _deviation(scale: Array, squares: Array) -> Array:
    logs: Array = 0.5 * np.log((squares + 1e-4 * scale * scale) / (scale * scale))
    return logs
