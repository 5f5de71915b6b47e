"""Which events of a fold that was done again are news."""

from datetime import UTC, datetime, timedelta

from cloud.consumption.course import Happened
from cloud.consumption.news import known_before
from cloud.consumption.values import Event

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def happened(kind, day, since=None):
    at = START + day * DAY
    return Happened(Event(kind, at, 0.1), at - DAY / 24 if since is None else START + since * DAY)


def test_the_same_event_is_no_news():
    assert known_before([happened("emptied", 3)], [happened("emptied", 3)]) == {0: 0}


def test_how_much_was_left_of_a_pack_may_become_another_number():
    assert known_before([happened("swapped_early", 3)], [happened("replaced", 3)]) == {0: 0}


def test_a_pack_that_ran_empty_is_another_event_than_its_change():
    assert known_before([happened("emptied", 3)], [happened("replaced", 3)]) == {}


def test_a_change_somewhere_in_a_week_without_readings_is_the_one_that_was_seen_at_its_end():
    assert known_before([happened("replaced", 8, since=1)], [happened("replaced", 3)]) == {0: 0}


def test_of_two_changes_in_that_week_one_is_news():
    found = [happened("replaced", 3), happened("replaced", 7.9)]

    assert known_before([happened("replaced", 8, since=1)], found) == {1: 0}


def test_each_event_that_was_told_stands_for_one():
    told = [happened("refilled", 3), happened("refilled", 3.5)]
    found = [happened("refilled", 3), happened("refilled", 3.2), happened("refilled", 3.5)]

    assert known_before(told, found) == {0: 0, 2: 1}


def test_days_apart_is_not_the_same():
    assert known_before([happened("replaced", 3)], [happened("replaced", 5)]) == {}
