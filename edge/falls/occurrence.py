"""One fall or call for help from its first word to its evidence. Pure."""

from dataclasses import dataclass

from contract import limits
from contract.alarms import AlarmBy, AlarmEvent, AlarmKind, AlarmUpdate, Movement
from edge.falls.steps import Step
from edge.falls.tape import AFTER_S, Tape

_LATEST_MS = int(AFTER_S * 1000) + 5_000  # by then a wristband that still speaks has told it all


@dataclass
class Occurrence:
    """`index` is the sample of `tape` it happened at: the impact, or the moment of the call."""

    alarm_id: str
    kind: AlarmKind
    up_ms: int
    tape: Tape | None = None
    index: int = 0
    probability: float | None = None  # None: nobody estimated it
    impact_ms: int = 0
    is_over: bool = False  # nothing but the evidence is still to be told
    _movement: Movement | None = None
    _has_looked: bool = False

    def suspected(self, confirm_in_ms: int) -> Step:
        return Step(
            self.alarm_id, self.kind, AlarmEvent.SUSPECTED, self.up_ms, confirm_in_ms=confirm_in_ms,
            probability=self.probability,
        )  # fmt: skip

    def ended(self, event: AlarmEvent, by: AlarmBy, up_ms: int) -> Step:
        self.is_over = True
        return Step(self.alarm_id, self.kind, event, up_ms, by=by)

    def updated(self, update: AlarmUpdate, up_ms: int) -> Step:
        after_ms = min(max(0, up_ms - self.impact_ms), limits.MAX_AFTER_MS)
        return Step(self.alarm_id, self.kind, AlarmEvent.UPDATE, up_ms, update=update, after_ms=after_ms)

    def record(self, up_ms: int, *, at_once: bool = False) -> None:
        """Take the movement, once all of it is there, or there will be no more."""
        if self._has_looked or self.tape is None:
            self._has_looked = True
            return
        if at_once or self.tape.is_full_after(self.index) or up_ms >= self.up_ms + _LATEST_MS:
            self._movement = self.tape.cut(self.index, is_impact=self.kind is AlarmKind.FALL)
            self._has_looked = True
            self.tape = None

    @property
    def is_told(self) -> bool:
        """Whatever it has to say can be said now."""
        return self.is_over and self._has_looked

    def due_ms(self) -> int | None:
        """When `record` is needed at the latest. None: not any more."""
        return None if self._has_looked else self.up_ms + _LATEST_MS

    def evidence(self) -> list[Step]:
        """Empty: nothing was recorded."""
        if self._movement is None:
            return []
        return [Step(self.alarm_id, self.kind, AlarmEvent.EVIDENCE, self.up_ms, movement=self._movement)]
