"""The supplier of a scenario: its habits from the file, its chance from the seed, its webhooks that get lost."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from simulator.doorstep import Doorstep, WatchedDesk
from simulator.randomness import stream
from simulator.scenario import SupplierPart, WeekPart
from simulator.supplier.courier import Deliver
from simulator.supplier.desk import Post
from simulator.supplier.warehouse import Fault, Habits, Warehouse
from simulator.supplier.week import Week

SLUG = "corner-store"
API_TOKEN = "try-out-token"  # noqa: S105 - a supplier that does not exist
WEBHOOK_SECRET = "whsec_Zm9yZWhhbmQtdHJ5LW91dC1zdXBwbGllcg=="  # noqa: S105 - the same
_LOST = 503


@dataclass
class Trade:
    """Desk, warehouse and doorstep of one supplier."""

    part: SupplierPart
    seed: int
    warehouse: Warehouse = field(init=False)
    desk: WatchedDesk = field(init=False)
    doorstep: Doorstep = field(init=False)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.warehouse = Warehouse(habits(self.part), stream(self.seed, "supplier"))
        self.desk = WatchedDesk(self.warehouse, API_TOKEN, WEBHOOK_SECRET)
        self.doorstep = Doorstep(self.desk, self.warehouse)
        self._chance = stream(self.seed, "webhooks")

    def sometimes_lost(self, deliver: Deliver) -> Deliver:
        """The way to the cloud, on which some webhooks get lost: the supplier sends them again later."""

        def try_to(post: Post) -> int:
            return _LOST if self._chance.random() < self.part.webhook_lost else deliver(post)

        return try_to

    def arrived(self) -> list[tuple[str, int, datetime]]:
        return self.doorstep.arrived()


def habits(part: SupplierPart) -> Habits:
    low, usual, high = part.lead_days
    shares = {
        Fault.REFUSE: part.refuse,
        Fault.SILENT_ACCEPT: part.time_out_after_accepting,
        Fault.SILENT_DROP: part.time_out_before_accepting,
        Fault.FAIL: part.fail,
        Fault.PARTIAL: part.partial,
    }
    return Habits(
        lead_days=(low, usual, high), shares=shares, repeats_webhooks=part.webhook_twice, week=week(part.week)
    )


def week(part: WeekPart | None) -> Week | None:
    if part is None:
        return None
    return Week(ZoneInfo(part.time_zone), part.cut_off_hour, part.country, part.on_saturday, dict(part.carriers))


Goods = Callable[[str], tuple[str, int]]
"""From the supplier's number to the product and how many packs of it are in one."""
