"""What was allowed when it was ordered can be taken back: then it does not leave, whatever the supplier's line does."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from cloud import db, outbox
from cloud.catalogue.tables import Supplier
from cloud.flows import allowing, arrivals, order_news, ordering, permissions
from cloud.orders.rules import BY_CUSTOMER, State
from cloud.orders.sending import Dispatch
from cloud.orders.supplier_api import OrderStatus
from cloud.orders.supplier_client import Answer, Known, NotKnown, NotSent, Uncertain
from cloud.orders.tables import Order
from cloud.outbox.tables import OutboxRow
from cloud.people.tables import Household
from cloud.replenishment.tables import Mandate, MandateUse
from kit.clock import ManualClock
from tests.reviewing import DAY, Home


@dataclass
class FakeSupplier:
    """Answers as it is told to, and remembers what reached it."""

    answer: str = "accepts"
    placed: dict[str, str] = field(default_factory=dict)  # reference: state

    def place(self, _access, order, _key) -> Answer:
        if self.answer == "unreachable":
            return NotSent("connection_refused")
        if self.answer == "errors":
            return Uncertain("http_503")
        self.placed[order.reference] = "accepted"
        return self._known(order.reference)

    def find(self, _access, reference) -> Answer:
        return self._known(reference) if reference in self.placed else NotKnown()

    def cancel(self, _access, reference, _key) -> Answer:
        if reference not in self.placed:
            return NotKnown()
        self.placed[reference] = "cancelled"
        return self._known(reference)

    def _known(self, reference: str) -> Known:
        return Known(OrderStatus(reference=reference, id="s-1", status=self.placed[reference]))


@dataclass
class Sending:
    """The outbox of orders, worked off as the jobs do."""

    home: Home
    supplier: FakeSupplier = field(default_factory=FakeSupplier)

    def days(self, days: float) -> None:
        for _ in range(int(days * 8)):
            self.home.now += DAY / 8
            self.once()

    def once(self) -> None:
        home = self.home

        def on_change(session, change, now: datetime) -> None:
            order_news.on_change(session, home.new_id, change, now)

        dispatch = Dispatch(home.engine, self.supplier, home.new_id, on_change, allowing.may_leave)
        outbox.send_due(home.engine, dispatch.senders(), ManualClock(home.now), random.Random(1))  # noqa: S311 - repeatable

    def order(self) -> Order:
        with Session(self.home.engine) as session:
            return session.exec(select(Order).order_by(Order.scheduled_at)).first()

    def money_is_back(self) -> bool:
        with Session(self.home.engine) as session:
            return session.exec(select(MandateUse)).first().released_at is not None


@pytest.fixture
def home(database_url: str):
    engine = db.engine(database_url)
    made = Home(engine)
    made.move_in()
    made.trust()
    made.passes(18)
    yield made
    engine.dispose()


@pytest.fixture
def sending(home) -> Sending:
    return Sending(home)


def test_an_order_that_nothing_stands_against_leaves(sending):
    sending.days(2)

    assert sending.order().state is State.ACCEPTED


def test_an_order_on_its_third_try_does_not_leave_after_consent_is_withdrawn(home, sending):
    sending.supplier.answer = "unreachable"
    sending.days(2)
    assert sending.order().state is State.SENDING

    home.allow("order", given=False)
    sending.supplier.answer = "accepts"
    sending.days(4)

    assert sending.supplier.placed == {}
    assert sending.order().state is State.CANCELLED
    assert sending.money_is_back()


def test_what_may_have_arrived_is_asked_back_and_its_money_waits_for_the_answer(home, sending):
    sending.supplier.answer = "errors"
    sending.days(1.5)
    assert sending.order().state is State.UNKNOWN

    home.allow("order", given=False)
    assert not sending.money_is_back()
    sending.days(2)

    assert sending.order().state is State.CANCELLED
    assert sending.money_is_back()


def test_signing_anew_stops_what_the_ended_agreement_has_ordered(home, sending):
    home.sign(ceiling=100)

    assert sending.order().state is State.CANCELLED
    assert sending.money_is_back()


def test_what_waits_beyond_the_last_day_of_its_agreement_does_not_leave(home, sending):
    with db.transaction(home.engine) as session:
        mandate = session.get_one(Mandate, sending.order().mandate_id)
        mandate.expires_at = home.now
        session.add(mandate)
    sending.days(2)

    assert sending.supplier.placed == {}
    assert sending.order().state is State.CANCELLED


def test_an_order_that_never_arrived_frees_its_slot_in_the_end(sending):
    sending.supplier.answer = "errors"
    sending.days(12)

    assert sending.order().state is State.CANCELLED
    assert sending.money_is_back()


def test_however_often_it_is_tried_one_look_waits_for_it(home, sending):
    sending.supplier.answer = "unreachable"
    sending.days(3)

    with Session(home.engine) as session:
        looks = session.exec(select(OutboxRow).where(OutboxRow.topic == "order.look")).all()
    assert len(looks) == 1


def test_a_pause_on_the_likely_day_of_arrival_puts_off_what_has_not_left(home, sending):
    order = sending.order()
    home.now = order.send_at - timedelta(hours=1)
    with Session(home.engine) as session:
        way = arrivals.route(
            session, session.get_one(Household, home.household_id), session.get_one(Supplier, order.supplier_id)
        )
    likely = arrivals.likely_day(way, order.send_at)
    home.away(likely, likely)
    home.review()

    assert sending.order().state is State.HELD
    assert sending.order().deliver_on == likely + timedelta(days=1)


def test_a_persons_hold_is_not_ended_by_a_holiday(home, sending):
    until = home.now + 30 * DAY
    with db.transaction(home.engine) as session:
        ordering.hold(session, home.household_id, sending.order().id, until, home.now)
    first = home.now.date() + timedelta(days=3)
    home.away(first, first + timedelta(days=6))
    home.review()

    assert sending.order().send_at == until
    assert sending.order().hold_reason == BY_CUSTOMER


def test_a_person_who_sends_it_anyway_is_not_overruled_by_their_calendar(home, sending):
    first = home.now.date()
    home.away(first, first + timedelta(days=9))
    home.review()
    assert sending.order().state is State.HELD

    with db.transaction(home.engine) as session:
        ordering.send_anyway(session, home.household_id, sending.order().id, home.now)
    home.review()
    sending.once()

    assert sending.order().state is State.ACCEPTED


def test_a_holiday_that_is_called_off_lets_it_come_as_it_would(home, sending):
    first: date = home.now.date()
    home.away(first, first + timedelta(days=9))
    home.review()
    assert sending.order().deliver_on is not None

    home.back()
    home.review()

    assert (sending.order().state, sending.order().deliver_on) == (State.SCHEDULED, None)


def test_the_mark_of_a_change_is_set_for_every_slot_of_the_home(home):
    with db.transaction(home.engine) as session:
        permissions.look_again(session, home.household_id, home.now)
    with Session(home.engine) as session:
        assert home.slot(session).due_at == home.now
