"""When what goes wrong begins and ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulator.habits import local_moment
from simulator.scenario import FaultKind, Scenario


@dataclass(frozen=True)
class Change:
    """A fault begins or is over."""

    at: datetime
    kind: FaultKind
    begins: bool


def changes(scenario: Scenario, days: int) -> list[Change]:
    """All of the first `days`, in order; where several come at once, what ends comes first."""
    zone = ZoneInfo(scenario.household.time_zone)
    found: list[Change] = []
    for fault in scenario.faults:
        step = fault.every_days or days + 1
        for day in range(fault.day, days, step):
            starts = local_moment(scenario.start + timedelta(days=day), fault.hour, zone)
            found.append(Change(starts, fault.kind, begins=True))
            if fault.kind is not FaultKind.CARTRIDGE_SHAKEN:
                found.append(Change(starts + timedelta(hours=fault.lasts_h), fault.kind, begins=False))
    return sorted(found, key=lambda change: (change.at, change.begins, change.kind))
