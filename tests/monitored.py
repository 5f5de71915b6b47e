"""One wearer under a monitor, without an agent: stories in seconds."""

from contract.alarms import AlarmEvent
from edge.falls.monitor import Monitor
from edge.falls.steps import Buzz, Step
from kit.ids import seeded
from tests import movements

BUNCH = 10
SUSPECTED, CONFIRMED, CANCELLED, EVIDENCE, UPDATE = AlarmEvent


class Wearer:
    """Lives through some seconds at a time; what the monitor says is noted with the moment."""

    def __init__(self):
        self.monitor = Monitor(seeded(1))
        self.up_ms = 1_000_000
        self.told = []

    def note(self, answers):
        self.told += answers

    def live(self, samples):
        for start in range(0, len(samples), BUNCH):
            bunch = samples[start : start + BUNCH]
            self.up_ms += 1000 * len(bunch) // movements.FS
            self.note(self.monitor.at(self.up_ms))
            self.note(self.monitor.moved(movements.FS, movements.in_turn(bunch), self.up_ms))

    def stand(self, seconds):
        self.live(movements.standing(seconds))

    def lie(self, seconds):
        self.live(movements.lying(seconds))

    def lives_slowly(self, seconds):
        """Lies still for long: a sample a second is enough to show it, and the stream goes on."""
        for _ in range(seconds // 10):
            self.up_ms += 10_000
            self.note(self.monitor.at(self.up_ms))
            self.note(self.monitor.moved(movements.FS, movements.in_turn(movements.lying(0.2)), self.up_ms))

    def fall(self):
        """Until it is suspected."""
        self.stand(4)
        self.live(movements.falling())
        self.lie(1.6)

    def vanish(self, seconds):
        """Time passes, nothing is heard."""
        self.up_ms += 1000 * seconds
        self.note(self.monitor.at(self.up_ms))

    def press(self, how, for_ms=0):
        self.note(self.monitor.pressed(how, self.up_ms))
        self.up_ms += for_ms
        self.note(self.monitor.at(self.up_ms))

    def wear(self, worn):
        self.note(self.monitor.wear(self.up_ms, worn=worn))

    def steps(self):
        return [(step.kind, step.event, step.by) for step in self.told if isinstance(step, Step)]

    def events(self):
        return [step.event for step in self.told if isinstance(step, Step)]

    def ids(self):
        return {step.alarm_id for step in self.told if isinstance(step, Step)}

    def buzzes(self):
        return [answer.pattern for answer in self.told if isinstance(answer, Buzz)]
