"""How readily a band takes something for a fall: what false, real and missed alarms make of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.emergencies import points
from cloud.emergencies.points import FLOOR_OF_100, FOUND_OF_100, ORDER, QUIETER_AFTER, WITHIN, Ending, judged, quieter
from cloud.emergencies.rules import Disposition
from contract.fields import Point

NOW = datetime(2026, 3, 2, 22, tzinfo=UTC)
DAY = timedelta(days=1)
SENSITIVE, BALANCED, QUIET = Point
FALSE, HELPED = Disposition.FALSE_ALARM, Disposition.HELPED


def after(*dispositions, point=BALANCED, chosen=BALANCED, every=DAY):
    count = len(dispositions)
    endings = [Ending(NOW - (count - 1 - n) * every, disposition) for n, disposition in enumerate(dispositions)]
    return judged(point, chosen, endings, NOW)


def test_three_confirmed_false_alarms_make_it_one_step_quieter_and_two_do_not():
    assert after(FALSE, FALSE) is BALANCED
    assert after(FALSE, FALSE, FALSE) is QUIET
    assert after(FALSE, FALSE, FALSE, point=SENSITIVE, chosen=SENSITIVE) is BALANCED


def test_false_alarms_of_another_season_do_not_count():
    assert after(FALSE, FALSE, FALSE, every=WITHIN / 2 + DAY) is BALANCED


def test_a_real_alarm_between_them_begins_the_count_anew():
    assert after(FALSE, FALSE, HELPED, FALSE) is BALANCED


@pytest.mark.parametrize("real", [Disposition.HELPED, Disposition.WITH_PERSON, Disposition.NO_ANSWER])
def test_a_real_alarm_leads_back_to_what_was_chosen_at_once(real):
    assert after(FALSE, FALSE, FALSE, real, point=QUIET, chosen=SENSITIVE) is SENSITIVE
    assert after(real, point=QUIET, chosen=QUIET) is QUIET


@pytest.mark.parametrize("says_nothing", [Disposition.OTHER, Disposition.DRILL])
def test_what_nobody_called_false_or_real_changes_nothing(says_nothing):
    assert after(FALSE, FALSE, FALSE, says_nothing) is BALANCED


@pytest.mark.parametrize("point", ORDER)
def test_no_step_leads_below_the_floor(monkeypatch, point):
    monkeypatch.setattr(points, "FLOOR_OF_100", FOUND_OF_100[BALANCED])

    assert FOUND_OF_100[quieter(point)] >= min(FOUND_OF_100[point], FOUND_OF_100[BALANCED])
    assert QUIET not in points.allowed()


def test_the_table_is_in_the_order_of_the_points_and_nothing_that_is_offered_lies_below_the_floor():
    found = [FOUND_OF_100[point] for point in ORDER]

    assert found == sorted(found, reverse=True)
    assert {BALANCED} <= set(points.allowed())
    assert all(FOUND_OF_100[point] >= FLOOR_OF_100 for point in points.allowed())


@given(st.lists(st.sampled_from(list(Disposition)), max_size=12), st.sampled_from(ORDER), st.sampled_from(ORDER))
def test_one_ending_never_moves_it_more_than_one_step_quieter_and_only_with_enough_false_ones(told, point, chosen):
    result = after(*told, point=point, chosen=chosen)

    if ORDER.index(result) > ORDER.index(point):
        assert ORDER.index(result) == ORDER.index(point) + 1
        assert told[-QUIETER_AFTER:].count(FALSE) > 0
        assert told.count(FALSE) >= QUIETER_AFTER
