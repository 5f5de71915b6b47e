import random
from datetime import UTC, date, datetime, timedelta

import pytest

from simulator.supplier.warehouse import Fault, Habits, Warehouse

CHANCES = random.Random
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def warehouse(**habits):
    return Warehouse(Habits(**habits), CHANCES(1))


def statuses(told):
    return [one.status for one in told]


def test_an_order_ships_and_then_arrives_within_the_lead_time():
    stock = warehouse()
    stock.accept("a", 1, None, Fault.NONE, NOW)

    told = stock.advance(NOW + timedelta(days=5))

    assert statuses(told) == ["shipped", "delivered"]
    assert NOW + timedelta(days=1) <= told[1].at <= NOW + timedelta(days=4.1)


def test_nothing_arrives_before_the_day_that_was_asked_for():
    stock = warehouse()
    stock.accept("a", 1, date(2026, 3, 20), Fault.NONE, NOW)

    assert stock.advance(datetime(2026, 3, 20, 8, tzinfo=UTC))[-1].status == "shipped"
    assert statuses(stock.advance(datetime(2026, 3, 20, 9, tzinfo=UTC))) == ["delivered"]


def test_orders_of_one_box_come_together_and_others_do_not():
    stock = warehouse()
    first, second, other = (stock.accept(name, 1, None, Fault.NONE, NOW) for name in "abc")
    assert first.arrives_at != second.arrives_at

    stock.put_together(first, "box")
    stock.put_together(second, "box")

    assert (second.ships_at, second.arrives_at) == (first.ships_at, first.arrives_at)
    assert other.arrives_at != first.arrives_at


def test_what_has_left_takes_nothing_more_along():
    stock = warehouse()
    first = stock.accept("a", 1, None, Fault.NONE, NOW)
    stock.put_together(first, "box")
    stock.advance(first.ships_at)
    late = stock.accept("b", 1, None, Fault.NONE, first.ships_at)

    stock.put_together(late, "box")

    assert late.ships_at > first.ships_at


def test_after_the_cut_off_an_order_is_packed_the_next_day():
    stock = warehouse(cut_off_hour=15)

    late = stock.accept("a", 1, None, Fault.NONE, NOW.replace(hour=16))

    assert late.ships_at.date() == date(2026, 3, 3)


@pytest.mark.parametrize(("fault", "end"), [(Fault.FAIL, "failed"), (Fault.PARTIAL, "partial")])
def test_parcels_get_lost_or_come_in_part(fault, end):
    stock = warehouse()
    stock.accept("a", 4, None, fault, NOW)

    assert stock.advance(NOW + timedelta(days=9))[-1].status == end


def test_a_reference_cancelled_before_its_order_came_is_barred():
    stock = warehouse()

    assert stock.cancel("a", NOW) is None
    assert "a" in stock.barred


def test_what_has_left_is_not_cancelled_any_more():
    stock = warehouse()
    parcel = stock.accept("a", 1, None, Fault.NONE, NOW)

    assert stock.cancel("a", parcel.ships_at).status == "accepted"


def test_the_same_seed_tells_the_same_story():
    def story():
        stock = Warehouse(Habits(shares={Fault.FAIL: 0.3, Fault.PARTIAL: 0.3}), CHANCES(4))
        for number in range(30):
            stock.accept(str(number), 3, None, stock.fault_of_next(), NOW)
        return stock.advance(NOW + timedelta(days=9))

    assert story() == story()
