"""Which samples are worth a second look: the largest of their surroundings, and no everyday movement."""

PEAK_G = 1.8
ALONE_S = 1.0


class Peaks:
    """Streaming. What waits is at least `ALONE_S` apart, so a few places are enough."""

    def __init__(self, fs_hz: float, after: int) -> None:
        self._alone = round(ALONE_S * fs_hz)
        self._after = after
        self._waiting: list[tuple[int, float]] = []
        self._index = -1

    def add(self, size_g: float) -> bool:
        """True: the sample `after` samples ago is a peak, and what belongs to it is here now."""
        self._index += 1
        if size_g >= PEAK_G:
            self._consider(size_g)
        if self._waiting and self._index - self._waiting[0][0] >= self._after:
            del self._waiting[0]
            return True
        return False

    def _consider(self, size_g: float) -> None:
        while self._waiting and self._index - self._waiting[-1][0] <= self._alone:
            if self._waiting[-1][1] >= size_g:
                return
            del self._waiting[-1]
        self._waiting.append((self._index, size_g))
