"""Absence is missing exposure: N absent days count exactly nothing, and deliveries wait for the return."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.calendars import rules
from cloud.calendars.rules import DEFAULT_WORDS, Presence
from cloud.consumption import kept

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    ZoneInfo("UTC"),
    ZoneInfo("America/Santiago"),  # its clocks change at midnight
    ZoneInfo("Australia/Lord_Howe"),  # by half an hour
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("America/Havana"),
]
HOUR = timedelta(hours=1)

zones = st.sampled_from(ZONES)
day = st.dates(date(2024, 1, 1), date(2028, 12, 31))
moment = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
interval = st.builds(lambda at, length: (at, at + length), moment, st.timedeltas(timedelta(), timedelta(days=30)))
intervals = st.lists(interval, max_size=8)


def at(text: str, tz: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=tz).astimezone(UTC)


@given(day, st.integers(1, 60), st.integers(0, 20), zones)
def test_absent_days_count_exactly_nothing_and_days_at_home_exactly_one(first, absent, before, tz):
    away = rules.days(first + timedelta(days=before), first + timedelta(days=before + absent - 1), tz)

    by_day = rules.exposure_by_day(first, before + absent + 5, (away,), tz)

    assert by_day[:before].tolist() == [1.0] * before
    assert by_day[before : before + absent].tolist() == [0.0] * absent
    assert by_day[before + absent :].tolist() == [1.0] * 5


@given(day, st.integers(1, 40), zones)
def test_inserting_absent_days_moves_the_day_of_depletion_by_exactly_as_many(first, absent, tz):
    away = rules.days(first + timedelta(days=3), first + timedelta(days=2 + absent), tz)
    stock = 9.5  # days of use

    def runs_out(absences):
        used = np.cumsum(rules.exposure_by_day(first, 90, absences, tz))
        return int(np.searchsorted(used, stock))

    assert runs_out((away,)) - runs_out(()) == absent


@given(intervals, day, st.integers(0, 40), zones, st.floats(0, 1))
def test_exposure_of_days_sums_to_the_exposure_of_the_stretch(raw, first, n_days, tz, factor):
    absences = rules.merge(raw)
    start, end = rules.day_start(first, tz), rules.day_start(first + timedelta(days=n_days), tz)

    by_day = rules.exposure_by_day(first, n_days, absences, tz, factor)

    assert by_day.sum() == pytest.approx(rules.exposure_between(start, end, absences, tz, factor), abs=1e-9)
    assert ((by_day >= 0) & (by_day <= 1)).all()


@given(intervals, moment, moment, moment, zones)
def test_two_parts_of_a_stretch_sum_to_the_whole(raw, a, b, c, tz):
    absences = rules.merge(raw)
    start, middle, end = sorted((a, b, c))

    whole = rules.exposure_between(start, end, absences, tz)

    parts = rules.exposure_between(start, middle, absences, tz) + rules.exposure_between(middle, end, absences, tz)
    assert parts == pytest.approx(whole, abs=1e-9)


@given(intervals, moment)
def test_merged_intervals_cover_the_same_moments_without_touching(raw, when):
    merged = rules.merge(raw)

    assert rules.is_absent(when, merged) == any(start <= when < end for start, end in raw)
    assert all(before[1] < after[0] for before, after in pairwise(merged))
    assert rules.merge(reversed(raw)) == merged


@given(day, zones, st.floats(0, 1))
def test_what_goes_on_when_nobody_is_home_keeps_its_share_exactly(first, tz, factor):
    away = (rules.days(first, first, tz),)

    assert rules.exposure_by_day(first, 1, away, tz, 1.0).tolist() == [1.0]
    assert rules.exposure_by_day(first, 1, away, tz, factor)[0] == pytest.approx(factor)


@pytest.mark.parametrize(("on", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2028-02-29", 24)])
def test_a_day_counts_one_whether_the_clock_gives_it_23_24_or_25_hours(on, hours):
    start, end = rules.days(date.fromisoformat(on), date.fromisoformat(on), BERLIN)

    assert end - start == hours * HOUR
    assert rules.exposure_between(start, end, (), BERLIN) == 1.0
    assert rules.exposure(start, end, ((start, start + HOUR),)) == pytest.approx(1 - 1 / hours)


def test_a_morning_out_takes_its_share_of_the_day():
    out = ((at("2026-05-04T06:00"), at("2026-05-04T12:00")),)

    assert rules.exposure_by_day(date(2026, 5, 4), 1, out, BERLIN).tolist() == [0.75]


def test_the_day_of_return_is_the_day_after_an_all_day_holiday_ends():
    holiday = (rules.days(date(2026, 7, 6), date(2026, 7, 17), BERLIN),)

    assert rules.first_day_home(date(2026, 7, 8), holiday, BERLIN) == date(2026, 7, 18)
    assert rules.first_day_home(date(2026, 7, 5), holiday, BERLIN) == date(2026, 7, 5)


@pytest.mark.parametrize(
    ("back_at", "first_day"),
    [("2026-05-03T12:00", date(2026, 5, 3)), ("2026-05-03T19:00", date(2026, 5, 4))],
)
def test_who_returns_in_the_evening_gets_nothing_delivered_that_day(back_at, first_day):
    trip = ((at("2026-05-01T19:00"), at(back_at)),)

    assert rules.first_day_home(date(2026, 5, 2), trip, BERLIN) == first_day


@given(intervals, day, st.integers(1, 60), zones)
def test_a_day_is_blocked_exactly_when_nobody_is_home_to_take_a_parcel_in(raw, first, n_days, tz):
    absences = rules.merge(raw)

    blocked = rules.blocked_days(first, n_days, absences, [], tz)

    every = [first + timedelta(days=n) for n in range(n_days)]
    assert blocked == {one for one in every if not rules.somebody_home(one, absences, tz)}


def test_a_pause_blocks_its_last_day_and_not_the_next():
    pause = (date(2026, 5, 4), date(2026, 5, 6))

    blocked = rules.blocked_days(date(2026, 5, 1), 30, (), [pause], BERLIN)

    assert blocked == {date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)}
    assert rules.first_delivery_day(date(2026, 5, 4), blocked) == date(2026, 5, 7)
    assert rules.first_delivery_day(date(2026, 5, 3), blocked) == date(2026, 5, 3)


def test_a_feed_that_failed_for_long_says_unknown_and_never_home():
    now = at("2026-05-04T12:00")
    since = rules.unknown_since([now, now - timedelta(days=3)], now)

    assert since == now - timedelta(days=1)
    assert rules.presence(now, (), since) == Presence.UNKNOWN
    assert rules.presence(now, ((now, now + HOUR),), since) == Presence.AWAY
    assert rules.unknown_since([now - timedelta(hours=47)], now) is None
    assert rules.presence(now, (), None) == Presence.HOME


@pytest.mark.parametrize(
    "title",
    ["Holiday in Lisbon", "our HOLIDAYS", "Business trip: Cologne", "away", "去云南旅行", "爸爸出差", "国庆不在家"],
)
def test_a_title_that_means_away_is_understood(title):
    assert rules.means_away([title], DEFAULT_WORDS)


@pytest.mark.parametrize("title", ["Takeaway", "Giveaway day", "Spring Bank Holiday", "Dentist", "", "家长会"])
def test_a_title_that_only_sounds_like_away_is_not(title):
    assert not rules.means_away([title], DEFAULT_WORDS)


def test_words_are_the_customers_own():
    assert rules.means_away(["Urlaub auf Rügen"], ["urlaub"])
    assert rules.means_away(["Bei Oma", "Ferien"], ["ferien"])
    assert not rules.means_away(["Anything"], ["", " "])


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "problem"),
    [
        (date(2026, 5, 4), date(2026, 5, 4), None),
        (date(2026, 5, 4), date(2026, 5, 3), "ends_before_start"),
        (date(2026, 4, 1), date(2026, 4, 9), "already_over"),
        (date(2026, 5, 4), date(2027, 6, 30), "too_long"),
        (date(2026, 5, 4), date.max, "too_long"),
        (date(2028, 4, 30), date(2028, 5, 9), None),
        (date(2028, 5, 1), date(2028, 5, 9), "too_far_ahead"),
        (date.max, date.max, "too_far_ahead"),
        (date.min, date.max, "too_long"),
    ],
)
def test_a_pause_has_to_make_sense(starts_on, ends_on, problem):
    assert rules.pause_problem(starts_on, ends_on, today=date(2026, 5, 1)) == problem


def test_absences_are_remembered_as_far_back_as_readings_are_folded_again():
    assert kept.KEPT.days + rules.LONGEST_PAUSE_DAYS < rules.REMEMBERED_DAYS
