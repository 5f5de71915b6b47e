"""What a supplier does with an order, as a state machine on given time and chance. No network, no clock."""

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from simulator.supplier.week import Week


class Fault(StrEnum):
    """What can go wrong with one order."""

    NONE = "none"
    REFUSE = "refuse"
    SILENT_ACCEPT = "silent_accept"  # accepted, but the answer never comes
    SILENT_DROP = "silent_drop"  # neither accepted nor answered
    ERROR = "error"  # answered with 503, not accepted
    PARTIAL = "partial"
    FAIL = "fail"  # lost on the way


@dataclass(frozen=True)
class Habits:
    """How a supplier usually is. The shares are probabilities per order, their sum at most 1."""

    lead_days: tuple[float, float, float] = (1.0, 2.0, 4.0)  # least, usual, most
    cut_off_hour: int = 15  # UTC; later orders are packed the next day
    week: Week | None = None  # then `lead_days` are its working days; None: every day is one, and the cut-off is above
    packing_hours: float = 6.0
    shares: dict[Fault, float] = field(default_factory=dict)
    repeats_webhooks: float = 0.0  # share of webhooks that come twice
    scripted: tuple[Fault, ...] = ()  # for the first orders, before chance takes over


@dataclass
class Parcel:
    """One order as the supplier knows it."""

    reference: str
    id: str
    status: str
    quantity: int
    accepted_at: datetime
    ships_at: datetime
    arrives_at: datetime
    fault: Fault
    carrier: str | None = None
    code: str | None = None
    delivered_quantity: int | None = None
    box: str | None = None  # the same for orders that come together


@dataclass(frozen=True, order=True)
class Told:
    """A webhook to send: `status` is the word after `order.`."""

    at: datetime
    id: str
    reference: str
    status: str


class Warehouse:
    """Takes orders, ships and delivers them as time is told to it. The same seed and calls give the same story."""

    def __init__(self, habits: Habits, chances: random.Random) -> None:
        self._habits = habits
        self._chances = chances
        self._script = deque(habits.scripted)
        self._webhooks = 0
        self.parcels: dict[str, Parcel] = {}
        self.barred: set[str] = set()  # references that were cancelled before they came

    def fault_of_next(self) -> Fault:
        """What will go wrong with the order that comes in now."""
        if self._script:
            return self._script.popleft()
        chance = self._chances.random()
        for fault, share in sorted(self._habits.shares.items()):
            chance -= share
            if chance < 0:
                return fault
        return Fault.NONE

    def accept(self, reference: str, quantity: int, deliver_on: date | None, fault: Fault, now: datetime) -> Parcel:
        """Promise a day: after packing and carriage, and never before the day the customer wants."""
        ships_at = self._packed(now)
        carrier, arrives_at = self._carried(ships_at)
        if deliver_on is not None:
            earliest = self._round_of(deliver_on)
            arrives_at = max(arrives_at, earliest)
            ships_at = max(ships_at, earliest - timedelta(days=self._habits.lead_days[2]))
        parcel = Parcel(
            reference, f"S-{len(self.parcels) + 1:06d}", "accepted", quantity, now, ships_at, arrives_at, fault, carrier
        )
        self.parcels[reference] = parcel
        return parcel

    def put_together(self, parcel: Parcel, box: str) -> None:
        """It comes with what named the same box before and has not left."""
        parcel.box = box
        for other in self.parcels.values():
            if other is not parcel and (other.box, other.status) == (box, "accepted"):
                parcel.ships_at, parcel.arrives_at, parcel.carrier = other.ships_at, other.arrives_at, other.carrier
                return

    def cancel(self, reference: str, now: datetime) -> Parcel | None:
        """The parcel, cancelled if it had not left; None: unknown so far, and barred from now on."""
        parcel = self.parcels.get(reference)
        if parcel is None:
            self.barred.add(reference)
            return None
        if parcel.status == "accepted" and now < parcel.ships_at:
            parcel.status = "cancelled"
        return parcel

    def advance(self, now: datetime) -> list[Told]:
        """Do what is due by `now`; return the news of it, oldest first."""
        told: list[Told] = []
        for parcel in self.parcels.values():
            if parcel.status == "accepted" and parcel.ships_at <= now:
                parcel.status = "shipped"
                told += self._tell(parcel, parcel.ships_at)
            if parcel.status == "shipped" and parcel.arrives_at <= now:
                self._arrive(parcel)
                told += self._tell(parcel, parcel.arrives_at)
        return sorted(told)

    def next_at(self) -> datetime | None:
        """When something happens next. None: nothing is under way."""
        moments = [p.ships_at for p in self.parcels.values() if p.status == "accepted"]
        moments += [p.arrives_at for p in self.parcels.values() if p.status == "shipped"]
        return min(moments, default=None)

    def tell(self, parcel: Parcel, at: datetime) -> list[Told]:
        """The news of where a parcel stands now."""
        return self._tell(parcel, at)

    def _tell(self, parcel: Parcel, at: datetime) -> list[Told]:
        self._webhooks += 1
        one = Told(at, f"msg_{self._webhooks:08d}", parcel.reference, parcel.status)
        twice = self._chances.random() < self._habits.repeats_webhooks
        return [one, one] if twice else [one]

    def _arrive(self, parcel: Parcel) -> None:
        if parcel.fault is Fault.FAIL:
            parcel.status, parcel.code = "failed", "lost_on_the_way"
        elif parcel.fault is Fault.PARTIAL and parcel.quantity > 1:
            parcel.status, parcel.delivered_quantity = "partial", parcel.quantity // 2
        else:
            parcel.status, parcel.delivered_quantity = "delivered", parcel.quantity

    def _packed(self, now: datetime) -> datetime:
        if self._habits.week is not None:
            return self._habits.week.packed_at(now, timedelta(hours=self._habits.packing_hours))
        if now.hour < self._habits.cut_off_hour:
            return now + timedelta(hours=self._habits.packing_hours)
        next_day = datetime.combine(now.date() + timedelta(days=1), time(8), UTC)
        return next_day + timedelta(hours=self._habits.packing_hours)

    def _carried(self, ships_at: datetime) -> tuple[str | None, datetime]:
        """By whom, and when it is at the door."""
        week = self._habits.week
        if week is None:
            return None, ships_at + self._carriage()
        least, usual, most = self._habits.lead_days
        days = round(self._chances.triangular(least, most, usual))
        carrier = self._chances.choice(sorted(week.carriers)) if week.carriers else None
        slower = week.carriers.get(carrier, 0) if carrier else 0
        return carrier, week.arrives_at(ships_at, days + slower, self._chances)

    def _round_of(self, day: date) -> datetime:
        return datetime.combine(day, time(9), UTC) if self._habits.week is None else self._habits.week.morning(day)

    def _carriage(self) -> timedelta:
        least, usual, most = self._habits.lead_days
        days = self._chances.triangular(least, most, usual) - self._habits.packing_hours / 24
        return timedelta(seconds=round(max(0.1, days) * 86_400))
