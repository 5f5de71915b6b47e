"""Nothing is ordered from a sentinel, a stale value, one reading, a zero that nobody saw coming, or what is no ink."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from cloud import db
from cloud.devices.tables import Slot
from cloud.orders.tables import Order
from cloud.replenishment.tables import DecisionRow
from contract.fields import Quality
from tests.reviewing import DAY, Home


@pytest.fixture
def home(database_url: str):
    engine = db.engine(database_url)
    made = Home(engine)
    made.move_in()
    made.trust()
    yield made
    engine.dispose()


def orders(home):
    with Session(home.engine) as session:
        return list(session.exec(select(Order)))


def last_reasons(home):
    with Session(home.engine) as session:
        newest = select(DecisionRow).order_by(col(DecisionRow.decided_at).desc(), col(DecisionRow.id).desc())
        return session.exec(newest).first().reasons


def days_of(home, days, value, quality=Quality.GOOD):
    for _ in range(days * 4):
        home.now += DAY / 4
        home.reads(value, quality=quality)


@pytest.mark.parametrize("quality", [Quality.SOME, Quality.UNKNOWN, Quality.STALE, Quality.IMPLAUSIBLE])
def test_a_printer_that_never_says_how_much_orders_nothing(home, quality):
    days_of(home, 30, None, quality)

    assert orders(home) == []
    assert last_reasons(home) == ["no_forecast"]


def test_sentinels_after_a_good_value_do_not_keep_it_fresh(home):
    home.passes(10)
    assert orders(home) == []

    days_of(home, 10, None, Quality.SOME)

    assert orders(home) == []
    assert last_reasons(home) == ["stale"]


def test_a_sentinel_between_good_values_is_no_use_and_no_new_cartridge(home):
    home.passes(5)
    home.now += timedelta(hours=1)
    home.reads(None, quality=Quality.UNKNOWN)
    home.passes(1)

    assert orders(home) == []
    assert last_reasons(home) == ["enough_left"]


def test_a_single_reading_near_the_end_orders_nothing(home):
    home.now += DAY
    home.reads(0.03)

    assert orders(home) == []
    assert last_reasons(home) == ["one_reading"]


def test_one_low_reading_among_high_ones_orders_nothing(home):
    home.passes(3)
    home.now += timedelta(hours=1)
    home.reads(0.0)

    assert orders(home) == []


def test_a_level_that_was_zero_from_the_first_reading_on_orders_nothing(home):
    days_of(home, 30, 0.0)

    assert orders(home) == []
    assert last_reasons(home) == ["zero_unseen"]


def test_a_new_cartridge_that_the_printer_shows_as_empty_is_not_ordered_again(home):
    home.passes(5)
    home.serial = "REFILL-1"
    days_of(home, 30, 0.0)

    assert orders(home) == []
    assert last_reasons(home) == ["zero_unseen"]


def test_once_it_has_shown_a_level_it_is_ordered_as_ever(home):
    days_of(home, 2, 0.0)
    home.level = 1.0
    home.passes(18)

    assert len(orders(home)) == 1


@pytest.mark.parametrize("supply", ["part", "receptacle"])
def test_what_is_no_ink_is_never_ordered_from_its_level(home, supply):
    with Session(home.engine) as session, session.begin():
        slot = session.exec(select(Slot)).one()
        slot.supply = supply
        session.add(slot)
    home.passes(25)

    assert orders(home) == []
    assert last_reasons(home) == ["not_a_consumable"]
