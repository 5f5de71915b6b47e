"""The third scene: somebody falls, at the pace of life, and time runs on when a person has answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cloud.emergencies.rules import AlarmState
from edge.falls.steps import Pattern
from simulator.demo.emergency import FALL_SCENES
from simulator.demo.scenes import Line, Story
from simulator.demo.sight import AlarmSeen, Sight

SETTLES_S = 5.0  # at its real pace, before anybody falls: what was on its way has arrived
FALLS_AGAIN_S = 20.0  # nobody has noticed
EVIDENCE_S = 25.0  # the movement after the fall is told that late
SETTLED_S = 4.0  # after it is closed: who was called hears of it
NO_LONGER_S = 80.0  # the supplies' story may take as long as it likes; this scene comes all the same


class Body(Protocol):
    """Who wears the wristband. `heard`: what its buzzer has said."""

    heard: list[str]

    def fall(self) -> None: ...

    def get_up(self) -> None: ...


class Pace(Protocol):
    """The clock of everybody."""

    def change_rate(self, rate: float) -> None: ...


class Answers(Protocol):
    """Answers when nobody else does."""

    def act(self, alarm: AlarmSeen, real_s: float) -> None: ...


class Phase(StrEnum):
    """How far the scene is."""

    WAITING = "waiting"
    SLOW = "slow"  # time runs as for everybody
    FALLEN = "fallen"
    OVER = "over"


@dataclass
class Fall:
    """Looks again and again, in real time. `is_up_and_about`: somebody is at home, and it is day."""

    name: str
    body: Body
    pace: Pace
    answers: Answers
    is_up_and_about: Callable[[datetime], bool]
    rate: float  # to which time returns
    phase: Phase = Phase.WAITING
    _began_s: float | None = None
    _since_s: float = 0.0
    _closed_s: float | None = None
    _knows: bool = False

    @property
    def is_over(self) -> bool:
        return self.phase is Phase.OVER

    def look(self, sight: Sight, story: Story, real_s: float) -> list[Line]:
        """What the scene itself has to say now."""
        self._began_s = real_s if self._began_s is None else self._began_s
        if self.phase is Phase.WAITING:
            return self._begin(sight, story, real_s)
        if self.phase is Phase.SLOW and real_s - self._since_s >= SETTLES_S:
            self.body.fall()
            self.phase, self._since_s = Phase.FALLEN, real_s
        elif self.phase is Phase.FALLEN:
            return self._watch(sight, real_s)
        return []

    def _begin(self, sight: Sight, story: Story, real_s: float) -> list[Line]:
        has_waited = real_s - (self._began_s or 0.0) >= NO_LONGER_S
        if not (has_waited or set(story.missing) <= set(FALL_SCENES)) or not self.is_up_and_about(sight.at):
            return []
        self.pace.change_rate(1.0)  # before the fall: on a fast clock a second of mail would be half a day
        self.phase, self._since_s = Phase.SLOW, real_s
        return [Line(sight.at, f"from now on time passes as it does for you: keep an eye on {self.name}")]

    def _watch(self, sight: Sight, real_s: float) -> list[Line]:
        alarm = sight.alarm
        if alarm is None or alarm.state == AlarmState.CANCELLED:
            if real_s - self._since_s >= FALLS_AGAIN_S:
                self.body.get_up()
                self.phase, self._since_s = Phase.SLOW, real_s
            return []
        if alarm.state != AlarmState.CLOSED:
            self.answers.act(alarm, real_s)
            return self._relief(sight.at)
        self._closed_s = real_s if self._closed_s is None else self._closed_s
        if real_s < max(self._closed_s + SETTLED_S, self._since_s + EVIDENCE_S) or not alarm.is_quiet:
            return []
        self.body.get_up()
        self.pace.change_rate(self.rate)
        self.phase = Phase.OVER
        return [Line(sight.at, f"{self.name} is on her feet again; time runs on")]

    def _relief(self, at: datetime) -> list[Line]:
        if self._knows or Pattern.HELP not in self.body.heard:
            return []
        self._knows = True
        return [Line(at, f"the wristband tells {self.name} that help is coming", to_the_second=True)]
