"""What the monitor answers: steps of an alarm to be told, and what the wristband's buzzer shall do."""

from dataclasses import dataclass
from enum import StrEnum

from contract.alarms import AlarmBy, AlarmEvent, AlarmKind, AlarmUpdate, Movement


class Pattern(StrEnum):
    """What the buzzer says."""

    PREALARM = "prealarm"  # help will be called unless you press
    HELP = "help"  # help is coming
    UNHEARD = "unheard"  # nobody has heard of it yet: call for help yourself, if you can
    DRILL = "drill"  # this is a rehearsal
    OFF = "off"


class Press(StrEnum):
    """What the wristband tells of its button."""

    DOWN = "down"
    UP = "up"
    SOS = "sos"  # it has measured the long press itself


@dataclass(frozen=True)
class Step:
    """One step of one alarm, at `up_ms` of the monotonic clock."""

    alarm_id: str
    kind: AlarmKind
    event: AlarmEvent
    up_ms: int
    confirm_in_ms: int | None = None
    probability: float | None = None
    by: AlarmBy | None = None
    drill: str | None = None
    movement: Movement | None = None
    update: AlarmUpdate | None = None
    after_ms: int | None = None


@dataclass(frozen=True)
class Buzz:
    """The buzzer's pattern until the next one."""

    pattern: Pattern


Answer = Step | Buzz
