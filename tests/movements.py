"""Movement made by hand, in milli-g at 50 samples a second: for stories that need no recorded person."""

FS = 50
Sample = tuple[int, int, int]
STANDING: Sample = (0, -1000, 100)
LYING: Sample = (900, 100, 400)
THUMP: list[Sample] = [(300, 200, 300), (2500, 1500, -3000), (-1500, 2000, 2200), (1800, -400, 1200)] * 2


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
    """The thump, and what follows it until the wearer lies."""
    return THUMP + swayed(LYING, 350, 0.8, beat=5)


def in_turn(samples: list[Sample]) -> list[int]:
    return [axis for sample in samples for axis in sample]
