"""One seed, many streams: each thing draws from its own, so that a new one never moves another."""

import hashlib
import random


def stream(seed: int, *names: object) -> random.Random:
    """The same numbers for the same seed and names, in every process and on every machine."""
    told = "/".join(["forehand", str(seed), *(str(name) for name in names)])
    return random.Random(hashlib.sha256(told.encode()).digest())


def around(chance: random.Random, mean: float, spread: float) -> float:
    """A positive amount with this mean; `spread` is the standard deviation as a share of it."""
    if mean <= 0 or spread <= 0:
        return max(0.0, mean)
    shape = 1 / spread**2
    return chance.gammavariate(shape, mean / shape)
