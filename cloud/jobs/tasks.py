"""The jobs themselves: review what is due, send what must leave, read calendars, sweep."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.engine import Engine

from cloud import db, outbox
from cloud.calendars import refresh
from cloud.calendars.ics import Expander
from cloud.devices.tables import Slot
from cloud.emergencies import watching
from cloud.flows import permissions, review, standing
from cloud.jobs.runner import Task
from cloud.learning import service as learning
from cloud.outbox.senders import Sender
from cloud.people import service as people
from kit.clock import Clock
from kit.ids import Ids

SLOTS_AT_ONCE = 200
TELLS_BROKER_EVERY = timedelta(seconds=2)

log = structlog.get_logger()


@dataclass(frozen=True)
class Work:
    """What the jobs need."""

    engine: Engine
    clock: Clock
    ids: Ids
    senders: Mapping[str, Sender]
    fetch: refresh.Fetch
    expander: Expander
    chances: random.Random
    review_every: timedelta
    lease_s: float
    tell_after: timedelta = watching.TELL_AFTER
    tell_broker: Callable[[datetime], None] = lambda _now: None

    def tasks(self) -> list[Task]:
        return [
            Task("broker", TELLS_BROKER_EVERY, self.tell_broker),
            Task("calendars", timedelta(minutes=1), self.read_calendars),
            Task("standing", timedelta(minutes=1), self.tell_standing),
            Task("learning", timedelta(days=1), self.learn),
            Task("review", timedelta(0), self.review),
            Task("outbox", timedelta(0), self.send),  # last: nothing leaves before it was looked at again
        ]

    def send(self, now: datetime) -> None:
        del now
        outbox.send_due(self.engine, self.senders, self.clock, self.chances, lease_s=self.lease_s)

    def review(self, now: datetime) -> None:
        """One short transaction for each slot: ingest is never kept waiting."""
        with db.reading(self.engine) as session:
            slots = review.due(session, now, SLOTS_AT_ONCE)
        for slot_id in slots:
            try:
                with db.transaction(self.engine) as session:
                    review.review(session, self.ids, slot_id, now, self.review_every)
            except Exception:
                log.exception("review_failed", slot_id=slot_id)
                self._put_off(slot_id, now)

    def learn(self, now: datetime) -> None:
        """What homes that allow it teach the first forecasts of others: from nothing, each day."""
        with db.transaction(self.engine) as session:
            count = learning.refit(session, now)
        log.info("priors_fitted", products=count)

    def tell_standing(self, now: datetime) -> None:
        """Whoever relies on a fall alarm is told when it goes off or comes back. Nothing else is looked at."""
        with db.reading(self.engine) as session:
            changing = watching.changing(session, now)
        for wearer_id in changing:
            try:
                with db.transaction(self.engine) as session:
                    standing.tell_changes(session, self.ids, wearer_id, now, self.tell_after)
            except Exception:
                log.exception("standing_failed", wearer_id=wearer_id)

    def read_calendars(self, now: datetime) -> None:
        with db.transaction(self.engine) as session:
            due = refresh.claim_due(session, now)
        for one in due:
            try:
                self._read_calendar(one, now)
            except Exception:
                log.exception("calendar_failed", calendar_id=one.calendar_id)

    def _read_calendar(self, one: refresh.Due, now: datetime) -> None:
        result = refresh.refresh(one, self.fetch, self.expander)
        with db.transaction(self.engine) as session:
            household_id = refresh.household_of(session, one.calendar_id)
            if household_id is not None:
                people.lock(session, household_id)  # before its rows: as every review does
            if refresh.record_fetch(session, one, result, now) and household_id is not None:
                permissions.look_again(session, household_id, now)

    def _put_off(self, slot_id: str, now: datetime) -> None:
        """A slot that cannot be reviewed does not keep the others waiting."""
        with db.transaction(self.engine) as session:
            slot = session.get(Slot, slot_id)
            if slot is not None:
                slot.due_at = now + timedelta(minutes=10)
                session.add(slot)
