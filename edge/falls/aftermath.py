"""What the seconds around an impact were: falling, striking, lying still, moving, getting up. Pure.

For who looks at the movement afterwards; nothing is decided by it.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from contract.alarms import Mark, MarkKind
from edge.falls.posture import Sample, mean, spread, turn
from edge.falls.recovery import BLOCK_S, BLOCKS, MOVING_G, TURNED, Recovery

_FALLING_G, _FALLING_S, _FALLS_WITHIN_S = 0.6, 0.08, 1.0
_STRIKING_G, _STRIKES_WITHIN_S, _PAUSE_S = 0.5, 0.6, 0.15
_RESTING_G = 0.05  # between this and MOVING_G nobody can say
_PART_S, _LASTS_S = 0.5, 2.0  # shorter rests happen in any movement
_SETTLED_S = 2.5  # then the body has come to lie, as the detector sees it
_ALIKE = 0.06  # 1 - cosine of twenty degrees
_DECIMALS = 3


def marks(samples: Sequence[Sample], impact: int, fs_hz: float) -> list[Mark]:
    """The parts of `samples` (g, with gravity), in order of their beginning; times count from `samples[impact]`."""
    seen = _Seen(samples, impact, fs_hz)
    found = [*_falling(seen), *_striking(seen), *_turned(seen), *_rest_and_movement(seen), *_got_up(seen)]
    return sorted(found, key=lambda mark: (mark.from_ms, mark.to_ms))


class _Seen:
    def __init__(self, samples: Sequence[Sample], impact: int, fs_hz: float) -> None:
        self.samples = samples
        self.sizes = [(x * x + y * y + z * z) ** 0.5 for x, y, z in samples]
        self.impact = impact
        self.fs_hz = fs_hz

    def at(self, second: float) -> int:
        """The sample so long after the impact, or the nearest that there is."""
        return min(max(0, self.impact + round(second * self.fs_hz)), len(self.samples))

    def mark(self, kind: MarkKind, first: int, end: int) -> Mark:
        from_ms, to_ms = (round(1000 * (n - self.impact) / self.fs_hz) for n in (first, end))
        return Mark(kind=kind, from_ms=from_ms, to_ms=to_ms)

    def posture(self, from_s: float, to_s: float) -> Sample | None:
        """None: nothing is here of that time."""
        part = self.samples[self.at(from_s) : self.at(to_s)]
        return mean(part) if part else None


def _falling(seen: _Seen) -> Iterator[Mark]:
    """The longest time without weight shortly before the impact."""
    first, longest = seen.at(-_FALLS_WITHIN_S), (0, 0)
    for is_light, run in groupby(range(first, seen.impact), key=lambda n: seen.sizes[n] < _FALLING_G):
        numbers = list(run)
        if is_light and len(numbers) > longest[1] - longest[0]:
            longest = numbers[0], numbers[-1] + 1
    if longest[1] - longest[0] >= _FALLING_S * seen.fs_hz:
        yield seen.mark(MarkKind.FREE_FALL, *longest)


def _striking(seen: _Seen) -> Iterator[Mark]:
    """From the impact as far as one blow follows the other, both ways."""
    pause = max(1, round(_PAUSE_S * seen.fs_hz))

    def reach(numbers: range) -> int:
        last = seen.impact
        for n in numbers:
            if abs(n - last) > pause:
                break
            if seen.sizes[n] > 1 + _STRIKING_G:
                last = n
        return last

    first = reach(range(seen.impact, seen.at(-_STRIKES_WITHIN_S) - 1, -1))
    yield seen.mark(
        MarkKind.IMPACT, first, reach(range(seen.impact, seen.at(_STRIKES_WITHIN_S))) + 1
    )  # one sample at the least


def _turned(seen: _Seen) -> Iterator[Mark]:
    """Until the arm is held as it is held when all has settled, where that is otherwise than before."""
    before, after = seen.posture(-_SETTLED_S, -1.0), seen.posture(_SETTLED_S - 1.0, _SETTLED_S)
    if before is None or after is None or turn(before, after) < TURNED:
        return
    step = max(1, round(_PART_S / 2 * seen.fs_hz))
    ends = range(seen.impact + step, seen.at(_SETTLED_S) + 1, step)
    settled = (end for end in ends if turn(mean(seen.samples[end - step : end]), after) <= _ALIKE)
    yield seen.mark(MarkKind.TURNED, seen.impact, next(settled, seen.at(_SETTLED_S)))


def _rest_and_movement(seen: _Seen) -> Iterator[Mark]:
    size = max(2, round(_PART_S * seen.fs_hz))
    starts = range(seen.at(_STRIKES_WITHIN_S), len(seen.samples) - size + 1, size)
    for kind, run in groupby(starts, key=lambda n: _kind(seen.samples[n : n + size])):
        numbers = list(run)
        if kind is not None and len(numbers) * size >= _LASTS_S * seen.fs_hz:
            yield seen.mark(kind, numbers[0], numbers[-1] + size)


def _kind(part: Sequence[Sample]) -> MarkKind | None:
    moved = round(spread(part), _DECIMALS)
    return MarkKind.STILL if moved < _RESTING_G else MarkKind.MOVING if moved > MOVING_G else None


def _got_up(seen: _Seen) -> Iterator[Mark]:
    """As the monitor sees it: sustained movement, the arm held otherwise than it lay."""
    lying = seen.posture(_SETTLED_S - 1.0, _SETTLED_S)
    if lying is None:
        return
    first = seen.at(_SETTLED_S)
    recovery = Recovery(seen.fs_hz, lying)
    for n in range(first, len(seen.samples)):
        if recovery.add(seen.samples[n]):
            yield seen.mark(MarkKind.GOT_UP, _began_to_move(seen, first, n + 1), n + 1)
            return


def _began_to_move(seen: _Seen, first: int, end: int) -> int:
    block = max(2, round(BLOCK_S * seen.fs_hz))
    starts = range(max(first, end - BLOCKS * block), end, block)
    return next((n for n in starts if spread(seen.samples[n : n + block]) > MOVING_G), end)
