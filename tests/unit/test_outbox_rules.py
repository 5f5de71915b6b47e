from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloud.outbox.rules import pause_after, urgent_pause_after


@given(st.integers(-1, 50), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_between_four_seconds_and_thirty_hours(attempt, chance):
    assert timedelta(seconds=4) <= pause_after(attempt, chance) <= timedelta(hours=30)


def test_each_pause_is_longer_than_the_one_before_whatever_the_chance():
    longest = [pause_after(n, 0.999) for n in range(1, 5)]
    shortest = [pause_after(n, 0.0) for n in range(2, 6)]

    assert all(before < after for before, after in zip(longest, shortest, strict=True))


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_what_is_urgent_is_tried_again_within_the_minute(attempt, chance):
    assert timedelta(seconds=0.7) <= urgent_pause_after(attempt, chance) <= timedelta(seconds=36)
