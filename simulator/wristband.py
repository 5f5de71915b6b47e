"""What a wristband measures, made up: an arm that swings a little, a fall, lying still, getting up."""

import math
import random
from collections import deque
from dataclasses import dataclass, field

FS_HZ = 50
_STANDING, _LYING = (0.10, -0.97, 0.20), (0.93, 0.16, -0.33)
_SWING_HZ, _SWING_G, _SHAKE_G = 0.9, 0.11, 0.02
_FALLING_S, _ROLLING_S, _SETTLING_S, _GETTING_UP_S = 0.36, 1.2, 0.35, 4.0
_BLOW_G = (0.6, 1.2, 1.8, 1.0, 3.2, 5.2, 2.8, 0.8, -0.6, 1.4, 1.0, 0.4)
_LIMIT_MG = 16_000

Vector = tuple[float, float, float]


@dataclass
class Wrist:
    """One arm through time, sample by sample."""

    chance: random.Random
    is_down: bool = False
    _count: int = 0
    _ahead: deque[Vector] = field(default_factory=deque)

    def fall(self) -> None:
        """Loses hold, strikes, rolls over, and lies. Whoever lies already falls no further."""
        if not self.is_down:
            self.is_down = True
            self._ahead.extend([*_falling(self.chance), *_struck(self.chance), *_rolling(self.chance)])

    def get_up(self) -> None:
        """Slowly, and moves about as before."""
        if self.is_down:
            self.is_down = False
            steps = round(_GETTING_UP_S * FS_HZ)
            self._ahead.extend(_between(_LYING, _STANDING, step / steps) for step in range(steps))

    def samples(self, count: int) -> list[int]:
        """The next ones: x, y, z in turn, milli-g, with gravity."""
        return [self._measured(axis) for _ in range(count) for axis in self._next()]

    def _next(self) -> Vector:
        self._count += 1
        if self._ahead:
            return self._ahead.popleft()
        if self.is_down:
            return _LYING
        swing = _SWING_G * math.sin(2 * math.pi * _SWING_HZ * self._count / FS_HZ)
        return (_STANDING[0] + swing, _STANDING[1], _STANDING[2] + 0.6 * swing)

    def _measured(self, axis_g: float) -> int:
        mg = round(1000 * (axis_g + self.chance.gauss(0.0, _SHAKE_G)))
        return max(-_LIMIT_MG, min(_LIMIT_MG, mg))


def _falling(chance: random.Random) -> list[Vector]:
    """Less and less holds the arm, and it turns."""
    steps = round(_FALLING_S * FS_HZ)
    return [
        _shaken(_times(1 - 0.5 * step / steps, _between(_STANDING, _LYING, 0.6 * step / steps)), 0.15, chance)
        for step in range(steps)
    ]


def _struck(chance: random.Random) -> list[Vector]:
    """The hand first, then the rest."""
    steps = len(_BLOW_G)
    return [
        _shaken(_times(1 + blow_g, _between(_STANDING, _LYING, 0.6 + 0.4 * step / steps)), 0.4, chance)
        for step, blow_g in enumerate(_BLOW_G)
    ]


def _rolling(chance: random.Random) -> list[Vector]:
    """It bounces and comes to rest."""
    steps = round(_ROLLING_S * FS_HZ)
    return [_shaken(_LYING, 0.7 * math.exp(-step / FS_HZ / _SETTLING_S), chance) for step in range(steps)]


def _shaken(vector: Vector, by_g: float, chance: random.Random) -> Vector:
    x, y, z = (axis + chance.gauss(0.0, by_g) for axis in vector)
    return x, y, z


def _between(one: Vector, other: Vector, share: float) -> Vector:
    """A posture on the way from one to the other; an arm at rest feels 1 g in each."""
    x, y, z = (a + share * (b - a) for a, b in zip(one, other, strict=True))
    size = math.sqrt(x * x + y * y + z * z)
    return x / size, y / size, z / size


def _times(size: float, direction: Vector) -> Vector:
    return size * direction[0], size * direction[1], size * direction[2]
