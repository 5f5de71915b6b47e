"""What a supplier's deliveries teach, and what that does to the next order."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from cloud import db
from cloud.catalogue.tables import Supplier
from cloud.orders import deliveries, service
from cloud.orders.lead_times import Delivered
from cloud.orders.rules import Event
from cloud.orders.service import News
from cloud.orders.tables import LeadTimes, Order
from cloud.people.tables import Household
from cloud.replenishment import ledger
from cloud.replenishment.tables import DecisionRow
from cloud.views import coming, supplies
from tests.orders_world import START, SUPPLIER, build
from tests.reviewing import DAY, Home
from tests.support.at_once import at_once
from tests.support.statements import asked_of
from tests.web_api_world import World as Web


@pytest.fixture
def world(database_url):
    made = build(database_url)
    yield made
    made.engine.dispose()


def left(world, **changes):
    """It has left on a Monday morning."""
    order = world.schedule(send_at=world.clock.now(), **changes)
    world.send()
    return order


def tell(world, order, event, **said):
    with db.transaction(world.engine) as session:
        service.happened(session, world.ids, order.id, News(event, **said), world.clock.now())


def known(world) -> list[Delivered]:
    with db.reading(world.engine) as session:
        return deliveries.of_supplier(session, SUPPLIER)


def test_what_came_teaches_once_how_many_working_days_it_took_and_by_whom(world):
    order = left(world)
    tell(world, order, Event.SHIPPED, carrier="Swift")
    world.clock.advance(3 * DAY)
    tell(world, order, Event.DELIVERED, at=world.clock.now())
    tell(world, order, Event.DELIVERED, at=world.clock.now() + DAY)

    assert known(world) == [Delivered(3, "swift")]
    assert world.order(order.id).carrier == "Swift"


def test_news_that_was_long_on_its_way_teaches_the_day_on_which_it_came(world):
    order = left(world)
    world.clock.advance(9 * DAY)
    tell(world, order, Event.DELIVERED, at=START + DAY)

    assert known(world) == [Delivered(1)]


@pytest.mark.parametrize("told", [START - DAY, START + 40 * DAY, datetime(2026, 1, 1)])  # noqa: DTZ001
def test_a_moment_at_which_it_cannot_have_come_is_not_believed(world, told):
    order = left(world)
    world.clock.advance(2 * DAY)
    tell(world, order, Event.DELIVERED, at=told)

    assert known(world) == [Delivered(2)]


def test_what_was_to_wait_for_a_day_and_what_nobody_knows_the_day_of_teach_nothing(world):
    waited, looked_up = left(world, slot_id=None, deliver_on=date(2026, 3, 20)), left(world, slot_id=None)
    world.clock.advance(9 * DAY)
    tell(world, waited, Event.DELIVERED, at=world.clock.now())
    tell(world, looked_up, Event.DELIVERED)

    assert known(world) == []


def test_no_more_than_the_newest_hundred_are_kept(world):
    for number in range(103):
        order = left(world, slot_id=None)
        tell(world, order, Event.DELIVERED, at=world.clock.now(), carrier=str(number))

    assert [parcel.carrier for parcel in known(world)] == [str(number) for number in range(3, 103)]


def test_the_first_two_that_come_at_once_are_both_remembered(world):
    orders = [left(world, slot_id=None) for _ in range(2)]

    at_once(*[lambda order=order: tell(world, order, Event.DELIVERED, at=world.clock.now()) for order in orders])

    assert known(world) == [Delivered(0)] * 2


def test_an_order_without_a_promise_is_reckoned_by_its_carrier(world):
    order = left(world)
    with db.transaction(world.engine) as session:
        session.get_one(Order, order.id).promised_for = None
        taken = [[1, "swift"], [8, "ox"]] * 40
        session.add(LeadTimes(supplier_id=SUPPLIER, delivered=taken, updated_at=START))

    days = []
    for name in ("Swift", "Ox"):
        with db.transaction(world.engine) as session:
            session.get_one(Order, order.id).carrier = name
            zone = deliveries.working_days(
                session.get_one(Supplier, SUPPLIER), session.get_one(Household, world.household_id)
            ).door
            days += [each.day for each in coming.of_household(session, world.household_id, zone, START)]

    assert days == [date(2026, 3, 3), date(2026, 3, 11)]


def test_what_is_overdue_is_expected_today_and_not_on_a_day_that_has_passed(world):
    order = left(world)
    with db.transaction(world.engine) as session:
        session.get_one(Order, order.id).promised_for = None
        later = START + 30 * DAY
        [overdue] = coming.of_household(session, world.household_id, ZoneInfo("UTC"), later)

    assert overdue.day == later.date()


def test_a_home_has_the_holidays_of_its_address_or_else_of_its_time_zone():
    unity, thanksgiving = date(2026, 10, 3), date(2026, 11, 26)
    berlin = Household(id="a", name="A", time_zone="Europe/Berlin", created_at=START)
    moved = Household(id="b", name="B", time_zone="Europe/Berlin", address={"country": "us"}, created_at=START)
    nowhere = Household(id="c", name="C", time_zone="UTC", created_at=START)

    found = [deliveries.comes_on(home, on_saturday=True) for home in (berlin, moved, nowhere)]

    assert [comes(unity) for comes in found] == [False, True, True]
    assert [comes(thanksgiving) for comes in found] == [True, False, True]


def first_order(home: Home, days: int | None) -> DecisionRow:
    """Of a home whose supplier lately took so many working days."""
    home.move_in()
    home.trust()
    if days is not None:
        with db.transaction(home.engine) as session:
            taken = [[days, ""]] * 60
            session.add(LeadTimes(supplier_id=SUPPLIER, delivered=taken, updated_at=home.now))
    home.passes(18)
    with Session(home.engine) as session:
        rows = select(DecisionRow).where(col(DecisionRow.order_id).is_not(None)).order_by(col(DecisionRow.decided_at))
        return session.exec(rows).first()


@pytest.fixture
def homes(sqlite_files):
    urls = [sqlite_files.fresh(f"slow_{number}", migrated=True) for number in range(2)]
    engines = [db.engine(url) for url in urls]
    yield [Home(engine) for engine in engines]
    for engine, url in zip(engines, urls, strict=True):
        engine.dispose()
        sqlite_files.drop(url)


def test_where_the_supplier_has_become_slow_it_is_ordered_earlier_and_the_reason_is_on_record(homes):
    usual, slow = first_order(homes[0], None), first_order(homes[1], 9)

    assert slow.decided_at <= usual.decided_at - timedelta(days=3)
    assert slow.inputs["lead_days"][1] > slow.inputs["stated_days"][1]
    assert usual.inputs["lead_days"] == usual.inputs["stated_days"]
    assert ledger.replays(slow)
    with Session(homes[1].engine) as session:
        seen = supplies.supply(session, homes[1].household_id, slow.slot_id, homes[1].now)
    assert seen.parcels_are_slower


@pytest.mark.parametrize(
    ("closed", "leaves_on"), [([], date(2026, 3, 24)), (["2026-03-23/2026-03-27"], date(2026, 3, 20))]
)
def test_what_waits_for_the_day_of_return_leaves_before_the_supplier_shuts(homes, closed, leaves_on):
    home = homes[0]
    home.move_in()
    home.trust()
    with db.transaction(home.engine) as session:
        session.get_one(Supplier, SUPPLIER).closed = closed
    home.passes(15)
    home.away(date(2026, 3, 18), date(2026, 3, 27))
    home.passes(1)

    with Session(home.engine) as session:
        order = session.exec(select(Order)).one()
    assert (order.deliver_on, order.send_at.date()) == (date(2026, 3, 28), leaves_on)


def test_a_decision_of_a_time_that_knew_only_the_supplier_s_word_replays(homes):
    row = first_order(homes[0], None)

    row.inputs = {name: value for name, value in row.inputs.items() if name != "stated_days"}

    assert ledger.replays(row)


def test_the_page_says_that_the_supplier_has_become_slow(homes):
    web = Web(homes[0])
    with db.transaction(web.home.engine) as session:
        session.add(LeadTimes(supplier_id=SUPPLIER, delivered=[[9, ""]] * 60, updated_at=web.home.now))
    web.home.passes(3)
    web.clock.advance(web.home.now - web.clock.now())
    with Session(web.home.engine) as session:
        slot_id = web.home.slot(session).id

    page = web.ada.get(f"/supplies/{slot_id}").text
    order = web.ada.get(f"/supplies/{slot_id}/order").text

    assert "Its last parcels were slower: the supplier says 1 to 5 days." in page
    assert "1 to 5 days" not in order
    assert re.search("to 1[0-9] days", order)


def test_a_review_asks_once_what_has_been_delivered_however_much_that_is(homes):
    home = homes[0]
    home.move_in()
    home.passes(2)
    found = []
    for count in (0, 100):
        with db.transaction(home.engine) as session:
            session.merge(LeadTimes(supplier_id=SUPPLIER, delivered=[[2, ""]] * count, updated_at=home.now))
        with asked_of(home.engine) as asked:
            home.review()
        found.append([statement for statement in asked if "lead_times" in statement])

    assert [len(statements) for statements in found] == [1, 1]
