"""What the cloud knows of the household at this moment, read from its database as a guest."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cloud.emergencies.rules import Log


@dataclass(frozen=True)
class SupplySeen:
    """One supply as the cloud has it. `range_days`: from the early to the late day of its end."""

    product: str
    level: float | None
    serial: str | None
    runs_out: tuple[datetime, datetime, datetime] | None  # early, middle, late
    decision: str | None


@dataclass(frozen=True)
class OrderSeen:
    """One order as it stands."""

    id: str
    product: str
    quantity: int
    state: str
    automatic: bool
    hold_reason: str | None
    deliver_on: date | None
    for_return: bool  # it waits for the day on which the family is back

    @property
    def stands(self) -> str:
        return f"{self.state} {self.deliver_on}"


@dataclass(frozen=True)
class Happened:
    """One line of an alarm's log."""

    id: int
    at: datetime
    event: str
    who: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class AlarmSeen:
    """An alarm as it stands. `is_quiet`: no message about it waits to be sent."""

    number: int
    state: str
    taken_by: str | None
    is_quiet: bool
    log: tuple[Happened, ...]

    @property
    def calls_sent(self) -> int:
        """How many calls have left."""
        return len({entry.detail.get("call") for entry in self.log if entry.event == Log.SENT} - {0, None})


@dataclass(frozen=True)
class Sight:
    """All of it, at one moment."""

    at: datetime
    supplies: dict[str, SupplySeen]
    orders: list[OrderSeen]
    alarm: AlarmSeen | None = None

    def level(self, product: str) -> float | None:
        supply = self.supplies.get(product)
        return supply.level if supply else None

    def range_days(self, product: str) -> float | None:
        """None: nothing is forecast yet."""
        supply = self.supplies.get(product)
        if supply is None or supply.runs_out is None:
            return None
        return (supply.runs_out[2] - supply.runs_out[0]).total_seconds() / 86_400
