"""Has the wearer got up? Sustained movement, with the arm held otherwise than it lay. Pure.

Movement alone is not enough: who cannot get up, or has a fit, moves too.
"""

import math
from collections import deque

from edge.falls.posture import Sample, mean, spread, turn

BLOCK_S = 1.0
MOVING_G = 0.12  # nineteen of twenty seconds of walking move the wrist more
BLOCKS, ENOUGH = 10, 8
TURNED = 1 - math.cos(math.radians(30))


class Recovery:
    """Begins with how the wearer lay; fed with what comes after."""

    def __init__(self, fs_hz: float, lying: Sample) -> None:
        self._lying = lying
        self._size = max(1, round(BLOCK_S * fs_hz))
        self._block: list[Sample] = []
        self._seen: deque[tuple[bool, Sample]] = deque(maxlen=BLOCKS)

    def resumed(self, fs_hz: float) -> "Recovery":
        """Anew, from how the wearer lay."""
        return Recovery(fs_hz, self._lying)

    def add(self, sample: Sample) -> bool:
        """True: the wearer moves about again."""
        self._block.append(sample)
        if len(self._block) < self._size:
            return False
        self._seen.append((spread(self._block) > MOVING_G, mean(self._block)))
        self._block = []
        moving = sum(is_moving for is_moving, _ in self._seen)
        return moving >= ENOUGH and turn(self._lying, mean([posture for _, posture in self._seen])) >= TURNED
