"""Which samples are worth a second look: the largest of their second, and no everyday movement.

The trigger of the fall detector (`edge/falls/trigger.py`, `firmware_stubs/c/falls`), in whole numbers. A board that has
no room for the network wakes on it: it reads faster, or hands the seconds around the peak to somebody who can judge.
"""

RATE_HZ = 50
TRIGGER_MG = 1600
LIMIT_MG = 4000
ALONE = 50  # samples: within a second only the largest counts
AFTER = 117  # samples, 2.34 s: what a decision waits for


class Trigger:
    """One sample at a time, 50 a second."""

    def __init__(self, trigger_mg=TRIGGER_MG):
        self._least = trigger_mg * trigger_mg
        self._waiting = []  # (number of the sample, its size squared), never more than four
        self._count = 0

    def add(self, x_mg, y_mg, z_mg):
        """The number of the peak whose following `AFTER` samples are here now. None: there is none."""
        size = _square(x_mg) + _square(y_mg) + _square(z_mg)
        if size >= self._least:
            self._consider(size)
        self._count += 1
        if self._waiting and self._waiting[0][0] + AFTER < self._count:
            return self._waiting.pop(0)[0]
        return None

    def _consider(self, size):
        while self._waiting and self._count - self._waiting[-1][0] <= ALONE:
            if self._waiting[-1][1] >= size:
                return
            self._waiting.pop()
        self._waiting.append((self._count, size))


def _square(mg):
    mg = max(-LIMIT_MG, min(LIMIT_MG, mg))
    return mg * mg
