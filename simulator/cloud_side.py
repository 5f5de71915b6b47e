"""The real cloud in this process, stepped by hand: its database in a folder, everything outside of it simulated."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx2
from starlette.testclient import TestClient

from cloud import app, db, outbox
from cloud.calendars.feeds import Answer, Fetched, NotModified
from cloud.calendars.ics import read
from cloud.devices import registry
from cloud.flows import ordering
from cloud.orders.tables import Order
from cloud.replenishment import ledger as decisions
from cloud.replenishment.reasons import Outcome
from cloud.settings import Settings
from kit import ids
from kit.clock import Clock
from kit.memory_bus import MemoryBroker
from simulator import move_in
from simulator.home import Home
from simulator.randomness import stream
from simulator.scenario import Scenario
from simulator.supplier.desk import Post
from simulator.supplier.transport import SupplierTransport
from simulator.trade import SLUG, Trade

CLOUD_USER, ALARM_USER = "cloud", "cloud-alarms"
CALENDAR = "https://calendar.home/family.ics"
WEBHOOKS = f"/hooks/suppliers/{SLUG}"
_REVIEW_EVERY_S = 12 * 3600  # a reading that says something new makes its slot due much earlier


@dataclass
class Feed:
    """The family's calendar, as a fetch would bring it."""

    body: Callable[[], bytes]

    def __call__(self, address: str, etag: str | None = None, last_modified: str | None = None) -> Answer:
        body = self.body()
        tag = hashlib.sha256(body).hexdigest()
        return NotModified() if etag == tag else Fetched(body, etag=tag)


@dataclass
class CloudSide:
    """`app` is the product; the rest is how it is spoken to."""

    app: app.App
    home: Home
    clock: Clock
    ids: ids.Ids
    goods: dict[str, tuple[str, int]] = field(default_factory=dict)
    mails: int = 0
    _web: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self._web = TestClient(self.app.web, base_url="https://forehand.home")
        self.app.ingest.connect()
        self.app.alarm_ingest.connect()

    @classmethod
    def build(cls, folder: Path, home: Home, broker: MemoryBroker, clock: Clock, trade: Trade) -> "CloudSide":
        url = f"sqlite:///{folder / 'forehand.db'}"
        db.upgrade(url)
        settings = Settings(database_url=url, data_dir=folder, review_every_s=_REVIEW_EVERY_S)
        sides: list[CloudSide] = []
        parts = app.Parts(
            engine=db.engine(url),
            clock=clock,
            ids=ids.seeded(home.seed),
            bus=broker.connect(CLOUD_USER, CLOUD_USER),
            alarm_bus=broker.connect(ALARM_USER, ALARM_USER),
            fetch=Feed(home.calendar),
            expander=read,
            supplier_transport=SupplierTransport(trade.desk, clock),
            post=lambda *_: sides[0].post_mail() if sides else None,
            chances=_chances(home.seed),
        )
        sides.append(cls(app.build(settings, parts), home, clock, parts.ids))
        return sides[0]

    def move_in(self, scenario: Scenario) -> None:
        now = self.clock.now()
        with db.transaction(self.app.parts.engine) as session:
            move_in.furnish(session, "https://supplier.example", now, scenario.supplier.week)
            lodging = move_in.move_in(session, self.ids, scenario, now)
            calendar = self.home.calendar()
            move_in.add_calendar(session, self.ids, lodging.household_id, CALENDAR, calendar, now)
            self.goods = move_in.goods(session)

    def settle(self, scenario: Scenario) -> bool:
        with db.transaction(self.app.parts.engine) as session:
            return move_in.settle(session, self.ids, scenario, self.clock.now())

    def answer_proposals(self) -> int:
        """Somebody orders with one tap what was proposed. Returns how many orders that were."""
        now, made = self.clock.now(), 0
        with db.transaction(self.app.parts.engine) as session:
            for _, slot in sorted(registry.device_slots(session, move_in.AGENT).items()):
                said = decisions.latest(session, slot.id)
                if said is None or said.outcome != Outcome.PROPOSED:
                    continue
                tap = ordering.Tap(slot.household_id, slot.id, said.quantity)
                order = ordering.order_now(session, self.ids, tap, now)
                made += isinstance(order, Order)
        return made

    def take_in(self) -> int:
        """Everything that is queued. Returns how many messages that were."""
        return self.app.alarm_ingest.step() + self.app.ingest.step()

    def tick(self) -> None:
        self.app.alarms.step(self.clock.now())
        self.app.jobs.tick(self.clock.now())

    def next_job(self, latest: datetime) -> datetime:
        """When something wants to leave, at the latest `latest`."""
        with db.reading(self.app.parts.engine) as session:
            due = outbox.next_due(session)
        return latest if due is None else min(due, latest)

    def deliver(self, post: Post) -> int:
        """A supplier's webhook, through the real web application."""
        try:
            return self._web.post(WEBHOOKS, headers=post.headers, content=post.body).status_code
        except httpx2.HTTPError:
            return 0

    def post_mail(self) -> None:
        self.mails += 1

    def close(self) -> None:
        self._web.close()
        self.app.close()


def _chances(seed: int) -> random.Random:
    return stream(seed, "cloud")
