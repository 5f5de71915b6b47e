import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cloud.orders import lead_times
from cloud.orders.lead_times import WorkingDays
from simulator.supplier.desk import Desk, Request
from simulator.supplier.warehouse import Fault, Habits, Warehouse
from simulator.supplier.week import Week

BERLIN = ZoneInfo("Europe/Berlin")
GERMAN = Week(BERLIN, country="DE")
FRIDAY = datetime(2026, 3, 6, 13, tzinfo=UTC)  # 14:00 in Berlin


def warehouse(week: Week = GERMAN, days: tuple[float, float, float] = (1, 1, 1)) -> Warehouse:
    return Warehouse(Habits(lead_days=days, week=week), random.Random(1))  # noqa: S311 - repeatable on purpose


def came_on(week: Week, ordered_at: datetime) -> date:
    return warehouse(week).accept("a", 1, None, Fault.NONE, ordered_at).arrives_at.astimezone(BERLIN).date()


def test_what_is_ordered_on_friday_before_the_cut_off_comes_on_saturday_and_later_on_tuesday():
    assert came_on(GERMAN, FRIDAY) == date(2026, 3, 7)
    assert came_on(GERMAN, FRIDAY + timedelta(hours=1)) == date(2026, 3, 10)
    assert came_on(Week(BERLIN, on_saturday=False), FRIDAY) == date(2026, 3, 9)


def test_over_easter_it_rests():
    assert came_on(GERMAN, datetime(2026, 4, 2, 8, tzinfo=UTC)) == date(2026, 4, 4)
    assert came_on(GERMAN, datetime(2026, 4, 2, 18, tzinfo=UTC)) == date(2026, 4, 8)


def test_what_should_wait_for_a_sunday_comes_on_monday():
    parcel = warehouse().accept("a", 1, date(2026, 3, 22), Fault.NONE, FRIDAY)

    assert parcel.arrives_at.astimezone(BERLIN).date() == date(2026, 3, 23)


def test_a_carrier_is_named_once_it_has_the_parcel_and_may_be_slower():
    week = Week(BERLIN, carriers={"Ox": 3})
    stock = warehouse(week)
    desk = Desk(stock, "token", "whsec_" + "c2VjcmV0" * 4)
    stock.accept("a", 1, None, Fault.NONE, FRIDAY)
    ask = Request("GET", "/v1/orders?reference=a", {"authorization": "Bearer token"}, b"")

    before, after = (desk.answer(ask, FRIDAY + timedelta(hours=hours)).body for hours in (1, 9))

    assert "carrier" not in before
    assert after["carrier"] == "Ox"
    assert stock.parcels["a"].arrives_at.astimezone(BERLIN).date() == date(2026, 3, 11)


@pytest.mark.parametrize("days", [1, 2, 4])
def test_the_cloud_counts_the_same_working_days_as_the_supplier(days):
    """Two programs that know nothing of each other, through a year of orders."""
    known = WorkingDays(15, BERLIN, GERMAN.is_open, GERMAN.comes_on, BERLIN)
    stock = warehouse(days=(days, days, days))
    at, found = datetime(2026, 1, 1, tzinfo=UTC), set()

    for number in range(400):
        at += timedelta(hours=22, minutes=17)
        parcel = stock.accept(str(number), 1, None, Fault.NONE, at)
        found.add(lead_times.days_taken(known, at, parcel.arrives_at.astimezone(BERLIN).date()))

    assert found == {days}
