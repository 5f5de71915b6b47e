from datetime import timedelta

import pytest

from cloud import db, outbox
from cloud.orders import service
from cloud.orders.rules import State
from cloud.orders.tables import Order
from simulator.supplier.warehouse import Fault, Habits
from tests.orders_world import START, build, on_shelf, story


@pytest.fixture
def world(database_url):
    made = build(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def habits_world(database_url):
    made = []

    def start(*faults, **habits):
        made.append(build(database_url, Habits(scripted=faults, **habits)))
        return made[-1]

    yield start
    for each in made:
        each.engine.dispose()


def test_a_supplier_that_takes_the_order_and_never_answers_gets_exactly_one(habits_world):
    world = habits_world(Fault.SILENT_ACCEPT)
    order = world.schedule(send_at=START)
    world.send()
    assert world.state(order) is State.UNKNOWN

    world.clock.advance(timedelta(seconds=10))
    world.send()

    assert world.state(order) is State.ACCEPTED
    assert len(world.warehouse.parcels) == 1
    assert story(world, order) == ["scheduled", "start", "uncertain", "start", "accepted"]


def test_an_order_lost_on_its_way_there_is_looked_up_and_sent_again(habits_world):
    world = habits_world(Fault.SILENT_DROP, Fault.ERROR)
    order = world.schedule(send_at=START)

    world.on_time(hours=1, step_hours=0.1)

    assert world.state(order) is State.ACCEPTED
    assert len(world.warehouse.parcels) == 1


def test_a_sender_killed_after_sending_does_not_order_twice(world):
    order = world.schedule(send_at=START)
    with db.transaction(world.engine) as session:
        [job] = outbox.claim(session, [service.PLACE], world.clock.now())
    world.dispatch.place(job, world.clock.now())  # it went out; the outcome is never recorded
    assert len(world.warehouse.parcels) == 1
    assert world.state(order) is State.SENDING

    world.on_time(hours=1)

    assert world.state(order) is State.ACCEPTED
    assert len(world.warehouse.parcels) == 1


def test_a_refusal_closes_the_order_with_its_reason(habits_world):
    world = habits_world(Fault.REFUSE)
    order = world.schedule(send_at=START)

    world.send()

    assert world.state(order) is State.REFUSED
    assert world.order(order.id).code == "out_of_stock"


def test_of_a_partial_delivery_only_what_came_is_on_the_shelf(habits_world):
    world = habits_world(Fault.PARTIAL)
    order = world.schedule(quantity=4)

    world.on_time(hours=24 * 8)

    assert world.state(order) is State.PARTIAL
    assert on_shelf(world) == 2
    assert isinstance(world.try_schedule(), Order)


def test_a_lost_parcel_frees_the_slot_for_a_new_order(habits_world):
    world = habits_world(Fault.FAIL)
    order = world.schedule()

    world.on_time(hours=24 * 8)

    assert world.state(order) is State.FAILED
    assert on_shelf(world) == 0
    assert isinstance(world.try_schedule(), Order)


def test_a_cancellation_overtakes_an_order_whose_fate_is_unknown(habits_world):
    world = habits_world(Fault.SILENT_DROP)
    order = world.schedule(send_at=START)
    world.send()
    assert world.state(order) is State.UNKNOWN

    world.cancel(order)
    world.on_time(hours=2, step_hours=0.1)

    assert world.state(order) is State.CANCELLED
    assert world.warehouse.parcels == {}


def test_a_supplier_out_of_reach_for_days_ends_the_order_without_guessing(world):
    order = world.schedule(send_at=START)
    world.desk._token = "changed"

    world.on_time(hours=24 * 10, step_hours=6)

    assert world.state(order) is State.FAILED
    assert world.warehouse.parcels == {}


def test_news_that_got_lost_are_fetched_and_the_slot_is_free_again(world):
    order = world.schedule(send_at=START)
    world.send()
    days_without_news(world, 6)
    assert world.state(order) is State.ACCEPTED

    days_without_news(world, 3)

    assert world.state(order) is State.DELIVERED
    assert isinstance(world.try_schedule(), Order)


def days_without_news(world, days):
    """The courier's webhooks arrive nowhere."""
    for _ in range(days * 4):
        world.clock.advance(timedelta(hours=6))
        world.send()
