"""Somebody wears the wristband and has not moved for hours: the slow path, for a fall that nobody noticed. Pure.

Off unless the household sets the hours: nobody has shown yet how still the nights of a home are, and an alarm that
wakes people for a sound sleeper is taken off for good.
"""

from contract.alarms import AlarmBy, AlarmEvent, AlarmKind
from edge.falls.occurrence import Occurrence
from edge.falls.posture import Sample, spread
from edge.falls.steps import Step
from kit.ids import Ids

PREALARM_MS = 120_000  # whoever sleeps needs longer to press
STIRS_G = 0.05  # within a second; a resting wristband shows less, turning over in bed much more
_BLOCK_S = 1.0
LOST_MS = 300_000  # after so long unheard nobody knows whether the wearer has moved


class Inactivity:
    """Only what certainly is worn counts: a wristband on a table lies still for days."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.after_ms: int | None = None
        self._is_worn, self._was_off = False, True
        self._since_ms: int | None = None  # None: a movement must come first
        self._heard_ms = 0
        self._block: list[Sample] = []
        self._suspected: Occurrence | None = None
        self._confirm_ms = 0

    @property
    def is_suspected(self) -> bool:
        return self._suspected is not None

    def due_ms(self) -> int | None:
        if self._suspected is not None:
            return self._confirm_ms
        if self.after_ms is None or self._since_ms is None or not self._is_worn:
            return None
        due_ms = self._since_ms + self.after_ms
        return due_ms if due_ms <= self._heard_ms + LOST_MS else None

    def at(self, up_ms: int) -> list[Step]:
        due_ms = self.due_ms()
        if due_ms is None or up_ms < due_ms:
            return []
        if self._suspected is not None:
            return self.end(AlarmEvent.CONFIRMED, AlarmBy.DETECTOR, up_ms)
        self._suspected = Occurrence(self._ids(), AlarmKind.INACTIVITY, up_ms)
        self._confirm_ms = up_ms + PREALARM_MS
        return [self._suspected.suspected(PREALARM_MS)]

    def add(self, sample: Sample, fs_hz: float, up_ms: int) -> list[Step]:
        """The next sample. Whoever stirs is well enough not to be asked for."""
        if up_ms - self._heard_ms > LOST_MS and self._since_ms is not None:
            self._since_ms = up_ms
        self._heard_ms = up_ms
        self._block.append(sample)
        if len(self._block) < _BLOCK_S * fs_hz:
            return []
        has_stirred, self._block = spread(self._block) > STIRS_G, []
        if not has_stirred:
            return []
        self._since_ms = up_ms
        return self.end(AlarmEvent.CANCELLED, AlarmBy.RECOVERY, up_ms)

    def wear(self, *, is_worn: bool, is_off: bool, up_ms: int) -> list[Step]:
        """Neither: the wristband does not know. Who takes it off has moved."""
        if is_off:
            self._since_ms, self._was_off = None, True
        elif is_worn and self._was_off:
            self._since_ms, self._was_off = up_ms, False
        self._is_worn = is_worn
        return self.end(AlarmEvent.CANCELLED, AlarmBy.RECOVERY, up_ms) if is_off else []

    def end(self, event: AlarmEvent, by: AlarmBy, up_ms: int) -> list[Step]:
        """Empty: nothing was suspected."""
        ended, self._suspected = self._suspected, None
        if ended is None:
            return []
        self._since_ms = up_ms if event is AlarmEvent.CANCELLED else None
        return [ended.ended(event, by, up_ms)]
