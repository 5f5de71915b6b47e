from datetime import date, timedelta

import pytest

from cloud import db
from cloud.orders import service, shelf, views
from cloud.orders.rules import Refusal, State
from cloud.orders.tables import Order
from simulator.supplier.warehouse import Habits
from tests.orders_world import MILK, START, build, on_shelf, story


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


def in_transit(world):
    with db.reading(world.engine) as session:
        return views.in_transit(session, world.household_id, MILK)


def test_an_order_goes_out_ships_arrives_and_stands_on_the_shelf(world):
    order = world.schedule(quantity=2)
    world.on_time(hours=23)
    assert world.state(order) is State.SCHEDULED
    assert in_transit(world) == 2

    world.on_time(hours=24 * 7)

    assert world.state(order) is State.DELIVERED
    assert story(world, order) == ["scheduled", "start", "accepted", "shipped", "delivered"]
    assert (on_shelf(world), in_transit(world)) == (2, 0)


def test_what_a_pack_of_four_brings_is_four(world):
    order = world.schedule(quantity=1, packs_each=4)
    assert in_transit(world) == 4

    world.on_time(hours=24 * 8)

    assert world.state(order) is State.DELIVERED
    assert on_shelf(world) == 4


def test_installing_takes_one_from_the_shelf_and_can_be_undone(world):
    world.schedule(quantity=2)
    world.on_time(hours=24 * 8)
    with db.transaction(world.engine) as session:
        booking = shelf.installed(session, world.ids, world.slot_id, world.clock.now())
        assert booking is not None
    assert on_shelf(world) == 1

    with db.transaction(world.engine) as session:
        shelf.undo(session, world.ids, world.household_id, booking.id, world.clock.now())
        again = shelf.undo(session, world.ids, world.household_id, booking.id, world.clock.now())

    assert on_shelf(world) == 2
    assert again is Refusal.NOTHING_TO_UNDO


def test_the_shelf_is_what_the_customer_counts_and_never_less_than_nothing(world):
    with db.transaction(world.engine) as session:
        assert shelf.installed(session, world.ids, world.slot_id, START) is None
        counted = shelf.correct_shelf(session, world.ids, world.household_id, MILK, 2, START)
        assert counted is not None
        shelf.installed(session, world.ids, world.slot_id, START)
        shelf.undo(session, world.ids, world.household_id, counted.id, START)

    assert on_shelf(world) == 0


def test_another_household_cannot_undo_our_bookings(world):
    with db.transaction(world.engine) as session:
        counted = shelf.correct_shelf(session, world.ids, world.household_id, MILK, 2, START)
        assert counted is not None
        assert shelf.undo(session, world.ids, "x" * 32, counted.id, START) is Refusal.NOTHING_TO_UNDO


def test_a_slot_has_at_most_one_open_order(world):
    first = world.schedule()

    assert world.try_schedule() is Refusal.OPEN_ORDER
    world.cancel(first)
    assert isinstance(world.try_schedule(), Order)


def test_the_database_itself_holds_the_one_open_order_per_slot(world, monkeypatch):
    world.schedule()
    blind = iter([None])  # as when another has ordered since we looked
    real = service.open_for_slot
    monkeypatch.setattr(service, "open_for_slot", lambda session, slot: next(blind, real(session, slot)))

    assert world.try_schedule() is Refusal.OPEN_ORDER


def test_inside_the_window_a_cancellation_is_immediate_and_nothing_leaves(world):
    order = world.schedule()
    world.on_time(hours=5)

    assert world.cancel(order).state is State.CANCELLED
    world.on_time(hours=48)

    assert world.warehouse.parcels == {}
    assert world.state(order) is State.CANCELLED


def test_after_the_window_the_suppliers_answer_decides(world):
    order = world.schedule()
    world.on_time(hours=25)
    assert world.state(order) is State.ACCEPTED

    assert world.cancel(order).state is State.ACCEPTED
    world.send()

    assert world.state(order) is State.CANCELLED
    world.on_time(hours=24 * 8)
    assert world.state(order) is State.CANCELLED
    assert on_shelf(world) == 0


def test_a_cancellation_that_comes_too_late_is_noted_and_the_order_goes_on(world):
    order = world.schedule()
    world.on_time(hours=25)
    parcel = world.warehouse.parcels[order.reference]
    world.clock.jump(parcel.ships_at + timedelta(minutes=1))  # it has left, and nobody has told us yet

    world.cancel(order)
    world.send()

    assert world.state(order) is State.SHIPPED
    assert "cancel_refused" in story(world, order)
    assert world.cancel(order) is Refusal.TOO_LATE


def test_cancelling_twice_asks_the_supplier_once(world):
    order = world.schedule()
    world.on_time(hours=25)

    world.cancel(order)
    world.cancel(order)

    assert story(world, order).count("cancel_asked") == 1


def test_a_held_order_leaves_when_the_holiday_allows_and_arrives_on_the_day_of_return(world):
    order = world.schedule()
    back = date(2026, 3, 20)
    with db.transaction(world.engine) as session:
        service.hold(session, order.id, START + timedelta(days=14), "holiday", world.clock.now(), deliver_on=back)
    world.on_time(hours=24 * 13)
    assert world.state(order) is State.HELD
    assert world.warehouse.parcels == {}

    world.on_time(hours=24 * 8)

    assert world.state(order) is State.DELIVERED
    assert world.order(order.id).delivered_at.date() == back


def test_send_now_ends_the_window_at_once(world):
    order = world.schedule()
    with db.transaction(world.engine) as session:
        service.send_now(session, order.id, world.clock.now())

    world.send()

    assert world.state(order) is State.ACCEPTED


def test_the_quantity_changes_only_before_it_leaves(world):
    order = world.schedule(quantity=1)
    with db.transaction(world.engine) as session:
        service.change_quantity(session, order.id, 3, START)
        assert service.change_quantity(session, order.id, 0, START) is Refusal.BAD_QUANTITY
    world.on_time(hours=25)

    assert world.warehouse.parcels[order.reference].quantity == 3
    with db.transaction(world.engine) as session:
        assert service.change_quantity(session, order.id, 4, START) is Refusal.TOO_LATE
