"""When a parcel comes: cut-off, weekends, public holidays, and what the supplier's deliveries have taught."""

from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import public_holidays
from cloud.catalogue.opening_rules import closed_days
from cloud.orders import lead_times
from cloud.orders.lead_times import HIGH, LOW, MIDDLE, Delivered, Stated, WorkingDays

BERLIN = ZoneInfo("Europe/Berlin")
STATED = Stated(1, 2, 4)
WORD = lead_times.as_stated(STATED)
NEXT_DAY = (0.0, 1.0)
USUAL = [Delivered(2)] * 20


def german(day: date) -> bool:
    return public_holidays.is_holiday(day, "DE")


def working(*, saturdays: bool = False, closed: frozenset[date] = frozenset(), cut_off: int = 15) -> WorkingDays:
    last = 5 if saturdays else 4
    return WorkingDays(
        cut_off_hour=cut_off,
        zone=BERLIN,
        is_picked_on=lambda day: day.weekday() < 5 and not german(day) and day not in closed,
        comes_on=lambda day: day.weekday() <= last and not german(day),
        door=BERLIN,
    )


def at(day: str, hour: int = 10) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), BERLIN).replace(hour=hour).astimezone(UTC)


def comes(when: WorkingDays, leaves_at: datetime, shares=NEXT_DAY) -> list[str]:
    return [day.isoformat() for day, _ in lead_times.arrivals(when, shares, leaves_at)]


def quantiles(shares) -> tuple[int, int, int]:
    low, middle, high = (
        next(days for days, upto in enumerate(accumulate(shares)) if upto >= share - 1e-9)
        for share in (LOW, MIDDLE, HIGH)
    )
    return low, middle, high


def mean(shares) -> float:
    return sum(days * share for days, share in enumerate(shares))


def test_what_comes_before_the_cut_off_is_picked_that_day_and_what_comes_after_it_the_next():
    assert comes(working(), at("2026-03-03", 14)) == ["2026-03-04"]
    assert comes(working(), at("2026-03-03", 15)) == ["2026-03-05"]


def test_the_cut_off_is_by_the_supplier_s_clock():
    far = WorkingDays(15, ZoneInfo("Asia/Shanghai"), lambda _: True, lambda _: True, BERLIN)

    assert lead_times.pick_day(far, at("2026-03-03", 7)) == date(2026, 3, 3)
    assert lead_times.pick_day(far, at("2026-03-03", 8)) == date(2026, 3, 4)


def test_an_order_of_friday_evening_is_picked_on_monday():
    assert comes(working(), at("2026-03-06", 18)) == ["2026-03-10"]
    assert comes(working(), at("2026-03-07")) == ["2026-03-10"]


def test_what_is_picked_on_friday_comes_on_saturday_only_where_parcels_do():
    assert comes(working(saturdays=True), at("2026-03-06")) == ["2026-03-07"]
    assert comes(working(), at("2026-03-06")) == ["2026-03-09"]


def test_over_easter_nothing_is_picked_and_nothing_comes_in_germany():
    assert comes(working(), at("2026-04-02")) == ["2026-04-07"]
    assert comes(working(), at("2026-04-02", 16)) == ["2026-04-08"]


def test_who_shuts_over_christmas_picks_in_the_new_year():
    shut = closed_days(["2026-12-24/2027-01-02"])

    assert comes(working(closed=shut), at("2026-12-23")) == ["2026-12-24"]
    assert comes(working(closed=shut), at("2026-12-23", 16)) == ["2027-01-05"]


@pytest.mark.parametrize("wrong", ["24.12.2026", "2027-01-02/2026-12-24", "2026-12-24/2028-12-24", ""])
def test_closed_days_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError):
        closed_days([wrong])


@pytest.mark.parametrize("day", ["2026-03-27", "2026-10-23"])
def test_days_on_which_the_clocks_change_are_days_as_any_other(day):
    """Friday before; the clocks change on Sunday."""
    friday = date.fromisoformat(day)

    assert comes(working(), at(day, 14)) == [(friday + timedelta(days=3)).isoformat()]
    assert comes(working(), at(day, 15)) == [(friday + timedelta(days=4)).isoformat()]


def test_what_a_supplier_says_are_the_quantiles_until_something_has_come():
    assert quantiles(WORD) == (1, 2, 4)
    assert quantiles(lead_times.learned(STATED, [])) == (1, 2, 4)
    assert quantiles(lead_times.as_stated(Stated(2, 2, 2))) == (2, 2, 2)
    assert quantiles(lead_times.as_stated(Stated(0.5, 1.5, 10))) == (1, 2, 10)


def test_some_parcels_are_later_than_the_latest_that_was_stated():
    assert 0 < sum(WORD[5:]) < 0.06


def test_a_supplier_s_word_fades_as_its_parcels_come():
    slow = [lead_times.learned(STATED, [Delivered(6)] * count) for count in (0, 4, 8, 40, 100)]

    assert [mean(shares) for shares in slow] == sorted(mean(shares) for shares in slow)
    assert slow[2][6] == pytest.approx(0.5, abs=0.01)  # eight weigh as much as its word
    assert quantiles(slow[-1])[1:] == (6, 6)


def test_only_the_newest_hundred_count():
    got_well = [Delivered(9)] * 300 + [Delivered(1)] * 100

    assert lead_times.learned(STATED, got_well) == lead_times.learned(STATED, [Delivered(1)] * 100)


def test_one_lost_parcel_makes_the_tail_fatter_and_leaves_the_rest():
    lost = lead_times.learned(STATED, [*USUAL, Delivered(22)])
    usual = lead_times.learned(STATED, USUAL)

    assert quantiles(lost) == quantiles(usual)
    assert 1.5 * sum(usual[5:]) < sum(lost[5:]) < sum(usual[5:]) + 0.04
    assert mean(lost) - mean(usual) < 0.25


def test_of_one_parcel_alone_no_more_is_believed_than_twice_the_slowest():
    alone = lead_times.learned(STATED, [Delivered(22)])
    again = lead_times.learned(STATED, [Delivered(22)] * 2)

    assert quantiles(alone)[2] <= 8
    assert quantiles(again)[2] == lead_times.FARTHEST_DAYS


def test_each_carrier_is_known_by_its_own_parcels_and_a_new_one_by_all():
    known = [Delivered(1, "swift"), Delivered(7, "ox")] * 20
    swift, ox, new = (lead_times.learned(STATED, known, name) for name in ("swift", "ox", "new"))

    assert quantiles(swift)[1] == 1
    assert quantiles(ox)[1] == 7
    assert mean(swift) < mean(new) < mean(ox)


def test_while_the_carrier_is_not_known_it_is_one_of_those_of_late():
    known = [*[Delivered(1, "swift")] * 30, *[Delivered(7, "ox")] * 10]
    swift, ox, either = (lead_times.learned(STATED, known, name) for name in ("swift", "ox", None))

    assert mean(either) == pytest.approx(0.75 * mean(swift) + 0.25 * mean(ox))


def test_a_carrier_of_whom_little_is_known_is_expected_to_be_as_the_others_are():
    slow_others = [*[Delivered(6, "ox")] * 50, Delivered(2, "new")]

    assert mean(lead_times.learned(STATED, slow_others, "new")) > mean(lead_times.learned(STATED, [Delivered(2)]))


def test_the_days_that_a_parcel_took_are_counted_as_they_are_foretold():
    for when in (working(), working(saturdays=True)):
        for days in range(9):
            for left in (at("2026-04-01"), at("2026-03-27", 20), at("2026-12-23", 16)):
                [(day, _)] = lead_times.arrivals(when, (*[0.0] * days, 1.0), left)
                assert lead_times.days_taken(when, left, day) == days


def test_what_comes_on_a_sunday_counts_as_if_it_came_on_monday():
    assert lead_times.days_taken(working(), at("2026-03-06"), date(2026, 3, 8)) == 1


def test_who_never_works_is_taken_to_work_some_day():
    never = WorkingDays(15, BERLIN, lambda _: False, lambda _: False, BERLIN)

    assert comes(never, at("2026-03-03"))


days = st.lists(st.builds(Delivered, st.integers(0, 60), st.sampled_from(["", "swift", "ox"])), max_size=130)
figures = st.lists(st.floats(0.1, 40), min_size=3, max_size=3).map(lambda found: Stated(*sorted(found)))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
calendars = st.builds(working, saturdays=st.booleans(), cut_off=st.integers(0, 24))


@given(figures, days, st.sampled_from([None, "", "swift", "new"]), calendars, moments)
def test_the_chances_of_all_days_sum_to_one(stated, delivered, carrier, when, leaves_at):
    shares = lead_times.learned(stated, delivered, carrier)
    expected = lead_times.arrivals(when, shares, leaves_at)

    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= 0
    assert sum(share for _, share in expected) == pytest.approx(1)
    assert [day for day, _ in expected] == sorted({day for day, _ in expected})


@given(figures, days, calendars, moments, st.timedeltas(timedelta(0), timedelta(days=14)))
def test_who_leaves_later_never_comes_sooner(stated, delivered, when, leaves_at, later):
    shares = lead_times.learned(stated, delivered)
    soon, late = (lead_times.arrivals(when, shares, moment) for moment in (leaves_at, leaves_at + later))

    for day in {day for day, _ in (*soon, *late)}:
        assert by(soon, day) >= by(late, day) - 1e-9
    assert all(lead_times.day_by(soon, share) <= lead_times.day_by(late, share) for share in (LOW, MIDDLE, HIGH))


def by(expected, day: date) -> float:
    return sum(share for each, share in expected if each <= day)
