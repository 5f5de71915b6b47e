"""Watches over one wearer: movement, button and time in; steps of alarms and the buzzer out. Pure.

A fall is suspected at once. Then the wearer gets up, or presses the button, or the alarm is confirmed. A long press
calls for help at any moment, and confirms a suspected fall. The evidence follows when everything else is said.
"""

from collections.abc import Sequence

from contract.alarms import AlarmBy, AlarmEvent, AlarmKind
from edge.falls.button import Button, Meaning
from edge.falls.chance import probability
from edge.falls.occurrence import Occurrence
from edge.falls.recovery import Recovery
from edge.falls.steps import Answer, Buzz, Pattern, Press, Step
from edge.falls.stream import Stream, in_g, triples
from edge.falls.tape import MilliG
from kit.ids import Ids


class Monitor:
    """Every call carries the moment (`up_ms`, never less than before) and returns what is to be told, in order."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.prealarm_ms = 30_000
        self._worn: bool | None = None
        self._button = Button()
        self._stream: Stream | None = None
        self._ended_at = -1  # impacts up to this sample belong to what is over, or to nobody
        self._suspected: Occurrence | None = None
        self._confirm_ms = 0
        self._recovery: Recovery | None = None
        self._open: list[Occurrence] = []

    def due_ms(self) -> int | None:
        """When `at` is needed next, if nothing else happens. None: not at all."""
        dues = [self._button.due_ms(), *(occurrence.due_ms() for occurrence in self._open)]
        if self._suspected is not None and not self._button.is_held:
            dues.append(self._confirm_ms)
        return min((due for due in dues if due is not None), default=None)

    def at(self, up_ms: int) -> list[Answer]:
        """Time has passed."""
        answers = self._meant(self._button.at(up_ms), up_ms)
        if self._suspected is not None and up_ms >= self._confirm_ms and not self._button.is_held:
            answers += self._end(AlarmEvent.CONFIRMED, AlarmBy.DETECTOR, up_ms)
        return answers + self._evidence(up_ms)

    def moved(self, fs_hz: float, acc_mg: Sequence[int], up_ms: int) -> list[Answer]:
        """Samples (x, y, z in turn, milli-g) of which the last was taken at `up_ms`."""
        answers: list[Answer] = []
        stream = self._unbroken(fs_hz, len(acc_mg) // 3, up_ms)
        for sample in triples(acc_mg):
            answers += self._sampled(stream, sample, up_ms)
        stream.arrived(up_ms)
        return answers + self._evidence(up_ms)

    def pressed(self, press: Press, up_ms: int) -> list[Answer]:
        return self._meant(self._button.pressed(press, up_ms), up_ms)

    def wear(self, *, worn: bool | None) -> None:
        """None: the wristband does not know; then it counts as worn. What happened off the wrist is no fall."""
        if worn is not False and self._worn is False:
            self._ended_at = self._count()
        self._worn = worn

    def drill(self, command: str, up_ms: int) -> list[Answer]:
        """A rehearsal is confirmed at once; its id is the command's."""
        step = Step(command, AlarmKind.FALL, AlarmEvent.CONFIRMED, up_ms, by=AlarmBy.WEARER, drill=command)
        return [Buzz(Pattern.DRILL), step]

    def disarm(self) -> list[Answer]:
        """Forget everything: the household has taken its consent back."""
        was_suspected = self._suspected is not None
        self._suspected = self._stream = self._recovery = None
        self._open, self._button, self._ended_at = [], Button(), -1
        self._worn = None  # nobody listens from now on: it may be put on unheard
        return [Buzz(Pattern.OFF)] if was_suspected else []

    def _unbroken(self, fs_hz: float, count: int, up_ms: int) -> Stream:
        stream = self._stream
        if stream is None or not stream.continues(fs_hz, count, up_ms):
            for occurrence in self._open:
                occurrence.record(up_ms, at_once=True)
            stream = self._stream = Stream(fs_hz)
            self._ended_at = -1
            self._recovery = None  # who knows how the wearer lies now
        return stream

    def _sampled(self, stream: Stream, sample: MilliG, up_ms: int) -> list[Answer]:
        stream.tape.add(sample)
        detection = stream.detector.add(*in_g(sample))
        if self._worn is False:
            return []
        if self._suspected is not None:
            has_recovered = self._recovery is not None and self._recovery.add(in_g(sample))
            return self._end(AlarmEvent.CANCELLED, AlarmBy.RECOVERY, up_ms) if has_recovered else []
        if detection is None or (impact := self._count() - 1 - detection.samples_ago) <= self._ended_at:
            return []
        return self._suspect(stream, impact, probability(detection), up_ms)

    def _suspect(self, stream: Stream, impact: int, likely: float, up_ms: int) -> list[Answer]:
        self._suspected = Occurrence(self._ids(), AlarmKind.FALL, up_ms, stream.tape, impact, likely)
        self._open.append(self._suspected)
        self._confirm_ms = up_ms + self.prealarm_ms
        self._recovery = stream.recovery()
        return [self._suspected.suspected(self.prealarm_ms), Buzz(Pattern.PREALARM)]

    def _meant(self, meaning: Meaning | None, up_ms: int) -> list[Answer]:
        if meaning is None:
            return []
        if self._suspected is not None:
            event = AlarmEvent.CANCELLED if meaning is Meaning.SHORT else AlarmEvent.CONFIRMED
            return self._end(event, AlarmBy.WEARER, up_ms)
        return self._call(up_ms) if meaning is Meaning.LONG else []

    def _call(self, up_ms: int) -> list[Answer]:
        tape = self._stream.tape if self._stream else None
        call = Occurrence(self._ids(), AlarmKind.SOS, up_ms, tape, self._count() - 1)
        self._open.append(call)
        return [call.ended(AlarmEvent.CONFIRMED, AlarmBy.WEARER, up_ms)]

    def _end(self, event: AlarmEvent, by: AlarmBy, up_ms: int) -> list[Answer]:
        ended, self._suspected, self._recovery = self._suspected, None, None
        self._ended_at = self._count() - 1
        return [] if ended is None else [ended.ended(event, by, up_ms), Buzz(Pattern.OFF)]

    def _evidence(self, up_ms: int) -> list[Answer]:
        for occurrence in self._open:
            occurrence.record(up_ms)
        told = [occurrence for occurrence in self._open if occurrence.is_told]
        self._open = [occurrence for occurrence in self._open if not occurrence.is_told]
        return [step for occurrence in told for step in occurrence.evidence()]

    def _count(self) -> int:
        return self._stream.tape.count if self._stream else 0
