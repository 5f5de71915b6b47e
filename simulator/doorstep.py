"""What the supplier's driver leaves at the door: the goods themselves, whatever the supplier's news say of them."""

import json
from datetime import datetime

from simulator.supplier.desk import Desk, Request, Response
from simulator.supplier.warehouse import Warehouse


class WatchedDesk(Desk):
    """The supplier's desk, which remembers what was in each order: its warehouse counts pieces only."""

    def __init__(self, warehouse: Warehouse, api_token: str, webhook_secret: str) -> None:
        super().__init__(warehouse, api_token, webhook_secret)
        self.skus: dict[str, str] = {}

    def _place(self, request: Request, now: datetime) -> Response:
        wanted = json.loads(request.body)
        self.skus[wanted["reference"]] = wanted["lines"][0]["sku"]
        return super()._place(request, now)


class Doorstep:
    """Hands out each parcel once, when it has arrived."""

    def __init__(self, desk: WatchedDesk, warehouse: Warehouse) -> None:
        self._desk = desk
        self._warehouse = warehouse
        self._taken: set[str] = set()

    def arrived(self) -> list[tuple[str, int, datetime]]:
        """The supplier's number, how many, and when: what has come since the last look."""
        found = []
        for reference, parcel in list(self._warehouse.parcels.items()):
            if parcel.delivered_quantity is None or reference in self._taken:
                continue
            self._taken.add(reference)
            found.append((self._desk.skus[reference], parcel.delivered_quantity, parcel.arrives_at))
        return found
