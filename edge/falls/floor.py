"""After a confirmed fall: has the wearer got up, or do they still lie there? Told to the open alarm. Pure.

Neither cancels anything: people are on their way, and it is for them to say how it ended.
"""

from contract.alarms import AlarmUpdate
from edge.falls.occurrence import Occurrence
from edge.falls.posture import Sample
from edge.falls.recovery import Recovery
from edge.falls.steps import Step

LONG_LIE_MS = 600_000  # after the fall was confirmed; an hour on the floor is what kills, and help needs its time
HEARD_MS = 60_000  # of a wristband that was silent for longer nobody knows
_WATCHED_MS = 43_200_000  # twelve hours


class OnTheFloor:
    """Ends when the wearer has got up or the wristband came off, and is told nothing of a wearer it does not hear."""

    def __init__(self, fallen: Occurrence, recovery: Recovery, confirmed_ms: int) -> None:
        self._fallen = fallen
        self._recovery = recovery
        self._confirmed_ms = confirmed_ms
        self._heard_ms = confirmed_ms
        self._is_long_told = False
        self.is_over = False

    def due_ms(self) -> int | None:
        due_ms = self._confirmed_ms + LONG_LIE_MS
        return None if self._is_long_told or self.is_over or due_ms > self._heard_ms + HEARD_MS else due_ms

    def add(self, sample: Sample, up_ms: int) -> list[Step]:
        self._heard_ms = up_ms
        if self.is_over or not self._recovery.add(sample):
            return []
        self.is_over = True
        return [self._fallen.updated(AlarmUpdate.GOT_UP, up_ms)]

    def at(self, up_ms: int) -> list[Step]:
        self.is_over = self.is_over or up_ms - self._confirmed_ms > _WATCHED_MS
        due_ms = self.due_ms()
        if due_ms is None or up_ms < due_ms:
            return []
        self._is_long_told = True
        return [self._fallen.updated(AlarmUpdate.LONG_LIE, up_ms)]

    def resume(self, fs_hz: float) -> None:
        """After a hole: whoever moves about, otherwise than they lay, has got up meanwhile."""
        self._recovery = self._recovery.resumed(fs_hz)

    def take_off(self) -> None:
        """What the wristband does from now on says nothing of the wearer."""
        self.is_over = True
