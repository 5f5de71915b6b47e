"""How far a run is, for whoever watches the terminal."""

import sys
import time
from dataclasses import dataclass, field
from datetime import date

_EVERY_S = 0.2
_WIDTH = 30


@dataclass
class Progress:
    """One line that is written over; nothing where there is no terminal."""

    days: int
    done: int = 0
    _shown_s: float = field(default=0.0, repr=False)
    _began_s: float = field(default_factory=time.monotonic, repr=False)

    def day(self, today: date) -> None:
        self.done += 1
        now_s = time.monotonic()
        if not sys.stderr.isatty() or now_s - self._shown_s < _EVERY_S:
            return
        self._shown_s = now_s
        full = round(_WIDTH * min(1.0, self.done / self.days))
        bar = "█" * full + "░" * (_WIDTH - full)
        sys.stderr.write(f"\r{bar} {today}  day {self.done} of {self.days}  {now_s - self._began_s:.0f} s ")
        sys.stderr.flush()

    def end(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
