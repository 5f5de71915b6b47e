"""Who is called next, when a timer is due, and whether a fall would be noticed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.emergencies import rules
from cloud.emergencies.rules import BandSeen, Place, Standing

NOW = datetime(2026, 3, 2, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
contacts = st.lists(st.sampled_from("abcdef"), unique=True)


@given(contacts, st.integers(1, 5))
def test_everybody_is_called_once_in_each_round_and_then_staff(order, rounds):
    place, called, seen = Place(1, None), set(), []
    for _ in range(len(order) * rounds + 1):
        before, place = place.round, rules.next_place(place.round, order, called, rounds)
        called = set() if place.round != before else called
        called.add(place.contact_id)
        seen.append(place.contact_id)

    assert seen == [*order * rounds, None]


@given(contacts, st.sets(st.sampled_from("abcdef")), st.integers(1, 5))
def test_nobody_is_called_who_is_no_contact_any_more(order, called, round_):
    assert rules.next_place(round_, order, called, 5).contact_id in {*order, None}


@pytest.mark.parametrize(
    ("next_at", "set_at", "is_due"),
    [
        (None, None, False),
        (NOW, NOW - MINUTE, True),
        (NOW + MINUTE, NOW, False),
        (NOW + 2 * MINUTE, NOW + MINUTE / 2, False),  # two machines differ by seconds
        (NOW + 300 * MINUTE, NOW + 299 * MINUTE, True),  # the clock stepped back
    ],
)
def test_a_timer_is_due_in_its_time_or_when_the_clock_stepped_back(next_at, set_at, is_due):
    assert rules.is_due(next_at, set_at, NOW) is is_due


@given(st.datetimes(timezones=st.just(UTC)) | st.none(), st.timedeltas(timedelta(), timedelta(days=1)))
def test_silence_is_never_a_confirmation_before_the_word_could_come_and_never_much_later(happened_at, confirm_in):
    by = rules.confirm_by(happened_at, NOW, confirm_in)

    assert NOW + rules.GRACE <= by <= NOW + rules.LONGEST_CONFIRM + rules.GRACE


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, Standing.ON),
        ({"battery_fraction": 0.1}, Standing.LOW_BATTERY),
        ({"battery_fraction": None, "is_worn": None}, Standing.ON),
        ({"is_worn": False}, Standing.NOT_WORN),
        ({"is_reachable": False}, Standing.SILENT),
        ({"heard_at": NOW - timedelta(minutes=46)}, Standing.SILENT),
        ({"heard_at": None}, Standing.WAITING),
        ({"is_confirmed": False}, Standing.WAITING),
        ({"is_allowed": False}, Standing.OFF),
    ],
)
def test_what_is_known_of_a_band_says_whether_a_fall_would_be_noticed(changed, expected):
    known = {
        "is_allowed": True, "is_confirmed": True, "heard_at": NOW - MINUTE, "is_reachable": True, "is_worn": True,
        "battery_fraction": 0.8,
    }  # fmt: skip

    assert rules.standing(BandSeen(**known | changed), NOW) is expected


def test_without_a_band_nothing_is_noticed():
    assert rules.standing(None, NOW) is Standing.OFF


@pytest.mark.parametrize(("hour", "told"), [(22, False), (3, False), (6, False), (7, True), (12, True), (21, True)])
def test_what_can_be_mended_in_the_morning_wakes_nobody(hour, told):
    local = NOW.replace(hour=hour)

    assert rules.is_told_now(Standing.ON, Standing.LOW_BATTERY, local) is told
    assert rules.is_told_now(Standing.NOT_WORN, Standing.ON, local) is told


@pytest.mark.parametrize(("before", "after"), [
    (Standing.ON, Standing.SILENT), (Standing.SILENT, Standing.ON), (Standing.ON, Standing.OFF),
    (Standing.OFF, Standing.LOW_BATTERY), (Standing.ON, Standing.WAITING), (None, Standing.ON),
])  # fmt: skip
def test_that_nobody_would_notice_a_fall_is_told_at_any_hour(before, after):
    assert rules.is_told_now(before, after, NOW.replace(hour=3))


@pytest.mark.parametrize(
    ("fraction", "said", "stands"),
    [(0.25, True, Standing.LOW_BATTERY), (0.15, False, Standing.ON), (0.15, None, Standing.LOW_BATTERY),
     (0.25, None, Standing.ON)],
)  # fmt: skip
def test_the_band_s_own_word_on_its_battery_counts_where_it_has_one(fraction, said, stands):
    band = BandSeen(
        is_allowed=True, is_confirmed=True, heard_at=NOW, is_reachable=True, is_worn=True, battery_fraction=fraction,
        is_battery_low=said,
    )  # fmt: skip

    assert rules.standing(band, NOW) is stands
