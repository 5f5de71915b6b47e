"""What is said of an alarm: suspected at once, then confirmed or cancelled; the movement follows."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contract import limits
from contract.fields import AtMs, Boot, Code, Name, Seq, Stream, UpMs, Version
from contract.messages import Anchor

MilliG = Annotated[int, Meta(ge=-limits.MAX_ACC_MG, le=limits.MAX_ACC_MG)]
ConfirmInMs = Annotated[int, Meta(ge=0, le=limits.MAX_CONFIRM_IN_MS)]
Probability = Annotated[float, Meta(ge=0, le=1, description="that it was a fall, to two decimals")]
AfterMs = Annotated[int, Meta(ge=0, le=limits.MAX_AFTER_MS, description="since the impact")]
MarkMs = Annotated[int, Meta(ge=-limits.MAX_MARK_MS, le=limits.MAX_MARK_MS, description="from the impact on")]


class AlarmKind(StrEnum):
    """What happened, as far as the device knows."""

    FALL = "fall"
    SOS = "sos"  # the wearer asked for help
    INACTIVITY = "inactivity"  # worn, and no movement for hours


class AlarmEvent(StrEnum):
    """How far it has come."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EVIDENCE = "evidence"
    UPDATE = "update"  # of a confirmed fall: what became of it so far; it cancels nothing


class AlarmUpdate(StrEnum):
    """What a wristband can tell of somebody who fell."""

    GOT_UP = "got_up"
    LONG_LIE = "long_lie"  # still on the floor


class AlarmBy(StrEnum):
    """Who or what confirmed or cancelled."""

    WEARER = "wearer"  # a press of the button
    DETECTOR = "detector"  # nobody cancelled in time
    RECOVERY = "recovery"  # the wearer got up and moves


class MarkKind(StrEnum):
    """What a part of the movement was."""

    FREE_FALL = "free_fall"
    IMPACT = "impact"
    TURNED = "turned"  # until the arm is held as it is held afterwards, and otherwise than before
    STILL = "still"
    MOVING = "moving"
    GOT_UP = "got_up"  # about and upright again


class Mark(Struct, frozen=True, kw_only=True):
    """A part of the movement that the device recognised. A `kind` that the other end does not know costs nothing.

    Raises ValueError where it ends before it begins.
    """

    kind: Annotated[Code, Meta(description=f"of {', '.join(MarkKind)}; one that is not known is passed over")]
    from_ms: MarkMs
    to_ms: MarkMs

    def __post_init__(self) -> None:
        if self.to_ms < self.from_ms:
            raise ValueError("a mark does not end before it begins")


class Movement(Struct, frozen=True, kw_only=True):
    """Acceleration with gravity around the alarm: `acc_mg` is x, y, z of each sample in turn, milli-g.

    Raises ValueError where the numbers are not whole samples, or the impact is none of them.
    """

    fs_hz: Annotated[float, Meta(ge=1, le=500, description="samples per second")]
    impact: Annotated[int, Meta(ge=0, description="index of the sample with the impact")] | None = None
    acc_mg: Annotated[list[MilliG], Meta(min_length=3, max_length=3 * limits.MAX_EVIDENCE_SAMPLES)]
    marks: Annotated[list[Mark], Meta(max_length=limits.MAX_MARKS)] = []

    def __post_init__(self) -> None:
        if len(self.acc_mg) % 3:
            raise ValueError("acc_mg holds three numbers for each sample")
        if self.impact is not None and self.impact >= len(self.acc_mg) // 3:
            raise ValueError("impact is the index of a sample")


class Alarm(Struct, frozen=True, kw_only=True):
    """One step of one alarm; all steps carry the same `alarm_id`.

    `suspected` says in how many milliseconds it will be confirmed or cancelled: if neither comes, the cloud raises it.
    `probability` (with `suspected`) is null where the device does not say. `drill` is the command that asked for a
    rehearsal. Raises ValueError where event and contents contradict each other.
    """

    v: Literal[1] = limits.WIRE_VERSION
    stream: Stream
    lane: Literal["alarms"] = "alarms"
    seq: Seq
    boot: Boot
    consent: Version
    alarm_id: Stream
    kind: AlarmKind
    event: AlarmEvent
    device: Name
    up_ms: UpMs
    at_ms: AtMs | None = None
    anchor: Anchor | None = None
    confirm_in_ms: ConfirmInMs | None = None
    probability: Probability | None = None
    by: AlarmBy | None = None
    drill: Stream | None = None
    movement: Movement | None = None
    update: AlarmUpdate | None = None
    after_ms: AfterMs | None = None

    def __post_init__(self) -> None:
        if (self.confirm_in_ms is not None) != (self.event is AlarmEvent.SUSPECTED):
            raise ValueError("confirm_in_ms belongs to a suspected alarm, and only there")
        if (self.movement is not None) != (self.event is AlarmEvent.EVIDENCE):
            raise ValueError("movement belongs to the evidence, and only there")
        if (self.by is not None) != (self.event in {AlarmEvent.CONFIRMED, AlarmEvent.CANCELLED}):
            raise ValueError("by belongs to what confirms or cancels, and only there")
        if {self.update is not None, self.after_ms is not None} != {self.event is AlarmEvent.UPDATE}:
            raise ValueError("update and after_ms belong to an update, and only there")
