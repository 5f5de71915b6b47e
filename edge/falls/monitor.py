"""Watches over one wearer: movement, button and time in; steps of alarms and the buzzer out. Pure.

A fall is suspected at once. Then the wearer gets up, or presses the button, or the alarm is confirmed. A long press
calls for help at any moment, and confirms what is suspected. The evidence follows when everything else is said.
Beside that stand rules of their own: who lies or gets up after a confirmed fall (`floor`), who has not moved for hours
(`inactivity`), the wristband itself (`notices`). None of them silences another.
"""

from collections.abc import Sequence

from contract.alarms import AlarmBy, AlarmEvent, AlarmKind
from contract.fields import Point
from edge.falls.button import Button, Meaning
from edge.falls.detector import FallEvent
from edge.falls.floor import OnTheFloor
from edge.falls.inactivity import Inactivity
from edge.falls.notices import LowBattery, Notice, OffWrist
from edge.falls.occurrence import Occurrence
from edge.falls.recovery import Recovery
from edge.falls.steps import Answer, Buzz, Pattern, Press, Step
from edge.falls.stream import Stream, triples
from edge.falls.tape import MilliG, in_g
from kit.ids import Ids

_MOST_DOWN = 4  # of the falls that are watched after their confirmation, the newest


class Monitor:
    """Every call carries the moment (`up_ms`, never less than before) and returns what is to be told, in order."""

    def __init__(self, ids: Ids, point: Point = Point.BALANCED) -> None:
        self._ids = ids
        self.point = point
        self.prealarm_ms = 30_000
        self._worn: bool | None = None
        self._off_wrist, self._battery = OffWrist(), LowBattery()
        self._forget()

    def _forget(self) -> None:
        self._button = Button()
        self._stream: Stream | None = None
        self._ended_at = -1  # impacts up to this sample belong to what is over, or to nobody
        self._suspected: Occurrence | None = None
        self._confirm_ms = 0
        self._recovery: Recovery | None = None
        self._lay: Recovery | None = None  # as `_recovery`, and also across holes
        self._open: list[Occurrence] = []
        self._down: list[OnTheFloor] = []
        self._inactivity = Inactivity(self._ids)
        self._is_buzzing = False

    def due_ms(self) -> int | None:
        """When `at` is needed next, if nothing else happens. None: not at all."""
        dues = [self._button.due_ms(), self._inactivity.due_ms(), self._off_wrist.due_ms()]
        dues += [occurrence.due_ms() for occurrence in self._open] + [down.due_ms() for down in self._down]
        if self._suspected is not None and not self._button.is_held:
            dues.append(self._confirm_ms)
        return min((due for due in dues if due is not None), default=None)

    def at(self, up_ms: int) -> list[Answer]:
        """Time has passed."""
        answers = self._meant(self._button.at(up_ms), up_ms)
        if self._suspected is not None and up_ms >= self._confirm_ms and not self._button.is_held:
            answers += self._end(AlarmEvent.CONFIRMED, AlarmBy.DETECTOR, up_ms)
        if not self._button.is_held:
            answers += self._inactivity.at(up_ms)
        self._off_wrist.at(up_ms)
        answers += [step for down in self._down for step in down.at(up_ms)]
        return self._told(answers, up_ms)

    def moved(self, fs_hz: float, acc_mg: Sequence[int], up_ms: int) -> list[Answer]:
        """Samples (x, y, z in turn, milli-g) of which the last was taken at `up_ms`."""
        answers: list[Answer] = []
        stream = self._unbroken(fs_hz, len(acc_mg) // 3, up_ms)
        falls = stream.falls(acc_mg, self.point)
        for sample in triples(acc_mg):
            answers += self._sampled(stream, sample, falls.get(stream.tape.count), up_ms)
        stream.arrived(up_ms)
        return self._told(answers, up_ms)

    def pressed(self, press: Press, up_ms: int) -> list[Answer]:
        return self._told(self._meant(self._button.pressed(press, up_ms), up_ms), up_ms)

    def wear(self, up_ms: int, *, worn: bool | None) -> list[Answer]:
        """None: the wristband does not know; then it counts as worn. What happened off the wrist is no fall."""
        if worn is not False and self._worn is False:
            self._ended_at = self._count()
        self._worn = worn
        self._off_wrist.wear(worn=worn, up_ms=up_ms)
        if worn is False:
            for down in self._down:
                down.take_off()
        answers = self._inactivity.wear(is_worn=worn is True, is_off=worn is False, up_ms=up_ms)
        return self._told([*answers], up_ms)

    def charge(self, fraction: float) -> None:
        """What the wristband says of its battery."""
        self._battery.charge(fraction)

    def ask_after(self, hours: int) -> None:
        """How long no movement may be. 0: for ever."""
        self._inactivity.after_ms = hours * 3_600_000 or None

    def notices(self) -> list[Notice]:
        """What there is to tell of the wristband itself."""
        told = {Notice.LOW_BATTERY: self._battery.is_low, Notice.OFF_WRIST: self._off_wrist.is_off}
        return [notice for notice, holds in told.items() if holds]

    def drill(self, command: str, up_ms: int) -> list[Answer]:
        """A rehearsal is confirmed at once; its id is the command's."""
        step = Step(command, AlarmKind.FALL, AlarmEvent.CONFIRMED, up_ms, by=AlarmBy.WEARER, drill=command)
        return [Buzz(Pattern.DRILL), step]

    def disarm(self) -> list[Answer]:
        """Forget everything: the household has taken its consent back."""
        was_buzzing = self._is_buzzing
        self._worn = None  # nobody listens from now on: it may be put on unheard
        self._off_wrist = OffWrist()
        self._forget()
        return [Buzz(Pattern.OFF)] if was_buzzing else []

    def _unbroken(self, fs_hz: float, count: int, up_ms: int) -> Stream:
        stream = self._stream
        if stream is None or not stream.continues(fs_hz, count, up_ms):
            for occurrence in self._open:
                occurrence.record(up_ms, at_once=True)
            stream = self._stream = Stream(fs_hz)
            self._ended_at = -1
            self._recovery = None  # who knows how the wearer lies now
            for down in self._down:
                down.resume(fs_hz)
        return stream

    def _sampled(self, stream: Stream, sample: MilliG, fall: FallEvent | None, up_ms: int) -> list[Answer]:
        stream.tape.add(sample)
        measured = in_g(sample)
        if self._worn is False:
            return []
        answers: list[Answer] = [*self._inactivity.add(measured, stream.fs_hz, up_ms)]
        answers += [step for down in self._down for step in down.add(measured, up_ms)]
        if self._suspected is not None:
            has_recovered = self._recovery is not None and self._recovery.add(measured)
            return answers + (self._end(AlarmEvent.CANCELLED, AlarmBy.RECOVERY, up_ms) if has_recovered else [])
        if fall is None or fall.impact_at <= self._ended_at:
            return answers
        return [*answers, self._suspect(stream, fall, up_ms)]

    def _suspect(self, stream: Stream, fall: FallEvent, up_ms: int) -> Step:
        impact_ms = round(up_ms - 1000 * (fall.at - fall.impact_at) / stream.fs_hz)
        likely = round(fall.probability, 2)
        self._suspected = Occurrence(self._ids(), AlarmKind.FALL, up_ms, stream.tape, fall.impact_at, likely, impact_ms)
        self._open.append(self._suspected)
        self._confirm_ms = up_ms + self.prealarm_ms
        self._recovery = self._lay = stream.recovery()
        return self._suspected.suspected(self.prealarm_ms)

    def _meant(self, meaning: Meaning | None, up_ms: int) -> list[Answer]:
        if meaning is None:
            return []
        if meaning is Meaning.SHORT:  # whoever presses is well, whatever they are asked for
            asked = self._inactivity.end(AlarmEvent.CANCELLED, AlarmBy.WEARER, up_ms)
            return [*self._end(AlarmEvent.CANCELLED, AlarmBy.WEARER, up_ms), *asked]
        if self._suspected is not None:
            return self._end(AlarmEvent.CONFIRMED, AlarmBy.WEARER, up_ms)
        return [*self._inactivity.end(AlarmEvent.CONFIRMED, AlarmBy.WEARER, up_ms)] or self._call(up_ms)

    def _call(self, up_ms: int) -> list[Answer]:
        tape = self._stream.tape if self._stream else None
        call = Occurrence(self._ids(), AlarmKind.SOS, up_ms, tape, self._count() - 1)
        self._open.append(call)
        return [call.ended(AlarmEvent.CONFIRMED, AlarmBy.WEARER, up_ms)]

    def _end(self, event: AlarmEvent, by: AlarmBy, up_ms: int) -> list[Answer]:
        ended, lay, self._suspected, self._recovery = self._suspected, self._lay, None, None
        self._ended_at = self._count() - 1
        if ended is None:
            return []
        if event is AlarmEvent.CONFIRMED and lay is not None and self._worn is not False:
            fs_hz = self._stream.fs_hz if self._stream else 1.0
            self._down = [*self._down, OnTheFloor(ended, lay.resumed(fs_hz), up_ms)][-_MOST_DOWN:]
        return [ended.ended(event, by, up_ms)]

    def _told(self, answers: list[Answer], up_ms: int) -> list[Answer]:
        """With the buzzer, while anything at all can still be cancelled, and the evidence, which comes last."""
        self._down = [down for down in self._down if not down.is_over]
        is_asking = self._suspected is not None or self._inactivity.is_suspected
        if is_asking != self._is_buzzing:
            self._is_buzzing = is_asking
            answers = [*answers, Buzz(Pattern.PREALARM if is_asking else Pattern.OFF)]
        return answers + self._evidence(up_ms)

    def _evidence(self, up_ms: int) -> list[Answer]:
        for occurrence in self._open:
            occurrence.record(up_ms)
        told = [occurrence for occurrence in self._open if occurrence.is_told]
        self._open = [occurrence for occurrence in self._open if not occurrence.is_told]
        return [step for occurrence in told for step in occurrence.evidence()]

    def _count(self) -> int:
        return self._stream.tape.count if self._stream else 0
