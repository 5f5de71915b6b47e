"""What every wearable promises: it is listened to on its own thread, and never waits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

from contract import limits
from contract.messages import DeviceReport
from edge.falls.steps import Pattern

MAX_SAMPLES = 500  # in one line: more would be told too late

FsHz = Annotated[float, Meta(ge=15, le=200)]
MilliG = Annotated[int, Meta(ge=-limits.MAX_ACC_MG, le=limits.MAX_ACC_MG)]


class Frame(Struct, frozen=True, kw_only=True):
    """What a wristband says at one moment; what it does not say is None. `acc_mg`: x, y, z in turn, with gravity.

    Raises ValueError (on decoding: msgspec.ValidationError) where the numbers are not whole samples.
    """

    fs_hz: FsHz | None = None
    acc_mg: Annotated[list[MilliG], Meta(max_length=3 * MAX_SAMPLES)] | None = None
    battery_fraction: Annotated[float, Meta(ge=0, le=1)] | None = None
    worn: bool | None = None
    button: Literal["down", "up", "sos"] | None = None

    def __post_init__(self) -> None:
        if self.acc_mg and len(self.acc_mg) % 3:
            raise ValueError("acc_mg holds three numbers for each sample")

    @property
    def samples(self) -> int:
        return len(self.acc_mg or ()) // 3


@dataclass(frozen=True)
class Heard:
    """A frame, and when its last sample arrived (on the agent's monotonic clock).

    `begins`: after silence or a new connection; what the wristband said before may not hold any more.
    """

    up_ms: int
    frame: Frame
    begins: bool = False


class Wearable(Protocol):
    """A device on somebody's body. Nothing here may block, and nothing raises."""

    @property
    def device(self) -> str: ...

    def start(self, arrived: Callable[[], None]) -> None:
        """Listen from now on. `arrived` is called, from any thread, when there is something to take."""
        ...

    def take(self) -> list[Heard]:
        """Everything since the last call, in order."""
        ...

    def due_ms(self) -> int | None:
        """When to take or to report without being called. None: only then."""
        ...

    def report(self) -> DeviceReport: ...

    def buzz(self, pattern: Pattern) -> bool:
        """False: this device has no buzzer, or cannot be reached."""
        ...

    def stop(self) -> None:
        """Listen no longer. Harmless twice."""
        ...
