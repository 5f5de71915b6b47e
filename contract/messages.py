"""The messages themselves. Unknown fields are ignored, so that either end can be newer."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from contract import limits
from contract.fields import (
    WITH_VALUE,
    AnchorAtMs,
    AtMs,
    Boot,
    Code,
    Kind,
    Lane,
    Loss,
    Name,
    Order,
    Point,
    Purpose,
    Quality,
    Range,
    Ranges,
    Refusal,
    Resolution,
    Seq,
    State,
    Stream,
    Supply,
    Text,
    UpMs,
    Version,
)

V1 = Literal[1]


class Anchor(Struct, frozen=True, kw_only=True):
    """A moment known on both clocks: it dates the rows that this boot wrote before it knew the time.

    Every row of its boot gets a date between 1970 and 9999. Raises ValueError where the boot would be older.
    """

    boot: Boot
    up_ms: UpMs
    at_ms: AnchorAtMs

    def __post_init__(self) -> None:
        if self.at_ms < self.up_ms:
            raise ValueError("no machine was started before 1970")


class Reading(Struct, frozen=True, kw_only=True):
    """One measured level, amount or counter. What is not known is null with its quality.

    Raises ValueError (on decoding: msgspec.ValidationError) where value and quality contradict each other.
    """

    device: Name
    slot: Name
    up_ms: UpMs
    at_ms: AtMs | None = None
    kind: Kind
    value: Annotated[float, Meta(ge=0, le=limits.MAX_AMOUNT)] | None
    resolution: Resolution | None = None
    quality: Quality
    basis: Code
    serial: Text | None = None

    def __post_init__(self) -> None:
        if (self.value is not None) != (self.quality in WITH_VALUE):
            raise ValueError("a value is given with the quality good or coarse, and only then")
        if self.kind is Kind.LEVEL_FRACTION and self.value is not None and self.value > 1:
            raise ValueError("a level_fraction is at most 1")


class Readings(Struct, frozen=True, kw_only=True):
    """A batch of readings for one purpose under one consent version."""

    v: V1 = limits.WIRE_VERSION
    stream: Stream
    lane: Literal["readings"] = "readings"
    seq: Seq
    boot: Boot
    purpose: Purpose
    consent: Version
    anchor: Anchor | None = None
    readings: Annotated[list[Reading], Meta(min_length=1, max_length=limits.MAX_READINGS_PER_MESSAGE)]


class AgentState(Struct, frozen=True, kw_only=True):
    """Retained; the last will says `lost` with the session of the connection that set it."""

    v: V1 = limits.WIRE_VERSION
    state: State
    session: Version


class SlotReport(Struct, frozen=True, kw_only=True):
    """One supply place, named by the device's own index; colour and product are attributes."""

    slot: Name
    supply: Supply = Supply.CONSUMABLE
    kind: Kind
    description: Text | None = None
    colour: Code | None = None
    part_number: Text | None = None
    serial: Text | None = None


class DeviceReport(Struct, frozen=True, kw_only=True):
    """Ties the local name to what survives a new Pi and a new address: a UUID or a serial number."""

    device: Name
    type: Code
    uuid: Text | None = None
    serial: Text | None = None
    model: Text | None = None
    reachable: bool = True
    worn: bool | None = None
    battery_fraction: Annotated[float, Meta(ge=0, le=1)] | None = None
    notices: Annotated[list[Code], Meta(max_length=8, description="null: it tells none")] | None = None
    point: Annotated[Code, Meta(description="the operating point in force")] | None = None
    slots: Annotated[list[SlotReport], Meta(max_length=limits.MAX_SLOTS_PER_DEVICE)] = []


class Gap(Struct, frozen=True, kw_only=True):
    """Messages that the agent had to let go of. Repeated until `stored` names it."""

    stream: Stream
    lane: Lane
    range: Range
    reason: Loss


class Reported(Struct, frozen=True, kw_only=True):
    """What is in force at the agent. Retained.

    `purposes` None: the agent does not say. `refused` counts messages since the spool file was made, or changed hands.
    """

    v: V1 = limits.WIRE_VERSION
    stream: Stream
    boot: Boot
    agent_version: Text
    config: Version
    consent: Version
    purposes: list[Purpose] | None = None
    anchor: Anchor | None = None
    devices: Annotated[list[DeviceReport], Meta(max_length=limits.MAX_DEVICES_PER_AGENT)] = []
    gaps: Annotated[list[Gap], Meta(max_length=limits.MAX_RANGES_PER_MESSAGE)] = []
    spooled: Version = 0
    refused: Version = 0


class Result(Struct, frozen=True, kw_only=True):
    """What became of a command."""

    v: V1 = limits.WIRE_VERSION
    stream: Stream
    lane: Literal["results"] = "results"
    seq: Seq
    boot: Boot
    command: Stream
    done: bool
    detail: Text = ""
    at_ms: AtMs | None = None


class BandWish(Struct, frozen=True, kw_only=True):
    """What is wanted of one wristband. `inactivity_h` 0: no alarm for want of movement."""

    device: Name
    point: Annotated[Code, Meta(description=f"of {', '.join(Point)}; one that is not known is balanced")] = "balanced"
    inactivity_h: Annotated[int, Meta(ge=0, le=limits.MAX_INACTIVITY_H)] = 0


class Desired(Struct, frozen=True, kw_only=True):
    """Configuration wanted, versioned; which purposes may leave the home. Retained."""

    v: V1 = limits.WIRE_VERSION
    config: Version
    consent: Version
    purposes: list[Purpose]
    poll_s: Annotated[int, Meta(ge=1, le=86_400)] = 900
    prealarm_s: Annotated[int, Meta(ge=limits.PREALARM_S.start, le=limits.PREALARM_S.stop - 1)] = 30
    bands: Annotated[list[BandWish], Meta(max_length=limits.MAX_DEVICES_PER_AGENT)] = []

    def band(self, device: str) -> BandWish:
        """What is wanted of this one, where anything is said of it or not."""
        return next((wish for wish in self.bands if wish.device == device), BandWish(device=device))


class RefusedMessage(Struct, frozen=True, kw_only=True):
    """One message that will never be stored, and why."""

    seq: Seq
    reason: Refusal


class Stored(Struct, frozen=True, kw_only=True):
    """What the cloud has committed, by exact ranges (commits come out of order), and what it refused."""

    v: V1 = limits.WIRE_VERSION
    stream: Stream
    lane: Lane
    ranges: Ranges = []
    refused: Annotated[list[RefusedMessage], Meta(max_length=limits.MAX_RANGES_PER_MESSAGE)] = []
    gaps: Ranges = []


class Command(Struct, frozen=True, kw_only=True):
    """Something to do once, before it expires."""

    v: V1 = limits.WIRE_VERSION
    id: Stream
    order: Order
    expires_ms: AtMs
    device: Name | None = None


class Key(Struct, frozen=True):
    """The identity of a spooled message; `agent` comes from the topic, never from the payload."""

    agent: str
    stream: str
    lane: str
    seq: int


def encode(message: Struct) -> bytes:
    """JSON, at most `limits.MAX_MESSAGE_BYTES`.

    Raises ValueError if the message is larger.
    """
    body = msgspec.json.encode(message)
    if len(body) > limits.MAX_MESSAGE_BYTES:
        raise ValueError(f"a message is at most {limits.MAX_MESSAGE_BYTES} bytes, this one has {len(body)}")
    return body
