"""Movement made by hand, in milli-g at 50 samples a second: for stories that need no recorded person."""

import math
import random

FS = 50
Sample = tuple[int, int, int]
STANDING: Sample = (0, -1000, 100)
LYING: Sample = (900, 100, 400)
_FALL_S, _THUMP_S, _ROLL_S, _ROLL_TAU_S = 0.36, 0.24, 0.8, 0.35
_SHAPE = (450, 900, 1350, 750, 2400, 3900, 2100, 600, -450, 1050, 750, 300)
"""What a body that strikes adds, sample by sample: the hand first, then the rest."""


def _turning(share: float, size_mg: float) -> tuple[float, float, float]:
    """On the way from standing to lying."""
    x, y, z = (a + share * (b - a) for a, b in zip(STANDING, LYING, strict=True))
    length = math.hypot(x, y, z)
    return x * size_mg / length, y * size_mg / length, z * size_mg / length


def _shaken(posture: tuple[float, float, float], by_mg: float, chance: random.Random) -> Sample:
    x, y, z = (round(axis + chance.gauss(0, by_mg)) for axis in posture)
    return x, y, z


def _thump(chance: random.Random) -> list[Sample]:
    steps = len(_SHAPE)
    return [_shaken(_turning(0.6 + 0.4 * n / steps, 1000 + size), 400, chance) for n, size in enumerate(_SHAPE)]


def _weightless(chance: random.Random) -> list[Sample]:
    steps = round(_FALL_S * FS)
    return [_shaken(_turning(0.6 * n / steps, 1000 - 500 * n / steps), 120, chance) for n in range(steps)]


def _rolling(chance: random.Random) -> list[Sample]:
    steps = round(_ROLL_S * FS)
    return [_shaken(LYING, 650 * math.exp(-n / FS / _ROLL_TAU_S), chance) for n in range(steps)]


_CHANCE = random.Random(5)  # noqa: S311 - repeatable on purpose
WEIGHTLESS, THUMP, ROLLING = _weightless(_CHANCE), _thump(_CHANCE), _rolling(_CHANCE)


def swayed(posture: Sample, by: int, seconds: float, beat: int = 12) -> list[Sample]:
    """Held so, swinging along one axis; `beat` samples to each side."""
    x, y, z = posture
    swings = [by * (-1) ** (n // beat) for n in range(round(seconds * FS))]
    return [(x + swing, y + swing // 2, z) for swing in swings]


def standing(seconds: float) -> list[Sample]:
    return swayed(STANDING, 60, seconds)


def lying(seconds: float) -> list[Sample]:
    return swayed(LYING, 5, seconds)


def walking(seconds: float) -> list[Sample]:
    return swayed(STANDING, 300, seconds)


def thrashing(seconds: float) -> list[Sample]:
    """Much movement, and the arm where it lay."""
    return swayed(LYING, 500, seconds, beat=6)


def falling() -> list[Sample]:
    """Weightless, the thump, and what follows it until the wearer lies."""
    return WEIGHTLESS + THUMP + ROLLING


def in_turn(samples: list[Sample]) -> list[int]:
    return [axis for sample in samples for axis in sample]
