"""One row of the supplies table to a level: sentinels stay sentinels, and no number is invented."""

import pytest

from contract.fields import WITH_VALUE, Quality, Supply
from edge.sensors.snmp_level import judged
from edge.sensors.snmp_table import PERCENT_UNIT, Row

IMPRESSIONS, ITEMS = 7, 18


def level(level, capacity, unit=None, supply=Supply.CONSUMABLE):
    found = judged(Row(1, 1, level=level, capacity=capacity, unit=unit), supply)
    assert (found.value is None) is (found.quality not in WITH_VALUE)
    assert (found.value is None) is (found.resolution is None)
    return found.value, found.quality, found.basis


@pytest.mark.parametrize(
    ("told", "quality", "basis"),
    [
        (-1, Quality.UNKNOWN, "unrestricted"),
        (-2, Quality.UNKNOWN, "unknown"),
        (-3, Quality.SOME, "some_left"),
        (-100, Quality.IMPLAUSIBLE, "negative"),
        (None, Quality.UNKNOWN, "missing"),
    ],
)
@pytest.mark.parametrize("capacity", [None, -2, 0, 100, 25_000])
@pytest.mark.parametrize("supply", Supply)
def test_a_sentinel_is_never_a_number(told, quality, basis, capacity, supply):
    assert level(told, capacity, PERCENT_UNIT, supply) == (None, quality, basis)


def test_a_level_through_its_capacity_is_what_is_left():
    assert level(1060, 5300) == (0.2, Quality.GOOD, "ratio")
    assert level(0, 100) == (0.0, Quality.GOOD, "ratio")


def test_a_wrong_unit_changes_nothing_where_there_is_a_capacity():
    assert level(1_414_746, 2_829_492, ITEMS) == (0.5, Quality.GOOD, "ratio")


@pytest.mark.parametrize("capacity", [-2, -1, 0, None])
def test_percent_needs_no_capacity_and_what_may_be_percent_is_only_taken_for_it(capacity):
    assert level(9, capacity, PERCENT_UNIT) == (0.09, Quality.GOOD, "percent")
    assert level(9, capacity) == (0.09, Quality.COARSE, "assumed_percent")
    assert level(9, capacity, IMPRESSIONS) == (None, Quality.UNKNOWN, "no_capacity")
    assert level(101, capacity) == (None, Quality.UNKNOWN, "no_capacity")


@pytest.mark.parametrize("capacity", [-2, 0, None])
def test_zero_without_a_capacity_is_not_empty(capacity):
    assert level(0, capacity) == (None, Quality.UNKNOWN, "no_capacity")


def test_a_little_more_than_full_is_full_and_much_more_cannot_be():
    assert level(105, 100) == (1.0, Quality.COARSE, "clamped")
    assert level(150, 100) == (None, Quality.IMPLAUSIBLE, "above_full")


def test_few_steps_are_coarse():
    found = judged(Row(1, 1, level=3, capacity=4), Supply.CONSUMABLE)

    assert (found.value, found.quality, found.resolution) == (0.75, Quality.COARSE, 0.25)


def test_a_receptacle_says_what_space_is_left_and_is_no_more_than_a_hint():
    assert level(5, 100, None, Supply.RECEPTACLE) == (0.05, Quality.COARSE, "space_left")
    assert level(100, -2, None, Supply.RECEPTACLE) == (1.0, Quality.COARSE, "assumed_space_left")
    assert level(-3, -2, None, Supply.RECEPTACLE) == (None, Quality.SOME, "some_left")
