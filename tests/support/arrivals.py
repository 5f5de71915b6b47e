"""One slot's readings and what a person says of it, as they arrive: each at its own moment, in whatever order."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from cloud.consumption import service as consumption
from cloud.consumption.course import BEGINNING
from cloud.consumption.news import ENDS
from cloud.consumption.values import Event, Observation, ProductUse
from cloud.devices.tables import Agent, Device, Slot
from cloud.people.tables import Household
from kit import ids

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
USE = ProductUse(typical_pack_days=10.0, spread=0.5, absence_factor=0.0)


def at_home(start, end):
    return (end - start) / DAY


def read(packs, days, serial="A"):
    return Observation(START + days * DAY, packs, 0.01, "good", serial)


def daily(per_day, until, first_day=0, serial="A"):
    return [read(round(1.0 - per_day * d, 4), first_day + d, serial) for d in range(until + 1)]


def add_slot(session: Session, slot_id: str) -> None:
    home, device = "1" * 32, "3" * 32
    for row in (
        Household(id=home, name="Example", created_at=START),
        Agent(id="pi-1", household_id=home, name="Pi", broker_entry="", created_at=START),
        Device(
            id=device, household_id=home, agent_id="pi-1", local_name="p", identity="uuid:1", type="printer",
            created_at=START,
        ),
        Slot(id=slot_id, device_id=device, household_id=home, name="1", kind="toner"),
    ):  # fmt: skip
        session.add(row)
        session.flush()


@dataclass
class Arrivals:
    """`read_again`: how many stored readings each fold in the order of time has asked for. `ended`: packs, as told."""

    session: Session
    slot_id: str = "5" * 32
    rows: list[Observation] = field(default_factory=list)
    read_again: list[int] = field(default_factory=list)
    ended: int = 0
    new_id: ids.Ids = field(default_factory=lambda: ids.seeded(1))

    def come(self, *readings: Observation, now: datetime | None = None) -> tuple[Event, ...]:
        """In one batch. Without `now`, as soon as the last of them was taken."""
        batch = [replace(each, number=len(self.rows) + n) for n, each in enumerate(readings, start=1)]
        self.rows += batch
        arrived = consumption.Arrived(self.slot_id, batch, self._stored)
        at = now or max(each.at for each in readings)
        events = consumption.observe(self.session, self.new_id, arrived, at_home, USE, at)[1]
        self.session.get_one(Slot, self.slot_id).folded_to = len(self.rows)
        self.ended += sum(event.kind in ENDS for event in events)
        return events

    def told(self, packs: float, at: datetime) -> None:
        consumption.correct(self.session, self.slot_id, packs, at)

    def undo(self, at: datetime) -> bool:
        return consumption.undo_correction(self.session, self.slot_id, at)

    @property
    def state(self):
        return consumption.state(self.session, self.slot_id)

    @property
    def outcomes(self):
        found = consumption.outcomes(self.session, self.slot_id, limit=1000)
        return sorted(
            (row.cycle_ended_at, row.actual_at, row.predicted_low, row.predicted_mid, row.predicted_high)
            for row in found
        )

    def _stored(self, after: int, start: datetime) -> list[Observation]:
        assert start > BEGINNING
        found = [each for each in self.rows if each.number > after and each.at >= start]
        self.read_again.append(len(found))
        return found
