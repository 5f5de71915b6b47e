"""The second way out of a home, for an alarm that the cloud has not acknowledged: one method, and a stand-in."""

from dataclasses import dataclass, field
from typing import Protocol


class WayError(Exception):
    """It could not be handed over this time; the next try may succeed."""


@dataclass(frozen=True)
class Call:
    """What is known of an alarm. `at_ms` None: the clock was not set; `by` None: the agent fell silent before."""

    agent: str
    alarm_id: str
    device: str
    kind: str
    by: str | None = None
    at_ms: int | None = None
    probability: float | None = None


class Way(Protocol):
    """At-least-once: `alarm_id` is the same each time, and whoever hears it twice does it once."""

    def send(self, call: Call, attempt: int) -> None:
        """Hand it over; may take seconds, and never longer than its own time-out. `attempt` counts from 1.

        Returning means that the other end has taken it. Raises WayError, and nothing else.
        """
        ...


@dataclass
class SoftWay:
    """Stands in for every way. `broken`: nothing is taken now."""

    broken: bool = False
    tried: list[tuple[Call, int]] = field(default_factory=list)
    taken: list[Call] = field(default_factory=list)

    def send(self, call: Call, attempt: int) -> None:
        self.tried.append((call, attempt))
        if self.broken:
            raise WayError("nobody is there")
        self.taken.append(call)
