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
        return cls(**{name: np.zeros((slots, width) if width > 1 else slots) for name, width in widths})

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
            parts[name] = rows[:, at : at + width] if width > 1 else rows[:, at]
            at += width
        return cls(**{name: part.copy() for name, part in parts.items()})

    def rows(self) -> Array:
        """All of it in plain numbers, a row for each slot: loses nothing."""
        slots = len(self.days)
        return np.concatenate([getattr(self, name).reshape(slots, -1) for name in self.__dataclass_fields__], axis=1)

    def of(self, rows: NDArray[np.intp]) -> "Uses":
        """These slots, in this order: a copy."""
        return Uses(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def add(self, used: Array, rows: NDArray[np.intp] | slice = slice(None), weekday: int | None = None) -> None:
        """One more day of exposure, with what was used on it (>= 0), for each of `rows`.

        `weekday` (0 to 6): of that day. None: days follow each other without a gap, and each seventh is alike.
        """
        before = self.days[rows]
        level = self.levels[rows] / np.maximum(_weight(before), _TINY)
        miss = used[:, None] - np.where(before[:, None] > 0, level, used[:, None])
        self.errors[rows] += np.maximum(ERROR_GAIN, 1 / (before + 1))[:, None] * (miss * miss - self.errors[rows])
        self._note_misses(rows, used, miss[:, BRISK], before)
        self.levels[rows] += GAINS * (used[:, None] - self.levels[rows])
        self._note_week(rows, used, before if weekday is None else np.full(len(used), weekday))
        self.days[rows] += 1
        self.total[rows] += used
        self.used_days[rows] += used > 0
        self._note_event(rows, used)
        self._note_run(rows, used)

    def _note_misses(self, rows: NDArray[np.intp] | slice, used: Array, miss: Array, before: Array) -> None:
        gain = np.maximum(ERROR_GAIN, 1 / (before + 1))
        self.together[rows] += gain * (miss * self.last_miss[rows] - self.together[rows])
        self.last_miss[rows] = miss
        gains = np.maximum(SHORT_GAINS, 1 / (before + 1)[:, None])
        self.often[rows] += gains * ((used > 0)[:, None] - self.often[rows])
        self.squares[rows] += gains * ((used * used)[:, None] - self.squares[rows])
        self.misses[rows] += gains * (np.abs(miss)[:, None] - self.misses[rows])

    def _note_week(self, rows: NDArray[np.intp] | slice, used: Array, weekday: Array) -> None:
        here, day = np.arange(len(self.days))[rows], weekday.astype(int) % 7
        gain = np.maximum(WEEK_GAIN, 1 / (self.weeks[here, day] + 1))
        self.week[here, day] += gain * (used - self.week[here, day])
        self.weeks[here, day] += 1

    def _note_event(self, rows: NDArray[np.intp] | slice, used: Array) -> None:
        gap = self.since[rows] + 1
        here = np.arange(len(self.days))[rows][used > 0]
        gain = np.maximum(EVENT_GAIN, 1 / (self.events[here] + 1))
        size, since = used[used > 0], gap[used > 0]
        self.gap[here] += gain * (since - self.gap[here])
        self.gap_square[here] += gain * (since * since - self.gap_square[here])
        self.size[here] += gain * (size - self.size[here])
        self.size_square[here] += gain * (size * size - self.size_square[here])
        self.events[here] += 1
        self.longest[rows] = np.maximum(self.longest[rows] * LONGEST_FADES, gap)
        self.since[rows] = np.where(used > 0, 0.0, gap)

    def _note_run(self, rows: NDArray[np.intp] | slice, used: Array) -> None:
        is_other = np.abs(used - self.run_use[rows, 0]) > SAME * used
        here = np.arange(len(self.days))[rows][is_other]
        gain = np.maximum(RUN_GAIN, 1 / (self.runs[here] + 1))
        self.run_usual[here] += gain * (np.log1p(self.run_days[here, 0]) - self.run_usual[here])
        self.runs[here] += 1
        for kept, new in ((self.run_use, used[is_other]), (self.run_days, 0.0)):
            kept[here, 1:] = kept[here, :-1]
            kept[here, 0] = new
        self.run_days[rows, 0] += 1

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


def _weight(days: Array) -> Array:
    """How much of a level is made of days, and not of the nothing that it began with."""
    return np.maximum(1 - (1 - GAINS) ** days[:, None], _TINY)


def _in(scale: Array, amounts: Array) -> Array:
    logs: Array = np.log((amounts + _SMALL * scale) / scale)
    return logs


def _deviation(scale: Array, squares: Array) -> Array:
    logs: Array = 0.5 * np.log((squares + 1e-4 * scale * scale) / (scale * scale))
    return logs
