"""The board's two clocks: a counter that wraps round, and a wall clock that may not know the time yet."""

from forehand import wire

PERIOD_MS = 2**30  # after which MicroPython's `ticks_ms` begins again; a longer sleep must be told by `slept`


class Moments:
    """Asked at least every six days, so that no turn of the counter is missed."""

    def __init__(self, ticks_ms, now_ms):
        self._ticks_ms = ticks_ms
        self._now_ms = now_ms
        self._last = ticks_ms()
        self._up_ms = self._last

    def up_ms(self):
        """Milliseconds since the start, never stepping back."""
        ticks = self._ticks_ms()
        self._up_ms += (ticks - self._last) % PERIOD_MS
        self._last = ticks
        return self._up_ms

    def at_ms(self):
        """Milliseconds since 1970. None: the wall clock shows nothing that can be true."""
        now_ms = self._now_ms()
        least = max(wire.PLAUSIBLE_FROM_MS, self._up_ms)
        return now_ms if wire.is_integer(now_ms, least, wire.MAX_AT_MS - wire.MAX_UP_MS) else None

    def now(self):
        """(up_ms, at_ms)"""
        up_ms = self.up_ms()
        return up_ms, self.at_ms()
